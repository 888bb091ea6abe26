/**
 * Changes of a purchase's state that its wallet feels. Each locks the wallet's row before the claim's: a claim of the same
 * wallet holds the first while it waits for the second, and two who took them in different orders would wait for each
 * other.
 */
import { sql } from 'kysely';
import { isPayersDoing } from '../facilitator/reasons.ts';
import type { Ids } from '../kernel/ids.ts';
import { asSystem, type Database, type Tx } from '../store/database.ts';
import type { Purchase } from './claim.ts';
import { applyRules, strike } from './standing.ts';

/**
 * settling -> void, where the settlement's row says so: what was not charged is not counted, and a wallet that kept its
 * own payment from landing is struck. @returns undefined where the purchase is no longer where the caller thinks, or no
 * longer the caller's.
 */
export function makeVoid(db: Database, ids: Ids, purchase: Purchase): Promise<Purchase | undefined> {
  // Settlements belong to no workspace.
  return asSystem(db, async (tx) => {
    const { id, fence, workspaceId, payer: wallet } = purchase;
    const { rows } = await sql<Purchase>`
      with wallet as (
        select from wallets where workspace_id = ${workspaceId} and address = ${wallet} for update
      ), all_new as (
        select from new_wallet_spending
        where workspace_id = ${workspaceId} and ${purchase.standing === 'new'} and (select count(*) from wallet) >= 0
        for update
      ), moved as (
        update claims set state = 'void', reason = settlements.last_error, holds_proposal = false, updated_at = now()
        from settlements, (select count(*) from wallet) as first, (select count(*) from all_new) as second
        where claims.id = ${id} and claims.state = 'settling' and claims.fence = ${fence}
          and settlements.id = claims.id and settlements.state = 'void'
        returning claims.*
      )
      select moved.* from moved, lateral (select pg_notify('postern', 'purchase.changed:' || moved.id)) as told`.execute(
      tx,
    );
    const moved = rows[0];
    if (!moved) return undefined;
    await giveBack(tx, purchase);
    if (isPayersDoing(moved.reason))
      await strike(tx, ids, {
        workspaceId,
        wallet,
        reason: `a settlement came to nothing: ${moved.reason}`,
        purchaseId: id,
      });
    return moved;
  });
}

/**
 * What a void purchase counted against the caps, and its place in the approval queue; the caller has locked both rows.
 * A window that began after the claim never counted it. Times are compared where they are kept to the microsecond.
 */
export async function giveBack(tx: Tx, purchase: Purchase): Promise<void> {
  const { id, workspaceId, payer, standing, holdsProposal } = purchase;
  const back = sql`day_actions = day_actions - (day_at <= claims.created_at)::int4,
    day_amount_atomic = day_amount_atomic - case when day_at <= claims.created_at then amount_atomic else 0 end`;
  await sql`update wallets set ${back} from claims
    where wallets.workspace_id = ${workspaceId} and address = ${payer} and claims.id = ${id}`.execute(tx);
  if (standing !== 'new') return;
  await sql`update new_wallet_spending
    set ${back}, waiting_proposals = waiting_proposals - ${holdsProposal ? 1 : 0}
    from claims where new_wallet_spending.workspace_id = ${workspaceId} and claims.id = ${id}`.execute(tx);
}

/** paid -> owed, of a purchase that holds a place in the approval queue: no proposal comes of it, so the place is free. */
export async function owe(
  db: Database,
  { id, state, fence, workspaceId }: Purchase,
  reason: string,
): Promise<Purchase | undefined> {
  const { rows } = await sql<Purchase>`
    with all_new as (
      select from new_wallet_spending where workspace_id = ${workspaceId} for update
    ), moved as (
      update claims set state = 'owed', reason = ${reason}, holds_proposal = false,
        owed_at = now(), updated_at = now()
      from (select count(*) from all_new) as locked
      where id = ${id} and state = ${state} and fence = ${fence} and holds_proposal returning claims.*
    ), freed as (
      update new_wallet_spending set waiting_proposals = waiting_proposals - 1 from moved
      where new_wallet_spending.workspace_id = moved.workspace_id
    )
    select moved.* from moved, lateral (select pg_notify('postern', 'purchase.changed:' || moved.id)) as told`.execute(
    db,
  );
  return rows[0];
}

/** What was moved was moved by the first who asked for it; whoever else did finds it moved. */
export function takeOut<Name>(moved: Map<Name, Purchase>, name: Name): Purchase | undefined {
  const purchase = moved.get(name);
  moved.delete(name);
  return purchase;
}

/**
 * To delivered, inside the transaction that delivers them, each whose payment is settled there and then (`is_settled`,
 * invariant 2): it counts for its wallet's standing. They are of one workspace. @returns in their order
 */
export async function moveToDelivered(
  tx: Tx,
  ids: Ids,
  purchases: readonly Purchase[],
): Promise<(Purchase | undefined)[]> {
  const { workspaceId } = purchases[0]!;
  const { rows } = await sql<Purchase & { mayRise: boolean | null }>`
    with asked as (
      select * from unnest(${purchases.map(({ id }) => id)}::text[], ${purchases.map(({ state }) => state)}::text[],
        ${purchases.map(({ fence }) => fence)}::int4[]) as asked (id, state, fence)
    ), wallet as (
      select from wallets where workspace_id = ${workspaceId} and address = any(${purchases.map(({ payer }) => payer)}::text[])
      order by address for update
    ), moved as (
      update claims set state = 'delivered', reason = null, updated_at = now()
      from asked, (select count(*) from wallet) as locked
      where claims.id = asked.id and claims.state = asked.state and claims.fence = asked.fence and is_settled(claims.id)
      returning claims.*
    ), counted as (
      update wallets set purchases_delivered = purchases_delivered + bought.times
      from (select workspace_id, payer, count(*)::int4 as times from moved group by 1, 2) as bought
      where wallets.workspace_id = bought.workspace_id and wallets.address = bought.payer returning wallets.*
    ), told as (
      select pg_notify('postern', 'purchase.changed:' || string_agg(id, ',')) from moved having count(*) > 0
    )
    select moved.*, (
        -- Of the wallets that pass here few have something to gain, and only they are looked at closely.
        select not standing_by_hand and (
          standing = 'new' and purchases_delivered >= known_after_purchases
          or standing <> 'trusted' and proposals_approved >= trusted_after_approvals)
        from counted join workspace_policies using (workspace_id) where counted.address = moved.payer) as may_rise
    from moved, told`.execute(tx);
  const delivered = new Map<string, Purchase>();
  for (const { mayRise, ...purchase } of rows) {
    const key = { workspaceId, wallet: purchase.payer };
    if (mayRise) await applyRules(tx, ids, key, 'a purchase was delivered');
    delivered.set(purchase.id, purchase);
  }
  return purchases.map(({ id }) => takeOut(delivered, id));
}
