/** What operators ask for what is owed; a running server does it, for it has the keys. */
import { sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { type Actor, audit } from '../store/audit.ts';
import type { Database, Tx } from '../store/database.ts';
import type { Purchase } from './claim.ts';

export interface OwedRequest {
  workspaceId: string;
  purchaseId: string;
  actor: Actor;
  reason: string;
}

/**
 * The purchase is to be paid back now, past the day's caps if need be; in a transaction of its workspace.
 * @throws {PosternError} `not_found`; `conflict` where it is not owed, or its delivery is ordered and not tried yet
 */
export async function requestRefund(tx: Tx, ids: Ids, request: OwedRequest): Promise<void> {
  await ask(tx, request, true);
  const { workspaceId, actor, purchaseId: subject, reason } = request;
  await audit(tx, ids, { workspaceId, actor, action: 'purchase.refunded', subject, reason });
}

/**
 * The purchase is to be delivered after all; where that is refused once more it stays owed, with the refusal as its note.
 * @throws {PosternError} `not_found`; `conflict` where it is not owed, or a refund is ordered and was not tried in vain
 */
export async function requestDelivery(tx: Tx, ids: Ids, request: OwedRequest): Promise<void> {
  await ask(tx, request, false);
  const { workspaceId, actor, purchaseId: subject, reason } = request;
  await audit(tx, ids, { workspaceId, actor, action: 'purchase.delivered', subject, reason });
}

/**
 * @param state of the purchase, or what is ordered already (`ask_for_owed`)
 * @throws {PosternError} `not_found` for no state, `conflict` for one that is not `owed`
 */
export function assertOwed(state: string | null | undefined): void {
  if (state === 'refund ordered' || state === 'delivery ordered')
    throw new PosternError('conflict', `A ${state.replace(' ordered', '')} of it is ordered already.`);
  if (!state) throw new PosternError('not_found', 'No purchase of this workspace has this id.');
  if (state !== 'owed') throw new PosternError('conflict', `The purchase is ${state}, not owed.`);
}

async function ask(tx: Tx, { purchaseId }: OwedRequest, refund: boolean): Promise<void> {
  const { rows } = await sql<{ state: string | null }>`
    select ask_for_owed(${purchaseId}, ${refund}) as state`.execute(tx);
  assertOwed(rows[0]?.state);
}

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
