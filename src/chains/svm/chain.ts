import type { SvmNetwork } from '../networks.ts';

/** Where the cluster is. Some slots have no block, so heights lag behind slots. */
export interface SvmHead {
  /** Latest confirmed slot. */
  slot: bigint;
  /** Blocks up to it. */
  blockHeight: bigint;
  finalizedSlot: bigint;
  finalizedHeight: bigint;
  /** Of the confirmed slot, in seconds, by the validators' clocks. */
  timestamp: bigint;
}

/** An account of the token program. */
export interface TokenAccount {
  mint: string;
  /** The wallet that may spend from it. */
  owner: string;
  amountAtomic: bigint;
  frozen: boolean;
  /** The token program it belongs to. */
  tokenProgram: string;
}

/** What a transaction would do at the confirmed slot. */
export interface Simulation {
  /** The chain's word for why it would fail, as JSON; undefined if it would pass. */
  error: string | undefined;
  unitsConsumed: bigint;
  logs: readonly string[];
}

/** What a node knows of a transaction that landed. */
export interface SignatureStatus {
  slot: bigint;
  /** As JSON. A failed transaction has paid its fee, and can never land again. */
  error: string | undefined;
  confirmation: 'processed' | 'confirmed' | 'finalized';
}

/** Tokens that came into an account. */
export interface TokenTransfer {
  signature: string;
  slot: bigint;
  /** What the transaction as a whole added. */
  amountAtomic: bigint;
  /** The wallet whose tokens they were; undefined where they came from several or were minted. */
  sourceOwner: string | undefined;
}

/**
 * The chain port on Solana: what the facilitator asks of a cluster. Plural where a relayer asks for many at once; each call
 * is one round trip, but for the history of an account.
 * @throws {RpcUnavailable} everywhere: then nothing is known. An answer in an unknown form is no answer
 */
export interface SvmChain {
  network: SvmNetwork;
  head(): Promise<SvmHead>;
  /** The genesis hash: which cluster this is. */
  identity(): Promise<string>;
  /** A confirmed blockhash to build a transaction on, and the height of the last block that can hold one of it. */
  latestBlockhash(): Promise<{ blockhash: string; lastValidBlockHeight: bigint }>;
  /**
   * For each blockhash a height after which no transaction of it can land: an upper bound, as the chain does not say how
   * old a blockhash is. Undefined if it is too old already, or of no block.
   */
  blockhashBounds(blockhashes: readonly string[]): Promise<(bigint | undefined)[]>;
  /** Token accounts at the confirmed slot; undefined where an address is none. */
  tokenAccounts(addresses: readonly string[]): Promise<(TokenAccount | undefined)[]>;
  /**
   * Simulates transactions in base64 at the confirmed slot, their blockhashes checked.
   * `sigVerify`: whether all signatures must be there and right.
   */
  simulate(transactions: readonly string[], options: { sigVerify: boolean }): Promise<Simulation[]>;
  /**
   * Hands signed transactions in base64 to the node, which passes them on without simulating them and without trying again.
   * A refusal is text; it proves nothing about what lands later.
   */
  send(transactions: readonly string[]): Promise<(string | undefined)[]>;
  /**
   * What became of transactions. Undefined: unknown to the node, which proves something only if history was searched and
   * the node had seen the slot in question: `slot` is the lowest that answered.
   */
  statuses(
    signatures: readonly string[],
    options: { searchHistory: boolean },
  ): Promise<{ slot: bigint; statuses: (SignatureStatus | undefined)[] }>;
  /** In lamports. */
  nativeBalance(address: string): Promise<bigint>;
  /** What came into a token account from one slot to another, both included, oldest first: failed transactions left out. */
  transfersTo(tokenAccount: string, span: { fromSlot: bigint; toSlot: bigint }): Promise<TokenTransfer[]>;
}
