/** Tables of the money path: door, facilitator, relayer, policy. */
import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { JsonObject } from '../../kernel/json.ts';
import type { Defaulted, JsonColumn } from './columns.ts';

/** The tables as Kysely sees them (columns in camelCase). What they mean stands in migrations/. */
export interface MoneySchema {
  workspaces: WorkspaceTable;
  workspaceNetworks: { workspaceId: string; network: string; payTo: string };
  workspacePrices: { workspaceId: string; operation: string; priceAtomic: bigint };
  processes: { id: string; seenAt: Defaulted<Date> };
  claims: ClaimTable;
  purchases: PurchaseTable;
  receipts: ReceiptTable;
  signInNonces: SignInNonceTable;
  settlements: SettlementTable;
  relayerTransactions: RelayerTransactionTable;
  relayerTransactionSettlements: { transactionId: string; settlementId: string };
  relayerAccounts: { network: string; address: string; nextNonce: bigint; firstBlockHash: string };
  workspaceCaps: CapsTable;
  workspacePolicies: PolicyTable;
  wallets: WalletTable;
  newWalletSpending: SpendingColumns & { workspaceId: string; waitingProposals: Generated<number> };
  refundSpending: {
    workspaceId: string;
    dayAt: Defaulted<Date | number>;
    dayAmountAtomic: Generated<bigint>;
  };
  auditLog: AuditTable;
  breakers: { workspaceId: string; pausedAt: Defaulted<Date>; reason: string };
  deliveryRequests: { purchaseId: string; requestedAt: Defaulted<Date> };
  workspaceFloats: { workspaceId: string; address: string; svmAddress: string | null };
  svmTransactions: SvmTransactionTable;
  svmAccounts: { network: string; owner: string; madeAt: Defaulted<Date> };
  reconciliations: ReconciliationTable;
  gasDays: { network: string; dayAt: Date; spentWei: string };
  gasFailures: { settlementId: string; transactionHash: string; payer: string; failedAt: Defaulted<Date> };
  creditedLogs: { network: string; transactionHash: string; logIndex: number; settlementId: string };
  facilitatorTokens: FacilitatorTokenTable;
  facilitatorTokenPayTo: { tokenId: string; network: string; payTo: string };
  facilitatorTokenGas: FacilitatorTokenGasTable;
  facilitatorSettlements: {
    settlementId: string;
    tokenId: string;
    idempotencyKey: string | null;
    bodyHash: string;
    createdAt: Defaulted<Date>;
  };
}

interface WorkspaceTable {
  id: string;
  slug: string;
  name: string;
  nextTicketNumber: Generated<bigint>;
  createdAt: Defaulted<Date>;
}

export type PurchaseState =
  | 'settling'
  | 'paid'
  | 'delivered'
  | 'void'
  | 'owed'
  | 'refunding'
  | 'refunded'
  | 'lost';

export interface ClaimTable {
  id: string;
  workspaceId: string;
  network: string;
  asset: string;
  payer: string;
  nonce: string;
  payTo: string;
  amountAtomic: bigint;
  callHash: string;
  signature: string;
  identifier: string | null;
  state: Generated<PurchaseState>;
  reason: string | null;
  fence: Generated<number>;
  processId: string;
  attempts: Generated<number>;
  standing: Generated<Standing>;
  breaker: Generated<'closed' | 'paused'>;
  holdsProposal: Generated<boolean>;
  owedAt: Date | null;
  refundNextAt: Date | null;
  refundNote: string | null;
  refundApprovedAt: Date | null;
  createdAt: Defaulted<Date>;
  updatedAt: Defaulted<Date>;
}

export type Standing = 'new' | 'known' | 'trusted' | 'blocked';

interface CapsTable {
  workspaceId: string;
  standing: 'new' | 'known' | 'trusted' | 'all new';
  callsPerMinute: number;
  actionsPerDay: number;
  amountPerDayAtomic: bigint;
}

interface PolicyTable {
  workspaceId: string;
  knownAfterPurchases: Generated<number>;
  trustedAfterApprovals: Generated<number>;
  trustedApprovedPercent: Generated<number>;
  trustedStrikeFreeDays: Generated<number>;
  waitingProposalsOfNew: Generated<number>;
  refundAfterSeconds: Generated<number>;
  refundPerDayWalletAtomic: Generated<bigint>;
  refundPerDayWorkspaceAtomic: Generated<bigint>;
}

/** What was spent in the windows that run. A window that never began starts at `-infinity`. */
interface SpendingColumns {
  minuteAt: Defaulted<Date | number>;
  minuteCalls: Generated<number>;
  dayAt: Defaulted<Date | number>;
  dayActions: Generated<number>;
  dayAmountAtomic: Generated<bigint>;
}

interface WalletTable extends SpendingColumns {
  workspaceId: string;
  address: string;
  standing: Generated<Standing>;
  standingByHand: Generated<boolean>;
  purchasesDelivered: Generated<number>;
  proposalsApproved: Generated<number>;
  proposalsRejected: Generated<number>;
  strikes: Generated<number>;
  lastStrikeAt: Date | null;
  refundDayAt: Defaulted<Date | number>;
  refundDayAmountAtomic: Generated<bigint>;
  createdAt: Defaulted<Date>;
}

interface AuditTable {
  workspaceId: string;
  id: string;
  at: Defaulted<Date>;
  actor: string;
  action: string;
  subject: string | null;
  reason: string;
  details: ColumnType<JsonObject, string | undefined, string>;
}

interface PurchaseTable {
  workspaceId: string;
  id: string;
  operation: string;
  input: JsonColumn;
  plan: JsonColumn;
  computed: Generated<boolean>;
  output: JSONColumnType<JsonObject> | null;
  private: boolean;
  payer: string;
  createdAt: Defaulted<Date>;
}

interface ReceiptTable {
  workspaceId: string;
  id: string;
  purchaseId: string;
  outputHash: string;
  signed: JSONColumnType<JsonObject> | null;
  createdAt: Defaulted<Date>;
}

interface SignInNonceTable {
  nonce: string;
  expiresAt: Date;
}

export interface SettlementTable {
  id: string;
  network: string;
  asset: string;
  payer: string;
  payTo: string;
  amountAtomic: bigint;
  validAfter: bigint;
  validBefore: bigint;
  nonce: string;
  signature: string;
  verifiedAtBlock: bigint;
  state: Generated<'queued' | 'sent' | 'settled' | 'void'>;
  attempts: Generated<number>;
  nextAttemptAt: Defaulted<Date>;
  lastError: string | null;
  transactionHash: string | null;
  blockNumber: bigint | null;
  blockHash: string | null;
  late: Generated<boolean>;
  together: Generated<number>;
  createdAt: Defaulted<Date>;
  updatedAt: Defaulted<Date>;
}

/** What was signed for a settlement on Solana. */
interface SvmTransactionTable {
  settlementId: string;
  network: string;
  signature: string;
  raw: string;
  feeLamports: bigint;
  createdAt: Defaulted<Date>;
}

interface RelayerTransactionTable {
  id: string;
  network: string;
  sender: string;
  accountNonce: bigint;
  hash: string;
  raw: string;
  state: Generated<'stored' | 'mined' | 'dropped'>;
  createdAt: Defaulted<Date>;
  gasLimit: Generated<bigint>;
  maxFeeWei: Generated<bigint>;
  gasUsed: bigint | null;
  /** Numeric: a decimal string. */
  feeWei: string | null;
  minedAt: Date | null;
}

interface ReconciliationTable {
  network: string;
  toBlock: bigint;
  takenAt: Defaulted<Date>;
  differences: Generated<bigint>;
  lastDifference: string | null;
  lastDifferenceAt: Date | null;
}

interface FacilitatorTokenTable {
  id: string;
  name: string;
  tokenHash: string;
  anyPayTo: Generated<boolean>;
  createdAt: Defaulted<Date>;
  revokedAt: Date | null;
}

interface FacilitatorTokenGasTable {
  tokenId: string;
  network: string;
  perDayNano: bigint | null;
  dayAt: Defaulted<Date | number>;
  dayNano: Generated<bigint>;
}
