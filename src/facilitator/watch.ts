/**
 * The relayer's watching half: what the chain says of everything in flight. Two answers are final: the log pair that
 * is a payment, and proof that the authorization can no longer land. A revert, a missing receipt, a node that does
 * not answer are none; the settlement stays open and is looked at again.
 */
import type { Hex } from 'viem';
import type { Block, Receipt } from '../chains/chain.ts';
import { findPayment, topics } from '../chains/evm/eip3009.ts';
import { type Clock, unixSeconds } from '../kernel/time.ts';
import type { RelayerPorts } from './relayer.ts';
import {
  type Credit,
  credit,
  makeVoid,
  type OpenSettlement,
  openSettlements,
  postpone,
} from './settlements.ts';

/** Seconds without a receipt after which a stored transaction is broadcast again, and the chain's logs are searched. */
const quietSeconds = 5;

type Ports = Pick<RelayerPorts, 'db' | 'chain' | 'clock' | 'log'>;

/** Looks once at everything in flight on one network. @returns the settlements that became final, and how many did not. */
export async function look(ports: Ports): Promise<{ final: string[]; open: number }> {
  const { db, chain } = ports;
  const open = await openSettlements(db, chain.network.name);
  if (open.length === 0) return { final: [], open: 0 };
  const hashes = open.flatMap(({ transactions }) => transactions.map(({ hash }) => hash));
  const seen = await chain.receipts(hashes);
  const receipts = new Map<string, Receipt>();
  for (const receipt of seen.receipts)
    if (receipt) receipts.set(receipt.transactionHash.toLowerCase(), receipt);
  const finalBlock = lastFinalBlock(seen.head, [...receipts.values()], chain.network.confirmations);

  const credits: Credit[] = [];
  const unclear: OpenSettlement[] = [];
  for (const settlement of open) {
    const mine = settlement.transactions.flatMap(({ hash }) => receipts.get(hash.toLowerCase()) ?? []);
    const paid = mine.flatMap((receipt) => creditOf(settlement, receipt) ?? [])[0];
    if (paid && paid.blockNumber <= finalBlock) credits.push(paid);
    else if (!paid && isUnclear(settlement, mine, ports.clock)) unclear.push(settlement);
  }
  const final = await credit(db, chain.network.name, credits);
  for (const settlement of unclear)
    if (await investigate(ports, settlement, receipts, finalBlock)) final.push(settlement.id);
  return { final, open: open.length - final.length };
}

function lastFinalBlock(head: Block, receipts: readonly Receipt[], confirmations: number): bigint {
  // A receipt may be newer than the head that was read beside it.
  let latest = head.number;
  for (const { blockNumber } of receipts) if (blockNumber > latest) latest = blockNumber;
  return latest - BigInt(confirmations);
}

/** A payment counts only in a block after the one that verify read: an older one is somebody's past. */
function creditOf(settlement: OpenSettlement, receipt: Receipt): Credit | undefined {
  const log = receipt.succeeded ? findPayment(receipt.logs, settlement) : undefined;
  if (!log || receipt.blockNumber <= settlement.verifiedAtBlock) return undefined;
  return {
    settlementId: settlement.id,
    transactionHash: receipt.transactionHash,
    logIndex: log.logIndex,
    blockNumber: receipt.blockNumber,
  };
}

/** Whether waiting for our own transaction is no longer enough. */
function isUnclear(settlement: OpenSettlement, receipts: readonly Receipt[], clock: Clock): boolean {
  const newest = settlement.transactions[0];
  return (
    receipts.length > 0 ||
    settlement.attempts > 0 ||
    unixSeconds(clock) >= settlement.validBefore ||
    (newest !== undefined && newest.ageSeconds > quietSeconds)
  );
}

/** Asks the chain about the authorization itself, at a final block. @returns whether the settlement became final. */
async function investigate(
  ports: Ports,
  settlement: OpenSettlement,
  receipts: ReadonlyMap<string, Receipt>,
  finalBlock: bigint,
): Promise<boolean> {
  const { db, chain, log } = ports;
  const { id, payer, nonce } = settlement;
  const { block, states } = await chain.authorizations([{ payer, nonce }], finalBlock);
  if (states[0]!.used) return settleUsed(ports, settlement, finalBlock);
  if (block.timestamp >= settlement.validBefore) return makeVoid(db, id, 'expired');

  const newest = settlement.transactions[0];
  if (!newest || settlement.state !== 'sent') return false;
  const receipt = receipts.get(newest.hash.toLowerCase());
  if (receipt && !receipt.succeeded && receipt.blockNumber <= finalBlock) {
    // Reverted for good, and the authorization is still unused: a new transaction may carry it.
    await postpone(db, [{ id, error: 'reverted' }]);
  } else if (!receipt && newest.ageSeconds > quietSeconds) {
    const [refusal] = await chain.broadcast([newest.raw as Hex]);
    log.warn({ settlement: id, refusal }, 'no receipt yet, broadcast again');
  }
  return false;
}

/** The nonce is spent: by our pair, whoever sent it, or by something else, and then nothing can land any more. */
async function settleUsed(
  { db, chain, log }: Ports,
  settlement: OpenSettlement,
  finalBlock: bigint,
): Promise<boolean> {
  const { id, payer, nonce, verifiedAtBlock } = settlement;
  const spent = await chain.authorizationLog(payer, nonce, verifiedAtBlock + 1n);
  if (!spent || spent.blockNumber > finalBlock) {
    log.warn({ settlement: id }, 'the nonce is spent, and its log not found yet');
    return false;
  }
  if (spent.topics[0] === topics.canceled) return makeVoid(db, id, 'cancelled by the payer');
  const [receipt] = (await chain.receipts([spent.transactionHash])).receipts;
  if (!receipt) return false;
  const paid = creditOf(settlement, receipt);
  if (!paid) return makeVoid(db, id, 'the nonce was spent on another transfer');
  return (await credit(db, chain.network.name, [paid])).length > 0;
}
