/**
 * The relayer's watching half: what the chain says of everything in flight. Two answers are final: the log pair that
 * is a payment, and proof that the authorization can no longer land. A revert, a missing receipt, a node that does
 * not answer are none; the settlement stays open and is looked at again.
 */
import type { Block, ReadBlock, Receipt } from '../../chains/chain.ts';
import { findPayment, topics } from '../../chains/evm/eip3009.ts';
import { type Clock, unixSeconds } from '../../kernel/time.ts';
import type { Credit, OpenSettlement, OpenTransaction, Settlement } from '../book.ts';
import { expired, sentAgain, voidReasons } from '../reasons.ts';
import type { RelayerPorts } from './relayer.ts';

/** Seconds without a receipt after which the chain is asked about the authorization itself. */
const quietSeconds = 5;

/** How often, in milliseconds, a settlement that stays unclear is asked about. */
const askAgainMs = 1_000;

/**
 * How far before the block that verify read a log may lie: a reorg may have given the chain lower blocks since. The
 * nonce was unused when verify read it, so a log of it cannot be older than the claim (docs/decisions/0007). As far back
 * credited payments are compared with the chain.
 */
export const reorgBlocks = 128n;

/** A payment that failed this often, the last time alone, is sent no more: it ends when the chain says that it is too late. */
const maxFailures = 2;

type Ports = Pick<RelayerPorts, 'book' | 'chain' | 'clock' | 'log'>;

/** What one network's looks remember of each other: when each unclear settlement was last asked about. */
export type Asked = Map<string, number>;

/** What a look found. */
export interface Seen {
  /** Ids of the settlements that became final. */
  final: string[];
  /** How many did not. */
  open: number;
  /** The newest block of the node that was asked; undefined where nothing was in flight. */
  head?: Block;
}

/**
 * Looks once at everything in flight on one network: one receipt for each transaction, however many settlements it carries.
 * @param newest tells the newest block where no transaction is asked about
 */
export async function look(ports: Ports, asked: Asked, newest: () => Promise<Block>): Promise<Seen> {
  const { book, chain, clock } = ports;
  const open = await book.open(chain.network.name);
  const ids = new Set(open.map(({ id }) => id));
  for (const id of asked.keys()) if (!ids.has(id)) asked.delete(id);
  if (open.length === 0) return { final: [], open: 0 };
  const hashes = new Set(open.flatMap(({ transactions }) => transactions.map(({ hash }) => hash)));
  const seen = hashes.size > 0 ? await chain.receipts([...hashes]) : { head: await newest(), receipts: [] };
  const receipts = new Map<string, Receipt>();
  for (const receipt of seen.receipts)
    if (receipt) receipts.set(receipt.transactionHash.toLowerCase(), receipt);
  const finalBlock = lastFinalBlock(seen.head, [...receipts.values()], chain.network.confirmations);

  const credits: Credit[] = [];
  const unclear: Unclear[] = [];
  for (const settlement of open) {
    const mine = settlement.transactions.flatMap(({ hash }) => receipts.get(hash.toLowerCase()) ?? []);
    const paid = mine.flatMap((receipt) => creditOf(settlement, receipt) ?? [])[0];
    if (paid && paid.blockNumber <= finalBlock) credits.push(paid);
    else if (
      !paid &&
      isUnclear(settlement, mine, clock) &&
      clock() - (asked.get(settlement.id) ?? 0) > askAgainMs
    )
      unclear.push({ settlement, receipts: mine });
  }
  const final = await book.credit(chain.network.name, credits);
  for (const { settlement } of unclear) asked.set(settlement.id, clock());
  final.push(...(await investigate(ports, unclear, finalBlock)));
  return { final, open: open.length - final.length, head: seen.head };
}

interface Unclear {
  settlement: OpenSettlement;
  receipts: readonly Receipt[];
}

function lastFinalBlock(head: Block, receipts: readonly Receipt[], confirmations: number): bigint {
  // A receipt may be newer than the head that was read beside it.
  let latest = head.number;
  for (const { blockNumber } of receipts) if (blockNumber > latest) latest = blockNumber;
  return latest - BigInt(confirmations);
}

function creditOf(settlement: Settlement, receipt: Receipt): Credit | undefined {
  const log = receipt.succeeded ? findPayment(receipt.logs, settlement) : undefined;
  return (
    log && {
      settlementId: settlement.id,
      transactionHash: receipt.transactionHash,
      logIndex: log.logIndex,
      blockNumber: receipt.blockNumber,
      blockHash: receipt.blockHash,
    }
  );
}

/** Whether waiting for our own transaction is no longer enough. */
function isUnclear(settlement: OpenSettlement, receipts: readonly Receipt[], clock: Clock): boolean {
  const newest = settlement.transactions[0];
  return (
    receipts.length > 0 ||
    settlement.attempts > 0 ||
    // Another carries it, and we have no transaction to look for.
    (settlement.state === 'sent' && !newest) ||
    unixSeconds(clock) >= settlement.validBefore ||
    (newest !== undefined && newest.ageSeconds > quietSeconds)
  );
}

/** Asks the chain about the authorizations themselves, at a final block, all in one call. @returns those that became final. */
async function investigate(ports: Ports, unclear: readonly Unclear[], finalBlock: bigint): Promise<string[]> {
  if (unclear.length === 0) return [];
  const { block, states } = await ports.chain.authorizations(
    unclear.map(({ settlement }) => settlement),
    finalBlock,
  );
  const final: string[] = [];
  const finalCount = countsAt(ports, finalBlock);
  for (const [i, item] of unclear.entries()) {
    const { settlement } = item;
    try {
      const ended = states[i]!.used
        ? await settleUsed(ports, item, finalBlock)
        : await settleUnused(ports, item, block, finalBlock, finalCount);
      if (ended) final.push(settlement.id);
    } catch (error) {
      // One item's trouble is not its neighbours'.
      ports.log.warn(
        { settlement: settlement.id, error: (error as Error).message },
        'a settlement could not be judged',
      );
    }
  }
  return final;
}

/** The nonce is spent: by our pair, whoever sent it, or by something else, and then nothing can land any more. */
async function settleUsed(ports: Ports, item: Unclear, finalBlock: bigint): Promise<boolean> {
  const { book, chain, log } = ports;
  const { settlement } = item;
  const { id } = settlement;
  const spent = await findSpent(ports, settlement, finalBlock);
  if (spent === 'unknown') {
    log.warn({ settlement: id }, 'the nonce is spent, and its log not found yet');
    return false;
  }
  if (typeof spent === 'string') await blame(ports, item, finalBlock);
  if (spent === 'canceled') return book.makeVoid(id, voidReasons.cancelled);
  if (spent === 'otherwise') return book.makeVoid(id, voidReasons.spent);
  return (await book.credit(chain.network.name, [spent])).length > 0;
}

/** What a nonce was spent on, as far as final blocks tell. */
export async function findSpent(
  { chain }: Pick<Ports, 'chain'>,
  settlement: Settlement,
  finalBlock: bigint,
): Promise<Credit | 'canceled' | 'otherwise' | 'unknown'> {
  const { payer, nonce, verifiedAtBlock } = settlement;
  const from = verifiedAtBlock > reorgBlocks ? verifiedAtBlock - reorgBlocks : 0n;
  const spent = await chain.authorizationLog(payer, nonce, from);
  if (!spent || spent.blockNumber > finalBlock) return 'unknown';
  if (spent.topics[0] === topics.canceled) return 'canceled';
  const [receipt] = (await chain.receipts([spent.transactionHash])).receipts;
  // Moved to another block in between: what was final is not.
  if (!receipt || receipt.blockNumber > finalBlock) return 'unknown';
  return creditOf(settlement, receipt) ?? 'otherwise';
}

/** The nonce is unspent: void once the chain's time is past the window; until then it is sent again where nothing can land. */
async function settleUnused(
  ports: Ports,
  item: Unclear,
  block: ReadBlock,
  finalBlock: bigint,
  finalCount: FinalCount,
): Promise<boolean> {
  const { book } = ports;
  const { settlement, receipts } = item;
  const { id, validBefore, state, transactions, lastError, together } = settlement;
  const newest = transactions[0];
  if (block.timestamp >= validBefore) return book.makeVoid(id, expired(lastError));
  if (!newest || state !== 'sent') return false;
  const failed = receipts.find((receipt) => isBeside(transactionOf(settlement, receipt), newest));
  if (failed && failed.blockNumber <= finalBlock) {
    await blame(ports, item, finalBlock);
    if (newest.carries > 1 || receipts.length < maxFailures)
      await book.requeue(id, newest.hash, togetherAfter(failed, newest), reasonOf(failed, newest));
  } else if (
    !failed &&
    newest.ageSeconds > quietSeconds &&
    (await finalCount(newest.sender)) > newest.accountNonce
  )
    // Whatever took its nonce, this authorization is unused there, and none of ours can land any more.
    await book.requeue(id, newest.hash, together, sentAgain.displaced);
  return false;
}

/** Of one account nonce of one key: at most one of the two is mined. */
const isBeside = (one: OpenTransaction | undefined, other: OpenTransaction): boolean =>
  one?.accountNonce === other.accountNonce && one.sender === other.sender;

const transactionOf = ({ transactions }: OpenSettlement, { transactionHash }: Receipt) =>
  transactions.find(({ hash }) => hash.toLowerCase() === transactionHash.toLowerCase());

/** One that failed among others goes alone; a batch that failed as a whole goes in halves, for one of them may be to blame. */
const togetherAfter = ({ succeeded }: Receipt, { carries }: OpenTransaction): number =>
  succeeded ? 1 : Math.max(1, Math.floor(carries / 2));

const reasonOf = ({ succeeded }: Receipt, { carries }: OpenTransaction): string =>
  succeeded || carries === 1 ? 'reverted' : sentAgain.batchFailed;

/**
 * Counts what our mined transactions cost for nothing against the payer: it passed when it was simulated, and emptied or
 * cancelled since. Not where the whole batch failed, or its gas went out, for that was another's doing or ours.
 */
async function blame({ book }: Ports, { settlement, receipts }: Unclear, finalBlock: bigint): Promise<void> {
  const failures = receipts.filter((receipt) => {
    const transaction = transactionOf(settlement, receipt);
    if (!transaction || receipt.blockNumber > finalBlock) return false;
    return transaction.carries === 1 || (receipt.succeeded && !isStarved(receipt, transaction));
  });
  if (failures.length > 0)
    await book.burnt(
      failures.map(({ transactionHash }) => ({
        settlementId: settlement.id,
        transactionHash: transactionHash.toLowerCase(),
      })),
    );
}

/** A batch takes some two thirds of its limit; one that took nearly all of it had an item that left the others none. */
const isStarved = ({ gasUsed }: Receipt, { gasLimit }: OpenTransaction): boolean =>
  gasUsed * 10n >= gasLimit * 9n;

/** Transactions that an address has sent by the final block. */
type FinalCount = (sender: string) => Promise<bigint>;

/** Asked once for each sender. */
function countsAt({ chain }: Ports, finalBlock: bigint): FinalCount {
  const counts = new Map<string, Promise<bigint>>();
  return (sender) => {
    const count = counts.get(sender) ?? chain.transactionCount(sender, finalBlock);
    counts.set(sender, count);
    return count;
  };
}
