/** The history of tickets: a row for every change, in the transaction that made it. Rules and webhooks follow it. */
import { type Selectable, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { actorOf } from '../../catalogue/operation.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { TicketEventKind, TicketEventTable } from '../../store/schema.ts';

export type TicketEvent = Omit<Selectable<TicketEventTable>, 'workspaceId' | 'handled'>;

/** The hint that tells every process of it; see `store/events.ts`. */
export const ticketChanged = (workspaceId: string, ticketId: string): string =>
  `ticket.changed:${workspaceId}/${ticketId}`;

/** Writes an event down, and tells who listens once the transaction stands. */
export async function record(
  {
    tx,
    workspace,
    caller,
    ids,
    depth = 0,
  }: Pick<Scope, 'tx' | 'caller' | 'ids' | 'depth'> & {
    workspace: Pick<Scope['workspace'], 'id'>;
  },
  event: {
    ticketId: string;
    kind: TicketEventKind;
    changes: JsonObject;
    /** The ticket's version after it. */
    version: number;
    /** Where it was not the caller. */
    actor?: string;
  },
): Promise<void> {
  const { changes, actor = actorOf(caller), ...rest } = event;
  await tx
    .insertInto('ticketEvents')
    .values({
      workspaceId: workspace.id,
      id: ids('evt'),
      ...rest,
      actor,
      depth,
      changes: JSON.stringify(changes),
    })
    .execute();
  await sql`select pg_notify('postern', ${ticketChanged(workspace.id, event.ticketId)})`.execute(tx);
}
