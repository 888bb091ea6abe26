/**
 * Paying back: owed -> refunding -> refunded. To the payer of the purchase, for its amount, on its network, from the float
 * of its workspace; once, for the nonce is made of the purchase's id and the chain takes it once. Solana knows no nonces:
 * there a refund is a transaction, and another is signed only when the chain has said for good that the one before cannot
 * land.
 */
import { type Hex, keccak256, toHex } from 'viem';
import { authorizationDigest } from '../chains/evm/eip3009.ts';
import { findNetwork, type SvmNetwork } from '../chains/networks.ts';
import type { Facilitator } from '../facilitator/facilitator.ts';
import { assert } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { type Time, unixSeconds } from '../kernel/time.ts';
import type { Debts, SignedRefund } from './debts.ts';
import type { FloatOf, SvmFloatOf } from './floats.ts';
import type { Purchase } from './ledger.ts';

export interface RefundPorts {
  debts: Debts;
  floatOf: FloatOf;
  svmFloatOf: SvmFloatOf;
  facilitator: Pick<Facilitator, 'inspect' | 'transfer'>;
  time: Time;
  log: Logger;
  processId: string;
  /** Tells the relayer of this process that a settlement is queued on the network. */
  queued(network: string): void;
}

/** How long a refund may take to land before it is signed again: as long as a payment. */
const windowSeconds = 120n;

/** How long after a refund that could not begin it is tried again. */
const tryAgainSeconds = 60;

/** The authorization's nonce: this purchase's and no other's. */
export const refundNonceOf = (purchaseId: string): Hex => keccak256(toHex(purchaseId));

/** Begins the refund of an owed purchase, or writes down why not. @returns whether it began. */
export async function beginRefund(ports: RefundPorts, purchase: Purchase): Promise<boolean> {
  const { debts, processId, log } = ports;
  const signed = await sign(ports, purchase).catch((error: Error) => error.message);
  if (typeof signed === 'string') {
    await debts.postpone(purchase, signed, tryAgainSeconds);
    return false;
  }
  const begun = await debts.begin(purchase, signed, processId);
  if (begun.kind === 'begun') {
    log.info({ purchase: purchase.id }, 'a refund begins');
    ports.queued(purchase.network);
  }
  if (begun.kind === 'capped')
    await debts.postpone(purchase, 'past the day’s caps on refunds: an operator decides', tryAgainSeconds);
  return begun.kind === 'begun';
}

/** refunding -> refunded once its settlement is settled. One whose window ended is signed again, under the same nonce. */
export async function followRefund(ports: RefundPorts, purchase: Purchase): Promise<Purchase | undefined> {
  const { debts, log } = ports;
  const { state, lastError } = await debts.refundState(purchase);
  if (state === 'settled') return debts.finish(purchase);
  if (state !== 'void') return purchase;
  const signed = await sign(ports, purchase).catch((error: Error) => error.message);
  if (typeof signed === 'string') {
    log.warn({ purchase: purchase.id, lastError, reason: signed }, 'a refund waits');
    return purchase;
  }
  if (await debts.renew(purchase, signed)) ports.queued(purchase.network);
  return purchase;
}

/** @throws {Error} in words for an operator: the float is not the one it was, is empty, or its network does not answer. */
async function sign(ports: RefundPorts, purchase: Purchase): Promise<SignedRefund> {
  const { floatOf, facilitator, time } = ports;
  const network = findNetwork(purchase.network);
  assert(network, `purchase ${purchase.id} is on a network that is not in the table`);
  if (network.family === 'svm') return signTransfer(ports, network, purchase);
  const float = await floatOf(purchase.workspaceId);
  const from = float.address.toLowerCase() as Hex;
  const nonce = refundNonceOf(purchase.id);
  const { block, state } = await facilitator.inspect(network, { payer: from, nonce });
  if (state.used) throw new Error('the float has spent the nonce of this refund already');
  if (state.balance < purchase.amountAtomic)
    throw new Error(`the float ${float.address} holds less than the amount on ${network.name}`);
  const ours = unixSeconds(time.now);
  const chainLeads = block.timestamp > ours;
  const validBefore = (chainLeads ? block.timestamp : ours) + windowSeconds;
  const hash = authorizationDigest(network, {
    from,
    to: purchase.payer as Hex,
    value: purchase.amountAtomic,
    validAfter: 0n,
    validBefore,
    nonce,
  });
  return { float: from, nonce, signature: await float.sign({ hash }), validBefore, atBlock: block.number };
}

/** @throws {Error} in words for an operator */
async function signTransfer(
  { svmFloatOf, facilitator }: RefundPorts,
  network: SvmNetwork,
  { id, workspaceId, payer, amountAtomic }: Purchase,
): Promise<SignedRefund> {
  const float = await svmFloatOf(workspaceId);
  // The memo makes it this purchase's, for whoever reads the chain and knows the id.
  const transfer = { from: float, to: payer, amountAtomic, memo: refundNonceOf(id) };
  return { ...(await facilitator.transfer(network, transfer)), float: float.address, isNewMessage: true };
}
