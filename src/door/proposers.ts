/** What the door knows of who made proposals, for whoever reviews them. */
import type { Tx } from '../store/database.ts';
import type { Standing } from '../store/schema.ts';

interface WalletRecord {
  standing: Standing;
  purchasesDelivered: number;
  proposalsApproved: number;
  proposalsRejected: number;
  strikes: number;
}

/** By address, lower case; a wallet that was never here is not among them. */
export async function walletRecords(
  tx: Tx,
  workspaceId: string,
  wallets: readonly string[],
): Promise<Map<string, WalletRecord>> {
  if (wallets.length === 0) return new Map();
  const rows = await tx
    .selectFrom('wallets')
    .select([
      'address',
      'standing',
      'purchasesDelivered',
      'proposalsApproved',
      'proposalsRejected',
      'strikes',
    ])
    .where('workspaceId', '=', workspaceId)
    .where('address', 'in', wallets)
    .execute();
  return new Map(rows.map(({ address, ...record }) => [address, record]));
}

/** By the purchase's id: atomic units, and the name of the network. */
export async function amountsPaid(
  tx: Tx,
  workspaceId: string,
  purchaseIds: readonly string[],
): Promise<Map<string, { amountAtomic: bigint; network: string }>> {
  if (purchaseIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('claims')
    .select(['id', 'amountAtomic', 'network'])
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', purchaseIds)
    .execute();
  return new Map(rows.map(({ id, amountAtomic, network }) => [id, { amountAtomic, network }]));
}
