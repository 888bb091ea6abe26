/** What operators ask for what is owed; a running server does it, for it has the keys. */
import { sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { type Actor, audit } from '../store/audit.ts';
import { asSystem, type Database, type Tx } from '../store/database.ts';
import type { Purchase } from './claim.ts';

export interface OwedRequest {
  workspaceId: string;
  purchaseId: string;
  actor: Actor;
  reason: string;
}

/**
 * The purchase is to be paid back now, past the day's caps if need be.
 * @throws {PosternError} `not_found`; `conflict` where it is not owed
 */
export const requestRefund = (db: Database, ids: Ids, request: OwedRequest): Promise<void> =>
  onOwed(db, request, async (tx) => {
    await sql`update claims set refund_approved_at = now(), refund_next_at = now()
      where id = ${request.purchaseId}`.execute(tx);
    const { workspaceId, actor, purchaseId: subject, reason } = request;
    await audit(tx, ids, { workspaceId, actor, action: 'purchase.refunded', subject, reason });
  });

/**
 * The purchase is to be delivered after all; where that is refused once more it stays owed, with the refusal as its note.
 * @throws {PosternError} `not_found`; `conflict` where it is not owed
 */
export const requestDelivery = (db: Database, ids: Ids, request: OwedRequest): Promise<void> =>
  onOwed(db, request, async (tx) => {
    await sql`insert into delivery_requests (purchase_id) values (${request.purchaseId})
      on conflict do nothing`.execute(tx);
    const { workspaceId, actor, purchaseId: subject, reason } = request;
    await audit(tx, ids, { workspaceId, actor, action: 'purchase.delivered', subject, reason });
  });

/** Takes the deliveries that were asked for: they are this process's to try, once. */
export async function takeDeliveryRequests(db: Database): Promise<Purchase[]> {
  const { rows } = await sql<Purchase>`
    with taken as (
      delete from delivery_requests where purchase_id in (
        select purchase_id from delivery_requests limit 20 for update skip locked)
      returning purchase_id
    )
    select c.* from claims c join taken on c.id = taken.purchase_id where c.state = 'owed'`.execute(db);
  return rows;
}

/** As the system, for what becomes of a debt is not the workspace's role to write. */
async function onOwed(
  db: Database,
  { workspaceId, purchaseId }: OwedRequest,
  work: (tx: Tx) => Promise<void>,
): Promise<void> {
  await asSystem(db, async (tx) => {
    const { rows } = await sql<{ state: string }>`
      select state from claims where id = ${purchaseId} and workspace_id = ${workspaceId} for update`.execute(
      tx,
    );
    if (!rows[0]) throw new PosternError('not_found', 'No purchase has this id.');
    if (rows[0].state !== 'owed')
      throw new PosternError('conflict', `The purchase is ${rows[0].state}, not owed.`);
    await work(tx);
  });
}
