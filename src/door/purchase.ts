/**
 * The money path. Reads top to bottom:
 *
 *   call -> known authorization? answer from its row
 *        -> terms (no payment? challenge) -> verify, prepare -> claim -> settle -> [compute] -> commit -> receipt
 *
 *   settling  -> paid        the log pair is final
 *   settling  -> void        final on chain: it can no longer land
 *   paid      -> delivered   commit ran, in the transaction that says so
 *   paid      -> owed        commit refused, or failed for good
 *   owed      -> delivered   after all
 *   owed      -> refunding -> refunded    refunding never becomes delivered
 *   delivered -> lost        reorged away for good after delivery
 *
 * Live calls and the recovery loop call the same `advance`. Nothing has an effect before `paid`.
 */
import {
  isEarned,
  isPriced,
  type Operation,
  type PricedOperation,
  type Scope,
} from '../catalogue/operation.ts';
import type { Catalogue } from '../catalogue/registry.ts';
import { findNetwork } from '../chains/networks.ts';
import type { Verified } from '../facilitator/demand.ts';
import type { Facilitator } from '../facilitator/facilitator.ts';
import { assert, PosternError, unreachable } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { hashJson, type JsonObject } from '../kernel/json.ts';
import { hasStalled, type InWorkspace, type Tx } from '../store/database.ts';
import type { Breaker, BreakerState } from './breaker.ts';
import { effectOf } from './conduct.ts';
import type { Claimed, Content, Ledger, Purchase } from './ledger.ts';
import { refuse } from './policy.ts';
import type { Receipts } from './receipts.ts';
import { followRefund, type RefundPorts } from './refunds.ts';
import type { Payment, Shopfront, Terms } from './types.ts';

export interface MoneyPathPorts extends RefundPorts {
  /** A transaction that sees one workspace only. */
  inWorkspace: InWorkspace;
  /** One that others who deliver in the workspace may share. */
  inShared: InWorkspace;
  ledger: Ledger;
  facilitator: Pick<Facilitator, 'verify' | 'inspect' | 'transfer'>;
  receipts: Receipts;
  breaker: Breaker;
  catalogue: Catalogue;
  ids: Ids;
}

/** One call, parsed, with the terms it must meet. */
export interface PaidCall {
  shopfront: Shopfront;
  operation: PricedOperation;
  input: JsonObject;
  hash: string;
  payment: Payment;
  terms: Terms;
}

/**
 * Hash of what is bought, as it was asked for. The same authorization buys the same call, or nothing; no later change of
 * the catalogue makes it another.
 */
export const callHash = (workspaceId: string, operation: string, input: JsonObject): string =>
  hashJson({ workspaceId, operation, input });

/**
 * Verify, prepare, claim. Nothing has happened before the claim, and the claim is durable before anything happens.
 * @returns undefined where the authorization or the wallet is already taken: somebody else's claim won.
 * @throws {PosternError} `invalid_payment`, `over_cap`, `wallet_blocked`, or whatever `prepare` refuses with. Nothing is
 * claimed then.
 */
export async function begin(ports: MoneyPathPorts, call: PaidCall): Promise<Purchase | undefined> {
  // Both only read, so neither waits for the other; but what prepare found is told to nobody whose payment is not good.
  const [verified, prepared] = await Promise.allSettled([
    ports.facilitator.verify(call.payment, call.terms),
    prepare(ports, call),
  ]);
  if (verified.status === 'rejected') throw verified.reason;
  if (prepared.status === 'rejected') throw prepared.reason;
  const claimed = await claim(ports, call, verified.value, prepared.value);
  if (claimed.kind === 'capped') throw refuse(claimed.refusal);
  if (claimed.kind === 'taken') return undefined;
  ports.queued(claimed.purchase.network);
  return claimed.purchase;
}

/** What is known of a call before it is claimed. */
interface Prepared {
  plan: JsonObject;
  /** Asked only of a call that it could turn into a proposal. It refuses nothing. */
  breaker: BreakerState;
}

async function prepare(
  ports: MoneyPathPorts,
  { shopfront, operation, input, payment }: PaidCall,
): Promise<Prepared> {
  if (!operation.prepare && operation.tier !== 'send') return { plan: input, breaker: 'closed' };
  const scope = scopeOf(ports, shopfront.workspace, payment.payer);
  return ports.inWorkspace(
    shopfront.workspace.id,
    async (tx) => ({
      plan: ((await operation.prepare?.(scope(tx), input)) ?? input) as JsonObject,
      breaker: operation.tier === 'send' ? await ports.breaker(tx, shopfront.workspace.id) : 'closed',
    }),
    { readOnly: true },
  );
}

async function claim(
  ports: MoneyPathPorts,
  call: PaidCall,
  verified: Verified,
  { plan, breaker }: Prepared,
): Promise<Claimed> {
  const { shopfront, operation, input, hash, payment, terms } = call;
  const id = ports.ids('pur');
  const claimed = ports.ledger.claim({
    id,
    workspaceId: shopfront.workspace.id,
    network: terms.network.name,
    asset: terms.network.asset,
    payer: payment.payer,
    nonce: payment.nonce,
    payTo: terms.payTo,
    amountAtomic: terms.amountAtomic,
    callHash: hash,
    signature: verified.signature,
    identifier: payment.identifier ?? null,
    processId: ports.processId,
    operation: operation.name,
    input,
    plan,
    private: operation.private ?? false,
    breaker,
    // What a new wallet has not earned becomes a proposal.
    proposes: isEarned(operation) || (operation.proposes ?? false),
    validAfter: verified.validAfter,
    validBefore: verified.validBefore,
    verifiedAtBlock: verified.atBlock,
  });
  // An error may be a lost acknowledgement: the row says whether the claim is there.
  return claimed.catch(async (error) => {
    const landed = await ports.ledger.byId(id).catch(() => undefined);
    if (landed) return { kind: 'claimed', purchase: landed };
    throw error;
  });
}

/**
 * One step of a purchase towards its end. @returns the purchase as it stands now: the same object where there is
 * nothing to do yet, undefined where another process has overtaken this one.
 */
export async function advance(ports: MoneyPathPorts, purchase: Purchase): Promise<Purchase | undefined> {
  switch (purchase.state) {
    case 'settling':
      // By the chain's final word alone, which the facilitator wrote into the settlement's row.
      return ports.ledger.settle(purchase);
    case 'paid':
      return deliver(ports, purchase);
    case 'refunding':
      return followRefund(ports, purchase);
    // What is owed waits for its day (loops/refunds.ts) or for an operator.
    case 'owed':
    case 'delivered':
    case 'void':
    case 'refunded':
    case 'lost':
      return purchase;
    default:
      return unreachable(purchase.state);
  }
}

/** After so many failures that no refusal explains, a delivery is given up and owed. */
const maxAttempts = 8;
/** The same where the model did not answer: each of these asks it again, and whoever paid is waiting. */
const maxAsked = 3;
/** The same where it held its transaction longer than one may be held: what is that slow is so again, and others wait for it. */
const maxStalled = 2;

/** What delivering takes. */
export type DeliveryPorts = Pick<
  MoneyPathPorts,
  'inWorkspace' | 'inShared' | 'ledger' | 'breaker' | 'receipts' | 'catalogue' | 'ids' | 'time'
>;

/** paid -> delivered | owed. */
async function deliver(ports: MoneyPathPorts, purchase: Purchase): Promise<Purchase | undefined> {
  const content = await ports.ledger.content(purchase);
  try {
    return await handOver(ports, purchase, content);
  } catch (error) {
    const refusal = error instanceof PosternError ? error : undefined;
    // Every other refusal is final.
    const unanswered = refusal?.code === 'model_unavailable';
    if (refusal && !unanswered) return ports.ledger.move(purchase, 'owed', refusal.message);
    ports.log.error({ purchase: purchase.id, error: (error as Error).message }, 'delivery failed');
    const most = hasStalled(error) ? maxStalled : unanswered ? maxAsked : maxAttempts;
    if (purchase.attempts + 1 >= most)
      return ports.ledger.move(purchase, 'owed', refusal?.message ?? 'delivery failed');
    await ports.ledger.countAttempt(purchase);
    return { ...purchase, attempts: purchase.attempts + 1 };
  }
}

/**
 * owed -> delivered, after all, by an operator's hand. @returns undefined where it is no longer owed.
 * @throws {PosternError} what `commit` refuses with; it is still owed then.
 */
export async function deliverOwed(ports: DeliveryPorts, purchase: Purchase): Promise<Purchase | undefined> {
  assert(purchase.state === 'owed', `purchase ${purchase.id} is ${purchase.state}`);
  return handOver(ports, purchase, await ports.ledger.content(purchase));
}

/**
 * Delivers what is paid or owed; state and effect are one transaction. @returns undefined where the purchase is no longer
 * the caller's, or its payment is not settled: a reorganisation took it back, and the chain will say what becomes of it.
 */
async function handOver(
  ports: DeliveryPorts,
  purchase: Purchase,
  content: Content,
): Promise<Purchase | undefined> {
  const operation = pricedOperation(ports.catalogue.get(content.operation));
  const plan = await compute(ports, purchase, operation, content);
  return commit(ports, purchase, operation, content, plan);
}

/**
 * What costs money runs after payment and before commit, and its result is kept: a retry does not buy it again. A process
 * that was overtaken may still be waiting for its own, so it may be bought once more for each that takes over, and no more
 * often than the attempts allow; all of them use the first that is kept.
 */
async function compute(
  { ledger }: DeliveryPorts,
  purchase: Purchase,
  operation: PricedOperation,
  { plan, computed }: Content,
): Promise<JsonObject> {
  if (!operation.compute || computed) return plan;
  return ledger.storeComputed(purchase, (await operation.compute(plan)) as JsonObject);
}

async function commit(
  ports: DeliveryPorts,
  purchase: Purchase,
  operation: PricedOperation,
  { workspaceSlug: slug, workspaceName: name, transactionHash }: Content,
  plan: JsonObject,
): Promise<Purchase | undefined> {
  const { workspaceId, id, payer } = purchase;
  const network = findNetwork(purchase.network);
  assert(network, `purchase ${id} is on a network that is not in the table`);
  // Taken back by a reorganisation, and not landed again yet.
  if (!transactionHash) return undefined;
  const scope = scopeOf(ports, { id: workspaceId, slug, name }, payer, id);
  // What is earned locks its ticket, and has a transaction of its own: two that locked several would wait for each other.
  const within = isEarned(operation) ? ports.inWorkspace : ports.inShared;
  return within(workspaceId, async (tx) => {
    // First, for it locks the row: of two who deliver the same purchase one waits here and then finds it moved.
    const delivered = await ports.ledger.moveToDelivered(tx, purchase);
    if (!delivered) return undefined;
    const here = scope(tx);
    const effect = await effectOf(ports, tx, operation, delivered);
    const output = operation.output.parse(await effect(here, plan)) as JsonObject;
    const sale = { workspaceSlug: slug, operation: operation.name, network, payer };
    await ports.ledger.storeDelivery(tx, {
      workspaceId,
      purchaseId: id,
      receiptId: ports.ids('rcp'),
      output,
      outputHash: hashJson(output),
      signed: await ports.receipts.issue({ ...sale, transaction: transactionHash, deliveredAt: here.now }),
    });
    return delivered;
  });
}

const scopeOf =
  (
    ports: Pick<DeliveryPorts, 'ids' | 'time'>,
    workspace: Scope['workspace'],
    payer: string,
    purchaseId?: string,
  ) =>
  (tx: Tx): Scope => ({
    tx,
    workspace,
    caller: { kind: 'wallet', address: payer },
    ...(purchaseId === undefined ? {} : { purchaseId }),
    ids: ports.ids,
    now: new Date(ports.time.now()),
  });

function pricedOperation(operation: Operation | undefined): PricedOperation {
  if (!operation || !isPriced(operation)) throw new PosternError('tool_not_found');
  return operation;
}
