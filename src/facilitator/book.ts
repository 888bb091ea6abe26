/**
 * The book port: the settlements' rows, the relayer's transactions and its accounts' nonces. Each method is one atomic
 * step, done whole or not at all, and names the state it expects, so that two processes that work on the same
 * settlement cannot both change it.
 */
import type { Selectable } from 'kysely';
import type { SettlementTable } from '../store/schema.ts';

/** One authorization on its way onto a chain. */
export type Settlement = Selectable<SettlementTable>;

/** A settlement in flight, with the transactions that were signed for it. */
export interface OpenSettlement extends Settlement {
  /** Newest first; empty before the first. Of those that share an account nonce at most one is mined. */
  transactions: OpenTransaction[];
}

/** What was signed for an open settlement, without its content: a batch is long, and each of its settlements has it. */
export interface OpenTransaction {
  hash: string;
  sender: string;
  accountNonce: bigint;
  ageSeconds: number;
  /** How many settlements share it. */
  carries: number;
  gasLimit: bigint;
}

/** A hot key on one network. */
export interface Account {
  network: string;
  /** Lower case. */
  sender: string;
}

/** A transaction to be stored before it is broadcast. */
export interface SignedTransaction {
  id: string;
  hash: string;
  raw: string;
  gasLimit: bigint;
  /** What it offers per gas at most. */
  maxFeeWei: bigint;
}

/** As it is stored: sent for these settlements, with this nonce of the account. */
export interface StoredTransaction extends SignedTransaction {
  settlementIds: readonly string[];
  accountNonce: bigint;
}

/** What a mined transaction cost, as its receipt says. */
export interface GasCost {
  hash: string;
  gasUsed: bigint;
  feeWei: bigint;
}

/** A mined transaction that did not move a settlement's money, through its payer's doing. */
export interface GasFailure {
  settlementId: string;
  transactionHash: string;
}

/** A wallet that made so many transactions fail within a day is not sent for, until the first of them is a day old. */
export const mostGasFailures = 5;

/** How many settlements of one payer go out in one round: a wallet cannot push others out. */
export const mostOfOnePayer = 8;

/** A payment found on the chain. */
export interface Credit {
  settlementId: string;
  transactionHash: string;
  logIndex: number;
  blockNumber: bigint;
  blockHash: string;
}

/** A block that payments were credited in. */
export interface CreditedBlock {
  number: bigint;
  hash: string;
}

/** One account nonce that the chain has not seen. */
export interface Slot {
  nonce: bigint;
  /** What was signed for this nonce last; null where nothing is stored. */
  raw: string | null;
  hash: string | null;
  /** What it offers per gas at most. */
  maxFeeWei: bigint | null;
  ageSeconds: number | null;
  /** It carries a settlement that is not final. */
  wanted: boolean;
}

export interface Book {
  /**
   * Queued settlements that are due: a first one of each payer, then a second one, and so on, the oldest first among those;
   * none of payers with `mostGasFailures`. Nothing is locked: whoever sends them locks them then.
   */
  due(network: string, limit: number): Promise<Settlement[]>;
  /**
   * Takes those of the settlements that are still queued and that no other process is taking: allocates an account nonce for
   * each group that still has one, in a row, has one transaction signed for the group, stores that and marks its
   * settlements sent. Where `sign` fails nothing is taken, and no nonce is spent. @returns what was stored, to be broadcast
   * now.
   */
  take(
    account: Account,
    groups: readonly (readonly string[])[],
    sign: (settlementIds: readonly string[], accountNonce: bigint) => Promise<SignedTransaction>,
  ): Promise<StoredTransaction[]>;
  /** Lets queued settlements that would not pass now wait, twice as long each time, half a minute at most. */
  postpone(items: readonly { id: string; error: string }[]): Promise<void>;
  /**
   * Sends a settlement again whose newest transaction, this one, came to nothing for good, with so many others at most.
   * Nothing where it was sent again already.
   */
  requeue(id: string, newestHash: string, together: number, error: string): Promise<void>;
  /** Counts failures against their payers, each once whoever counts. */
  burnt(failures: readonly GasFailure[]): Promise<void>;
  /** Payers with `mostGasFailures` or more within a day. */
  barred(): Promise<string[]>;
  /**
   * Settlements to be handed to another facilitator, marked sent: queued ones that are due, and those handed over
   * `againSeconds` ago and still open. None of which a transaction of ours may land, and none whose authorization ends by
   * `latest` (seconds).
   */
  handOver(network: string, latest: bigint, limit: number, againSeconds: number): Promise<Settlement[]>;
  /** Queues a settlement again that another facilitator refused, to wait as `postpone` has it. Nothing where it is final. */
  takeBack(id: string, error: string): Promise<void>;
  /** Everything of a network that is not final. */
  open(network: string): Promise<OpenSettlement[]>;
  /**
   * Credits payments: each log pair once, each settlement once, and hints to whoever waits. Need not be on disk before it
   * is told: the chain says the same when it is asked again. A settlement that was called void is settled too, and
   * marked late. @returns ids of the settlements that became final by it.
   */
  credit(network: string, credits: readonly Credit[]): Promise<string[]>;
  /** Ends a settlement that can no longer land. The caller has the chain's final word. @returns whether it was open. */
  makeVoid(id: string, reason: string): Promise<boolean>;
  /** The blocks from a height on that payments were credited in, lowest first. */
  creditedBlocks(network: string, fromNumber: bigint): Promise<CreditedBlock[]>;
  /**
   * Takes back what was credited in blocks that the chain no longer has: the settlements are open again, and what was
   * signed for them is wanted again. Their transaction hash stays, as the last that is known. @returns their ids.
   */
  reopen(network: string, blocks: readonly CreditedBlock[]): Promise<string[]>;
  /**
   * Void settlements that are due to be asked about again, for it is their turn then: first soon after they ended, then
   * ever later, and after half a day no more.
   */
  voided(network: string, limit: number): Promise<Settlement[]>;

  /**
   * Takes the account nonce from the chain where ours is missing, behind, or of another chain of the same name.
   * @returns `replaced` where the chain is another than before: what was under way on the old one is queued again.
   * `refused` where it is, and may not be; then nothing is changed.
   */
  openAccount(account: Account, chain: SeenChain): Promise<'kept' | 'replaced' | 'refused'>;
  /** Below the chain's count of the account's transactions each nonce is spent, by what is stored for it. */
  markMined(account: Account, count: bigint): Promise<void>;
  /** The account's nonces from the chain's count to ours, lowest first, `limit` at most; and how many there are in all. */
  slots(account: Account, count: bigint, limit: number): Promise<{ slots: Slot[]; missing: bigint }>;
  /**
   * Stores a transaction that fills a nonce. What the nonce carried before is dropped and its settlement queued again: at
   * most one of the two can be mined.
   */
  fill(account: Account, nonce: bigint, transaction: SignedTransaction): Promise<void>;
  /**
   * Stores a transaction beside the newest of its nonce, this one, for the same settlements: it offers more for gas, and
   * either may be mined. @returns whether that one was still the newest
   */
  replace(
    account: Account,
    nonce: bigint,
    replacedHash: string,
    transaction: SignedTransaction,
  ): Promise<boolean>;

  /** Hashes of the account's transactions that may have been mined of late, and whose cost is not known. */
  uncounted(account: Account, limit: number): Promise<string[]>;
  /** Stores what transactions cost, each once, and adds it to the day's sum. */
  countGas(network: string, costs: readonly GasCost[]): Promise<void>;
  /** What gas cost on the network today (UTC), and what it may still cost for what is under way. In wei. */
  gasSpent(network: string): Promise<bigint>;
}

/** What a chain says of an account and of itself. */
export interface SeenChain {
  /** Transactions that the account has sent. */
  count: bigint;
  firstBlockHash: string;
  /** A devnet may begin anew under its old name; a real network never does. */
  mayBeReplaced: boolean;
}
