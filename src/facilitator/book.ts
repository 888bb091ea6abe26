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
  /** Newest first; empty before the first. */
  transactions: { hash: string; ageSeconds: number }[];
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
}

/** As it is stored: sent for this settlement, with this nonce of the account. */
export interface StoredTransaction extends SignedTransaction {
  settlementId: string;
  accountNonce: bigint;
}

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
  ageSeconds: number | null;
  /** It carries a settlement that is not final. */
  wanted: boolean;
}

export interface Book {
  /** Queued settlements that are due, oldest first. Nothing is locked: whoever sends them locks them then. */
  due(network: string, limit: number): Promise<Settlement[]>;
  /**
   * Takes those of the settlements that are still queued and that no other process is taking, in the order given: allocates
   * an account nonce for each, in a row, has a transaction signed for it, stores that and marks the settlement sent.
   * Where `sign` fails nothing is taken, and no nonce is spent. @returns what was stored, to be broadcast now.
   */
  take(
    account: Account,
    settlementIds: readonly string[],
    sign: (settlementId: string, accountNonce: bigint) => Promise<SignedTransaction>,
  ): Promise<StoredTransaction[]>;
  /** Lets queued settlements that would not pass now wait, twice as long each time, half a minute at most. */
  postpone(items: readonly { id: string; error: string }[]): Promise<void>;
  /** Sends a settlement again whose newest transaction, this one, reverted for good. Nothing where it was sent again already. */
  requeue(id: string, revertedHash: string): Promise<void>;
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
}

/** What a chain says of an account and of itself. */
export interface SeenChain {
  /** Transactions that the account has sent. */
  count: bigint;
  firstBlockHash: string;
  /** A devnet may begin anew under its old name; a real network never does. */
  mayBeReplaced: boolean;
}
