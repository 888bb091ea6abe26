/** What a reviewer is told of who made a proposal. The desk knows nothing of money: who does fills these ports. */
import type { Tx } from '../../store/database.ts';
import type { Standing } from '../../store/schema.ts';

/** How a wallet stands in the workspace, and what came of what it did there. */
export interface WalletRecord {
  standing: Standing;
  purchasesDelivered: number;
  proposalsApproved: number;
  proposalsRejected: number;
  strikes: number;
}

/** What a purchase cost, and where it was paid. */
export interface Paid {
  amountAtomic: bigint;
  network: string;
}

/** Read within the workspace's transaction. Who is not known to it is not in the answer. */
export interface ProposerRecords {
  /** By address. */
  walletRecords(tx: Tx, workspaceId: string, wallets: readonly string[]): Promise<Map<string, WalletRecord>>;
  /** By the purchase's id. */
  amountsPaid(tx: Tx, workspaceId: string, purchaseIds: readonly string[]): Promise<Map<string, Paid>>;
}
