/**
 * Where the chain changes its mind about what was final, the purchases follow:
 *
 *   void      -> owed        the payment landed after all
 *   lost      -> delivered   so it did, after its delivery
 *   paid      -> void        the payment was taken back by a reorganisation, and can no longer land
 *   owed      -> void        so it was; nothing is owed
 *   delivered -> lost        so it was, after its delivery: booked, the wallet struck
 *   refunded  -> refunding   the refund was taken back: it is signed again
 */
import { sql } from 'kysely';
import type { Ids } from '../kernel/ids.ts';
import { audit } from '../store/audit.ts';
import { asSystem, type Database, type Tx } from '../store/database.ts';
import type { PurchaseState } from '../store/schema.ts';
import type { Purchase } from './claim.ts';
import { giveBack } from './moves.ts';
import { lockWallet, strike } from './standing.ts';

/** What the settlement's row says now. */
type Turn = 'landed' | 'taken back';

interface Found {
  id: string;
  workspaceId: string;
  payer: string;
  state: PurchaseState;
  settlementId: string;
  turn: Turn;
}

/** How many one round follows. */
const roundSize = 50;

/** @returns what was moved */
export async function reconcile(db: Database, ids: Ids): Promise<Purchase[]> {
  const moved: Purchase[] = [];
  for (const found of await find(db)) {
    const purchase = await asSystem(db, (tx) => follow(tx, ids, found));
    if (purchase) moved.push(purchase);
  }
  return moved;
}

/** Cheap where there is nothing, as nearly always: two indexes hold only settlements about which the chain changed its mind. */
async function find(db: Database): Promise<Found[]> {
  const { rows } = await sql<Found>`
    select c.id, c.workspace_id, c.payer, c.state, s.id as settlement_id, 'landed' as turn
      from settlements s join claims c on c.id = s.id
      where s.late and s.state = 'settled' and c.state in ('void', 'lost')
    union all
    select c.id, c.workspace_id, c.payer, c.state, s.id, 'taken back'
      from settlements s join claims c on c.id = s.id
      where s.state = 'void' and s.transaction_hash is not null and c.state in ('paid', 'owed', 'delivered')
    union all
    select c.id, c.workspace_id, c.payer, c.state, s.id, 'taken back'
      from settlements s join claims c on c.id = 'pur_' || substr(s.id, 5)
      where s.state = 'void' and s.transaction_hash is not null and s.id like 'rfd\\_%' and c.state = 'refunded'
    order by id limit ${roundSize}`.execute(db);
  return rows;
}

const reasons: Record<Turn, string> = {
  landed: 'the payment landed after it was called void',
  'taken back': 'the payment was reorganised away',
};

/** Locks wallet, its workspace's pool and claim in the order of 0004_policy.sql, and looks at both rows again then. */
async function follow(tx: Tx, ids: Ids, found: Found): Promise<Purchase | undefined> {
  const { id, workspaceId, payer: wallet, turn } = found;
  await lockWallet(tx, { workspaceId, wallet });
  await sql`select from new_wallet_spending where workspace_id = ${workspaceId} for update`.execute(tx);
  const { rows } = await sql<Purchase & { late: boolean }>`
    select c.*, s.late from claims c join settlements s on s.id = ${found.settlementId}
    where c.id = ${id} and c.state = ${found.state}
      and case ${turn} when 'landed' then s.late and s.state = 'settled'
        else s.state = 'void' and s.transaction_hash is not null end
    for update`.execute(tx);
  const [before] = rows;
  if (!before) return undefined;
  switch (before.state) {
    case 'void':
      return move(tx, before, 'owed', reasons[turn]);
    case 'lost':
      await countDelivered(tx, before, 1);
      return move(tx, before, 'delivered', null);
    case 'paid':
    case 'owed':
      // Nothing was charged in the end: it counts no more than what was void at once. What was void before is given back.
      if (!before.late) await giveBack(tx, before);
      return move(tx, before, 'void', reasons[turn]);
    case 'delivered': {
      await countDelivered(tx, before, -1);
      const reason = `delivered, and then ${reasons[turn]}`;
      await strike(tx, ids, { workspaceId, wallet, reason, purchaseId: id });
      await audit(tx, ids, { workspaceId, actor: 'system', action: 'purchase.lost', subject: id, reason });
      return move(tx, before, 'lost', reasons[turn]);
    }
    default:
      return move(tx, before, 'refunding', 'the refund was reorganised away');
  }
}

/** Standing is earned by deliveries that stay paid. */
const countDelivered = (tx: Tx, { workspaceId, payer }: Purchase, by: 1 | -1) =>
  sql`update wallets set purchases_delivered = greatest(0, purchases_delivered + ${by}::int4)
    where workspace_id = ${workspaceId} and address = ${payer}`.execute(tx);

async function move(
  tx: Tx,
  { id, state, identifier }: Purchase,
  to: PurchaseState,
  reason: string | null,
): Promise<Purchase | undefined> {
  // After a void purchase the client's name for it may name another.
  const kept = state === 'void' ? null : identifier;
  const { rows } = await sql<Purchase>`
    with moved as (
      update claims set state = ${to}, reason = ${reason}, identifier = ${kept}, updated_at = now(),
        owed_at = case when ${to} = 'owed' then now() else owed_at end,
        holds_proposal = holds_proposal and ${to} <> 'void'
      where id = ${id} and state = ${state} returning *
    )
    select moved.* from moved, lateral (select pg_notify('postern', 'purchase.changed:' || moved.id)) as told`.execute(
    tx,
  );
  return rows[0];
}
