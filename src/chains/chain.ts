import type { Hex } from 'viem';
import type { Log } from './evm/eip3009.ts';
import type { EvmNetwork } from './networks.ts';

export interface Block {
  number: bigint;
  /** Seconds. */
  timestamp: bigint;
  /** Zero on chains without one. */
  baseFeeWei: bigint;
}

/** A block as a contract sees it, which does not learn the base fee. */
export type ReadBlock = Pick<Block, 'number' | 'timestamp'>;

/** Whose authorization, and which. */
export interface AuthorizationKey {
  payer: string;
  nonce: string;
}

/** An authorization's state at one block. */
export interface AuthorizationState {
  /** Of the payer, in the pinned asset. */
  balance: bigint;
  /** The nonce is used or cancelled. */
  used: boolean;
  /** The payer has code: a contract wallet, or a plain key with EIP-7702 code. USDC treats both alike. */
  hasCode: boolean;
}

export interface Receipt {
  transactionHash: Hex;
  blockNumber: bigint;
  blockHash: Hex;
  succeeded: boolean;
  gasUsed: bigint;
  /** What it cost its sender, a rollup's data fee included. */
  feeWei: bigint;
  logs: Log[];
}

/** What a transfer would come to. A payer with code is not tried: see contracts/TransferSimulator.sol. */
export type Simulated =
  | { kind: 'passes'; gas: bigint }
  | { kind: 'reverts'; reason: string }
  | { kind: 'hasCode' };

/** A call that is estimated before it is signed. */
export interface TransactionRequest {
  from: Hex;
  to: Hex;
  data: Hex;
}

/**
 * The chain port: what the facilitator asks of an EVM network. Plural where a relayer asks for many at once; each
 * call is one round trip. @throws {RpcUnavailable} everywhere: then nothing is known.
 */
export interface Chain {
  network: EvmNetwork;
  /** The latest block. */
  head(): Promise<Block>;
  /**
   * Tells of each new latest block as the node announces it, until the signal aborts.
   * @throws {RpcUnavailable} where the node announces none, or ends what it began
   */
  follow(tell: (head: Block) => void, signal: AbortSignal): Promise<void>;
  /** The chain's id and the hash of its block 1: which chain this is. */
  identity(): Promise<{ chainId: number; firstBlockHash: string }>;
  /** An authorization's state at the latest block. Those who ask within milliseconds of each other share one request. */
  authorization(key: AuthorizationKey): Promise<{ block: ReadBlock; state: AuthorizationState }>;
  /** States of several authorizations, all read at the given block. */
  authorizations(
    keys: readonly AuthorizationKey[],
    atBlock: bigint,
  ): Promise<{ block: ReadBlock; states: AuthorizationState[] }>;
  /**
   * Whether each transfer, given by its calldata for the pinned asset, would pass now after those before it, and the gas
   * that it would take.
   */
  simulate(transfers: readonly Hex[]): Promise<Simulated[]>;
  /** Whether each call would pass now with this much gas. */
  passes(requests: readonly TransactionRequest[], gas: bigint): Promise<boolean[]>;
  /** Gas that each call would take, or why it would revert. */
  estimateGas(requests: readonly TransactionRequest[]): Promise<({ gas: bigint } | { revert: string })[]>;
  /** Hands signed transactions to the node, in order. A refusal is text; it proves nothing about what is mined later. */
  broadcast(raws: readonly Hex[]): Promise<(string | undefined)[]>;
  /** The latest block, and receipts of mined transactions: undefined where there is none (yet). */
  receipts(hashes: readonly string[]): Promise<{ head: Block; receipts: (Receipt | undefined)[] }>;
  /** The hash of the chain's block at each height; undefined where the node has none (yet). */
  blockHashes(numbers: readonly bigint[]): Promise<(Hex | undefined)[]>;
  /** The log by which the nonce was used or cancelled, from a block on; undefined if none is found. */
  authorizationLog(payer: string, nonce: string, fromBlock: bigint): Promise<Log | undefined>;
  /** Native balance, in wei. */
  nativeBalance(address: string): Promise<bigint>;
  /** Transactions that the address has sent, at the latest block or a given one. */
  transactionCount(address: string, atBlock?: bigint): Promise<bigint>;
}
