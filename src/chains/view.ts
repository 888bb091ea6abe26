/**
 * What the treasury and reconciliation ask of a network, of whatever family. It only reads, holds no key, and stands apart
 * from the money path: whoever keeps the books should not see through the eyes of who made the entries.
 */
import type { Network } from './networks.ts';

/** Blocks from and to, both included. */
export interface Span {
  from: bigint;
  to: bigint;
}

/** One movement of the network's pinned asset, as the chain recorded it. */
export interface Transfer {
  transactionHash: string;
  /** What the ledger credits a payment by, within its transaction (`credited_logs.log_index`). */
  creditIndex: number;
  from: string;
  to: string;
  amountAtomic: bigint;
  blockNumber: bigint;
  blockHash: string;
  /** Unix seconds. */
  at: bigint;
}

/** A transfer with the authorization that made it; without one, somebody moved the money by other means. */
export interface ExplainedTransfer extends Transfer {
  nonce: string | undefined;
}

/** @throws {RpcUnavailable} everywhere: then nothing is known. @throws {RpcError} where the node refuses */
export interface ChainView {
  network: Network;
  /** An address as transfers name it: the ledger may write the same one otherwise. */
  normal(address: string): string;
  /** The latest block that counts as final. Its time in Unix seconds. */
  finalBlock(): Promise<{ number: bigint; timestamp: bigint }>;
  /**
   * Whether the window of a payment has been over for so long at the final block: `valid_before` of its settlement, which is
   * a time on EVM and a block height on Solana.
   */
  isOver(validBefore: bigint, forSeconds: bigint): Promise<boolean>;
  /** The first block of that time (Unix seconds) or later; the one after the final block where there is none. */
  blockAt(timestamp: bigint): Promise<bigint>;
  /** In the chain's smallest native unit: wei, lamports. */
  nativeBalances(addresses: readonly string[]): Promise<bigint[]>;
  /** Of the pinned asset, in atomic units. */
  tokenBalances(addresses: readonly string[]): Promise<bigint[]>;
  /** What one payment would cost by the fees of now, alone in its transaction; smallest native unit. */
  feePerPayment(): Promise<bigint>;
  /** Every transfer to one of the recipients, or from one of the senders; in the order of the chain. */
  transfers(accounts: { to: readonly string[]; from: readonly string[] }, span: Span): Promise<Transfer[]>;
  /** The transfers of one transaction, wherever it lies now; undefined where the chain has none of that name. */
  transaction(hash: string): Promise<ExplainedTransfer[] | undefined>;
}
