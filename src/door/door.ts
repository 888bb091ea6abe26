/** The door: one call of one operation by a stranger, answered. What is paid for goes through purchase.ts. */
import type { PricedOperation, ReadOperation, Scope } from '../catalogue/operation.ts';
import { parseInput } from '../catalogue/registry.ts';
import { readAddress } from '../chains/address.ts';
import { RpcUnavailable } from '../chains/evm/rpc.ts';
import { findNetwork } from '../chains/networks.ts';
import { isSigned } from '../facilitator/facilitator.ts';
import { assert, PosternError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import { within } from '../kernel/time.ts';
import { createWaiter, type Events, type Waiter } from '../store/events.ts';
import type { Drive } from './drive.ts';
import type { Purchase } from './ledger.ts';
import { begin, callHash, type MoneyPathPorts } from './purchase.ts';
import { refuseOtherWallet, type SignIn } from './sign-in.ts';
import { matchTerms } from './terms.ts';
import type { Answer, Call, Door, Offer, Payment, PurchaseView, Shopfront, WalletView } from './types.ts';
import { ownRecord, publicRecord } from './wallets.ts';
import { toolUrl } from './wire/resource.ts';

export interface DoorPorts extends MoneyPathPorts {
  shopfront(slug: string): Promise<Shopfront>;
  drive: Drive;
  signIn: SignIn;
  events: Events;
  /** How long a request waits for its settlement, in milliseconds; then it is answered as pending. */
  patienceMs: number;
}

const inFlight = (purchase: Purchase) => purchase.state === 'settling' || purchase.state === 'paid';

export function createDoor(ports: DoorPorts): Door {
  const changed = createWaiter(ports.events, 'purchase.changed', ports.time);
  return {
    receiptSigner: ports.receipts.signer,
    shopfront: ports.shopfront,
    call: (call) => answer({ ...ports, changed }, call),
    wallet: (asked) => wallet(ports, asked),
    async purchase(id) {
      const purchase = isId('pur', id) ? await ports.ledger.byId(id) : undefined;
      if (!purchase) throw new PosternError('not_found', 'No purchase has this id.');
      return view(ports, purchase, 'holder');
    },
  };
}

async function wallet(
  ports: DoorPorts,
  { workspace: slug, address: given, signIn }: Parameters<Door['wallet']>[0],
): Promise<WalletView> {
  const { workspace } = await ports.shopfront(slug);
  const address = readAddress(given);
  if (!address) throw new PosternError('invalid_arguments', 'That is not an address.');
  const proven = signIn === undefined ? undefined : await ports.signIn.prove(signIn);
  if (proven !== undefined && proven !== address) refuseOtherWallet(ports.signIn);
  const path = `/api/wallets/${address}?workspace=${slug}`;
  return ports.inWorkspace(
    workspace.id,
    async (tx) => ({
      ...(await publicRecord(tx, workspace.id, address)),
      ...(proven
        ? { own: await ownRecord(tx, workspace.id, address) }
        : { signIn: ports.signIn.challenge(path) }),
    }),
    { readOnly: true },
  );
}

type Ports = DoorPorts & { changed: Waiter };

async function answer(ports: Ports, call: Call): Promise<Answer> {
  const { workspace, operation: name, input, payment } = call;
  const shopfront = await ports.shopfront(workspace);
  // What this authorization already bought comes before catalogue, terms, prices, health and chain.
  const hash = payment ? callHash(shopfront.workspace.id, name, input) : '';
  // Asked beside the other, for most payments are new. Stale is good enough: the claim has the last word.
  const blocked = payment && ports.ledger.isBlocked(shopfront.workspace.id, payment.payer);
  blocked?.catch(() => {});
  const known = payment && (await findKnown(ports, shopfront, payment));
  if (known) return repeat(ports, known, hash, call.signIn);
  if (payment) await call.admit?.();

  const offer = shopfront.offers.get(name);
  if (!offer)
    throw new PosternError('tool_not_found', `This workspace has no tool named ${JSON.stringify(name)}.`);
  const parsed = parseInput(offer.operation, input);
  if (offer.priceAtomic === null)
    return { kind: 'result', output: await read(ports, shopfront, offer, parsed) };
  if (!payment) return challenge(shopfront, offer, 'payment_required');
  try {
    const terms = matchTerms(offer.terms, payment);
    const operation = offer.operation as PricedOperation;
    if (await blocked) throw new PosternError('wallet_blocked');
    const purchase = await begin(ports, { shopfront, operation, input: parsed, hash, payment, terms });
    if (purchase) return await settled(ports, purchase, 'holder', true);
    throw new PosternError('wallet_busy');
  } catch (error) {
    // The same authorization may have come twice at once, and been claimed, even settled, while this one was looked at:
    // then whatever this one was refused for is no answer.
    const winner = await findKnown(ports, shopfront, payment);
    if (winner) return repeat(ports, winner, hash, call.signIn);
    if (error instanceof RpcUnavailable) throw new PosternError('no_network');
    if (error instanceof PosternError && error.code === 'invalid_payment')
      return challenge(shopfront, offer, String(error.data?.reason));
    throw error;
  }
}

interface Known {
  purchase: Purchase;
  asker: Asker;
}

/** What this authorization, or the client's own name for the call, already bought; no one learns of it without a signature. */
async function findKnown(ports: Ports, shopfront: Shopfront, payment: Payment): Promise<Known | undefined> {
  const { network, payer, nonce, identifier } = payment;
  const signed = isSigned(payment);
  const same = await ports.ledger.find({
    network: network.name,
    asset: network.asset,
    payer,
    nonce,
  });
  // A contract wallet's signature is the chain's to judge; the one that was judged is stored.
  if (same && (signed || same.signature === payment.signature)) {
    const named = identifier !== undefined && same.identifier === identifier;
    return { purchase: same, asker: named ? 'holder' : 'repeat' };
  }
  if (!signed || identifier === undefined) return undefined;
  const named = await ports.ledger.named(shopfront.workspace.id, payer, identifier);
  return named && { purchase: named, asker: 'holder' };
}

async function repeat(
  ports: Ports,
  { purchase, asker }: Known,
  hash: string,
  signIn: string | undefined,
): Promise<Answer> {
  if (purchase.callHash !== hash) throw new PosternError('authorization_conflict');
  if (asker === 'holder' || signIn === undefined) return settled(ports, purchase, asker);
  if ((await ports.signIn.prove(signIn)) !== purchase.payer) refuseOtherWallet(ports.signIn);
  return settled(ports, purchase, 'holder');
}

/** Waits as long as a request should, then answers with what is true. */
async function settled(ports: Ports, purchase: Purchase, asker: Asker, justClaimed = false): Promise<Answer> {
  const { time, ledger, drive, patienceMs } = ports;
  const end = time.now() + patienceMs;
  let now = purchase;
  if (inFlight(now) && now.processId === ports.processId)
    now = (await within(time, patienceMs, drive(now, justClaimed))) ?? now;
  while (inFlight(now) && time.now() < end) {
    const hint = ports.changed.wait(now.id, Math.min(500, Math.max(1, end - time.now())));
    now = (await ledger.byId(now.id)) ?? now;
    if (inFlight(now)) await hint;
  }
  return { kind: 'purchase', purchase: await view(ports, now, asker) };
}

/**
 * Who asks decides what is shown: who made the claim, knows its name or its id, or signed in as its payer; or who merely
 * repeats a payment.
 */
type Asker = 'holder' | 'repeat';

async function view(ports: DoorPorts, purchase: Purchase, asker: Asker): Promise<PurchaseView> {
  const content = await ports.ledger.content(purchase);
  const network = findNetwork(purchase.network);
  assert(network, `purchase ${purchase.id} is on a network that is not in the table`);
  // Settlement makes the authorization public: a mere repeat of it proves nothing about who asks.
  const withheld = asker === 'repeat' && content.private;
  const delivered = purchase.state === 'delivered';
  const path = toolUrl('', content.workspaceSlug, content.operation);
  return {
    id: withheld ? undefined : purchase.id,
    state: purchase.state,
    operation: content.operation,
    network,
    payer: purchase.payer,
    amountAtomic: purchase.amountAtomic,
    transaction: content.transactionHash ?? undefined,
    refundTransaction: content.refundTransactionHash ?? undefined,
    receiptId: delivered ? (content.receiptId ?? undefined) : undefined,
    receipt: delivered ? (content.receipt ?? undefined) : undefined,
    reason: purchase.reason ?? undefined,
    output: delivered && !withheld ? (content.output ?? undefined) : undefined,
    withheld: (delivered && withheld) || undefined,
    signIn: delivered && withheld ? ports.signIn.challenge(path) : undefined,
  };
}

/** Says what to pay. @throws {PosternError} `sells_nothing`; `no_network` where nothing could be settled now. */
function challenge({ takesPayments }: Shopfront, offer: Offer, reason: string): Answer {
  if (!takesPayments) throw new PosternError('sells_nothing');
  if (offer.terms.length === 0) throw new PosternError('no_network');
  return { kind: 'challenge', offer, terms: offer.terms, reason };
}

function read(
  ports: MoneyPathPorts,
  { workspace }: Shopfront,
  offer: Offer,
  input: JsonObject,
): Promise<JsonObject> {
  const operation = offer.operation as ReadOperation;
  const caller: Scope['caller'] = { kind: 'anonymous' };
  return ports.inWorkspace(
    workspace.id,
    async (tx) => {
      const scope = { tx, workspace, caller, ids: ports.ids, now: new Date(ports.time.now()) };
      return operation.output.parse(await operation.read(scope, input)) as JsonObject;
    },
    { readOnly: true },
  );
}
