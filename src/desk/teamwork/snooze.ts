/** Snoozed tickets that come back. */
import type { Scope } from '../../catalogue/operation.ts';
import type { Ids } from '../../kernel/ids.ts';
import { asSystem, type Database, type Tx } from '../../store/database.ts';
import { applyChange } from '../tickets/change.ts';
import { ticketsOf } from '../tickets/tickets.ts';
import { eachOf, type Failed } from './each.ts';

/** What is looked at in one go. */
const batch = 100;

/**
 * Opens what is due, each ticket in a transaction of its own and once, however many processes look: who finds it locked
 * leaves it. @returns how many came back; `failed` hears of one that could not.
 */
export async function wakeDue(
  db: Database,
  { ids, now, failed }: { ids: Ids; now: Date; failed: Failed },
): Promise<number> {
  // Snoozes end in all workspaces, by one loop.
  const due = await asSystem(db, (tx) => dueTickets(tx, now));
  return eachOf(db, due, { ids, now, house: 'snooze', failed }, wake);
}

const dueTickets = (tx: Tx, now: Date) =>
  tx
    .selectFrom('tickets')
    .innerJoin('workspaces', 'workspaces.id', 'tickets.workspaceId')
    .select(['tickets.id as ticketId', 'workspaces.id', 'workspaces.slug', 'workspaces.name'])
    .where('tickets.status', '=', 'snoozed')
    .where('tickets.snoozedUntil', '<=', now)
    .orderBy('tickets.snoozedUntil')
    .limit(batch)
    .execute();

async function wake(scope: Scope, ticketId: string): Promise<boolean> {
  const ticket = await ticketsOf(scope.tx, scope.workspace.id)
    .where('id', '=', ticketId)
    .where('snoozedUntil', '<=', scope.now)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (!ticket) return false;
  await applyChange(scope, ticket, { status: 'open' });
  return true;
}
