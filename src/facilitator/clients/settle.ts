/**
 * Settling for others. Each payment becomes one settlement, whoever asks and however often: a resource server that
 * verifies, serves and settles would otherwise serve every copy of it. Only the request's own idempotency key is
 * answered as the first was.
 */
import { assert, PosternError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Time } from '../../kernel/time.ts';
import { createWaiter, type Events, type Waiter } from '../../store/events.ts';
import type { Demand, Verified } from '../demand.ts';
import type { Facilitator, SignedPayment } from '../facilitator.ts';
import { settleReasons } from '../reasons.ts';
import type { ClientQueue, ClientSettlement, NewSettlement, PaymentKey } from './queue.ts';

export interface SettleRequest {
  /** The client's token. */
  tokenId: string;
  payment: SignedPayment & { payer: string; nonce: string };
  demand: Demand;
  /** Header `Idempotency-Key`: the client's own name for the request. */
  idempotencyKey: string | undefined;
  /** Of the whole request. */
  bodyHash: string;
}

/** How a settle ends. `transaction` of a failure: the one that moved the money for whoever came first, where there is one. */
export type Settled =
  | { success: true; settlementId: string; transaction: string }
  | { success: false; reason: string; message: string; settlementId?: string; transaction?: string };

export interface SettlePorts {
  queue: ClientQueue;
  facilitator: Facilitator;
  /** What a settlement on the network costs about now, in billionths of its coin. @throws {RpcUnavailable} */
  estimateFeeNano(network: Demand['network']): Promise<bigint>;
  events: Events;
  ids: Ids;
  time: Time;
  /** How long a request waits for its settlement, in milliseconds. */
  patienceMs: number;
}

export type Settle = (request: SettleRequest) => Promise<Settled>;

/** How long to wait for a hint before looking again. */
const lookAgainMs = 1_000;

/**
 * @throws {PosternError} `invalid_payment` with x402's reason, `conflict` where the key named another request, `over_cap`
 * where the token's gas is spent, `no_network`. @throws {RpcUnavailable}
 */
export function createSettle(given: SettlePorts): Settle {
  const ports = { ...given, final: createWaiter(given.events, 'settlement.final', given.time) };
  return async (request) => {
    const before = await known(ports, request);
    if (before) return before;
    try {
      const id = await begin(ports, request);
      if (id) return await outcome(ports, request.tokenId, id);
    } catch (error) {
      // The same payment may have come twice at once, and be settled while this one was looked at: then what this one
      // was refused for is no answer.
      const meanwhile = await known(ports, request);
      if (meanwhile) return meanwhile;
      throw error;
    }
    const first = await known(ports, request);
    assert(first, 'a payment is taken, and no settlement is there');
    return first;
  };
}

type Ports = SettlePorts & { final: Waiter };

/** What the client's key named before, or else whether the payment was given to settle before; undefined for a new one. */
async function known(ports: Ports, request: SettleRequest): Promise<Settled | undefined> {
  const { tokenId, idempotencyKey, bodyHash } = request;
  const named = idempotencyKey === undefined ? undefined : await ports.queue.named(tokenId, idempotencyKey);
  if (named && named.bodyHash !== bodyHash)
    throw new PosternError('conflict', 'This Idempotency-Key named another request.');
  if (named) return outcome(ports, tokenId, named.id);
  const same = await ports.queue.find(keyOf(request));
  const message = 'This payment was given to settle before.';
  return same && failure(settleReasons.duplicate, message, { transaction: same.transactionHash });
}

/** What became of a settlement once it is final, or patience ends. */
async function outcome(ports: Ports, tokenId: string, id: string): Promise<Settled> {
  const { time, final, queue } = ports;
  const end = time.now() + ports.patienceMs;
  for (;;) {
    // Registered before the look, so that no hint falls between the two.
    const hint = final.wait(id, Math.max(1, Math.min(lookAgainMs, end - time.now())));
    const now = await queue.byId(tokenId, id);
    if (now && isFinal(now)) return finalOutcome(now);
    if (time.now() >= end) return pending(id);
    await hint;
  }
}

/** Verifies and queues it. @returns the settlement's id, or undefined where the payment is taken */
async function begin(ports: Ports, request: SettleRequest): Promise<string | undefined> {
  const { queue, facilitator, events, ids } = ports;
  const { network, payTo } = request.demand;
  if (!facilitator.available(network, payTo)) throw new PosternError('no_network');
  const verified = await facilitator.verify(request.payment, request.demand);
  const feeNano = await ports.estimateFeeNano(network);
  const id = ids('stl');
  const settlement = { ...rowOf(request, verified), id, feeNano };
  const queued = await queue.add(settlement).catch(async (error: Error & { code?: string }) => {
    if (error.code === uniqueViolation) return 'taken' as const;
    // It may be a lost acknowledgement: the row says whether it is there.
    if (await queue.byId(request.tokenId, id).catch(() => undefined)) return 'queued' as const;
    throw error;
  });
  if (queued === 'no gas')
    throw new PosternError('over_cap', 'The gas that this token may spend in a day is spent.');
  if (queued === 'taken') return undefined;
  events.emit('settlement.queued', network.name);
  return id;
}

/** Postgres: a unique key is taken. */
const uniqueViolation = '23505';

const keyOf = ({ payment, demand: { network } }: SettleRequest): PaymentKey => ({
  network: network.name,
  asset: network.asset,
  payer: payment.payer,
  nonce: payment.nonce,
});

const rowOf = (
  request: SettleRequest,
  { signature, atBlock, validAfter, validBefore }: Verified,
): Omit<NewSettlement, 'id' | 'feeNano'> => ({
  ...keyOf(request),
  payTo: request.demand.payTo,
  amountAtomic: request.demand.amountAtomic,
  signature,
  verifiedAtBlock: atBlock,
  validAfter,
  validBefore,
  tokenId: request.tokenId,
  idempotencyKey: request.idempotencyKey,
  bodyHash: request.bodyHash,
});

const isFinal = ({ state }: ClientSettlement) => state === 'settled' || state === 'void';

function finalOutcome({ id, state, transactionHash, lastError }: ClientSettlement): Settled {
  if (state === 'settled') return { success: true, settlementId: id, transaction: transactionHash! };
  const message = `It can no longer be settled: ${lastError ?? 'no reason is known'}.`;
  return failure(settleReasons.void, message, { settlementId: id });
}

const pending = (id: string): Settled =>
  failure(settleReasons.pending, 'It is on its way, and not settled yet: ask for it by its id.', {
    settlementId: id,
  });

const failure = (
  reason: string,
  message: string,
  { transaction, settlementId }: { transaction?: string | null; settlementId?: string },
): Settled => ({
  success: false,
  reason,
  message,
  ...(transaction ? { transaction } : {}),
  ...(settlementId ? { settlementId } : {}),
});
