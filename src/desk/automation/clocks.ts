/**
 * What waiting rules count from, and when a ticket is due. All of it is made from messages and history each time, so it is
 * the same however often, and in whatever order, events are looked at.
 */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { ticketChanged } from '../tickets/history.ts';
import { lastWord, type Ticket } from '../tickets/tickets.ts';
import { dueTimes, missed, type Policy, policyOf, type StatusSpan } from './policies.ts';
import type { AutomationSettings } from './settings.ts';

/** Changes of status that are looked at; a ticket with more has its oldest ones left out. */
const maxSpans = 500;

/**
 * Brings the clocks of a ticket up to date; the transaction has locked it. Due times are written without a new version:
 * nobody who works on the ticket is told that it has changed. `settled`: if it is resolved, what was due then stays; not so
 * where this is about how it came to be.
 */
export async function refreshClocks(
  scope: Scope,
  ticket: Ticket,
  {
    policies,
    settings,
    settled = true,
  }: { policies: readonly Policy[]; settings: AutomationSettings; settled?: boolean },
): Promise<void> {
  const { tx, workspace, now } = scope;
  const spans = await spansOf(scope, ticket);
  const last = await lastWord(scope, ticket);
  const clock = {
    lastBy: last && (last.author === 'customer' || last.authorId === ticket.wallet ? 'customer' : 'operator'),
    lastAt: last?.createdAt ?? null,
    statusSince: spans.at(-1)!.since,
    revision: settings.revision,
  } as const;
  const heard = await heardUntil(scope, ticket);
  const row = { workspaceId: workspace.id, ticketId: ticket.id, ...clock, lastBy: clock.lastBy ?? null };
  await tx
    .insertInto('ticketClocks')
    .values(row)
    .onConflict((conflict) => conflict.columns(['workspaceId', 'ticketId']).doUpdateSet(row))
    .execute();
  const due = dueTimes(ticket, policyOf(policies, ticket), spans, settings.hours, { now, settled });
  const moved = (['firstResponseDueAt', 'resolutionDueAt'] as const).map(
    (field) => due[field]?.getTime() !== ticket[field]?.getTime(),
  );
  if (!moved.includes(true)) return;
  const { firstResponse, resolution } = missed(ticket, spans, { heard, now });
  const firstMissed = sql<Date | null>`coalesce(first_response_missed_at, ${moved[0] ? firstResponse : null})`;
  const lastMissed = sql<Date | null>`coalesce(resolution_missed_at, ${moved[1] ? resolution : null})`;
  await tx
    .updateTable('tickets')
    .set({ ...due, firstResponseMissedAt: firstMissed, resolutionMissedAt: lastMissed })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', ticket.id)
    .execute();
  await sql`select pg_notify('postern', ${ticketChanged(workspace.id, ticket.id)})`.execute(tx);
}

/** Up to when the ticket's changes of status are in its due times. */
async function heardUntil({ tx, workspace }: Scope, ticket: Ticket): Promise<Date> {
  const clock = await tx
    .selectFrom('ticketClocks')
    .select('statusSince')
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', ticket.id)
    .executeTakeFirst();
  return clock?.statusSince ?? ticket.createdAt;
}

async function spansOf({ tx, workspace }: Scope, ticket: Ticket): Promise<StatusSpan[]> {
  const rows = await tx
    .selectFrom('ticketEvents')
    .select(['changes', 'at'])
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', ticket.id)
    .where(sql<boolean>`changes ? 'status'`)
    .orderBy('at', 'desc')
    .limit(maxSpans)
    .execute();
  const changes = rows.reverse().map(({ changes, at }) => ({ ...(changes.status as JsonObject), at }));
  const first = (changes[0] as { from?: string } | undefined)?.from ?? ticket.status;
  return [
    { status: first, since: ticket.createdAt },
    ...changes.map((change) => ({ status: String((change as { to?: string }).to), since: change.at })),
  ];
}
