/** Which tickets an issue explains. Linking is a change of the ticket, and stands in its history. */
import { type SqlBool, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { record } from '../tickets/history.ts';
import type { Ticket } from '../tickets/tickets.ts';
import type { Issue } from './issues.ts';
import { type Page, type PageAsked, pageOf } from './publishing.ts';

/** The issues of a ticket, the newest first. */
export const issuesOfTicket = (
  { tx, workspace }: Scope,
  ticketId: string,
): Promise<Pick<Issue, 'id' | 'title' | 'status'>[]> =>
  tx
    .selectFrom('issues')
    .innerJoin('issueTickets', (join) =>
      join
        .onRef('issueTickets.workspaceId', '=', 'issues.workspaceId')
        .onRef('issueTickets.issueId', '=', 'issues.id'),
    )
    .select(['issues.id', 'issues.title', 'issues.status'])
    .where('issueTickets.workspaceId', '=', workspace.id)
    .where('issueTickets.ticketId', '=', ticketId)
    .orderBy('issues.createdAt', 'desc')
    .orderBy('issues.id')
    .execute();

/** The tickets of an issue, last linked first. */
export async function ticketsOfIssue(
  { tx, workspace }: Scope,
  issueId: string,
  { after, limit }: PageAsked,
): Promise<Page<Pick<Ticket, 'id' | 'number' | 'subject' | 'status'>>> {
  let query = tx
    .selectFrom('issueTickets as l')
    .innerJoin('tickets as t', (join) =>
      join.onRef('t.workspaceId', '=', 'l.workspaceId').onRef('t.id', '=', 'l.ticketId'),
    )
    .select(['t.id', 't.number', 't.subject', 't.status'])
    .where('l.workspaceId', '=', workspace.id)
    .where('l.issueId', '=', issueId);
  if (after !== undefined)
    query = query.where(
      sql<SqlBool>`(l.linked_at, l.ticket_id) < (select linked_at, ticket_id from issue_tickets
        where workspace_id = ${workspace.id} and issue_id = ${issueId} and ticket_id = ${after})`,
    );
  return pageOf(query.orderBy('l.linkedAt', 'desc').orderBy('l.ticketId', 'desc'), limit, ({ id }) => id);
}

/** @throws {PosternError} `conflict` where the ticket has this issue already */
export async function refuseLinked(scope: Scope, ticketId: string, issueId: string): Promise<void> {
  if (await isLinked(scope, ticketId, issueId)) throw alreadyLinked();
}

/** Whether the ticket has this issue. */
export const isLinked = async (scope: Scope, ticketId: string, issueId: string): Promise<boolean> =>
  (await linkedTo(scope, ticketId)).includes(issueId);

/** Links a ticket that the transaction has locked. @throws {PosternError} `conflict` where it is linked already */
export async function link(scope: Scope, ticket: Ticket, issueId: string): Promise<number> {
  const { tx, workspace, now } = scope;
  const before = await linkedTo(scope, ticket.id);
  if (before.includes(issueId)) throw alreadyLinked();
  await tx
    .insertInto('issueTickets')
    .values({ workspaceId: workspace.id, issueId, ticketId: ticket.id, linkedAt: now })
    .execute();
  return changed(scope, ticket, before, [...before, issueId].sort());
}

/** Takes the link away. @throws {PosternError} `conflict` where there is none */
export async function unlink(scope: Scope, ticket: Ticket, issueId: string): Promise<number> {
  const { tx, workspace } = scope;
  const before = await linkedTo(scope, ticket.id);
  if (!before.includes(issueId))
    throw new PosternError('conflict', 'The ticket is not linked to this issue.');
  await tx
    .deleteFrom('issueTickets')
    .where('workspaceId', '=', workspace.id)
    .where('issueId', '=', issueId)
    .where('ticketId', '=', ticket.id)
    .execute();
  const after = before.filter((id) => id !== issueId);
  return changed(scope, ticket, before, after);
}

const alreadyLinked = () => new PosternError('conflict', 'The ticket is linked to this issue already.');

async function linkedTo({ tx, workspace }: Scope, ticketId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('issueTickets')
    .select('issueId')
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', ticketId)
    .orderBy('issueId')
    .execute();
  return rows.map(({ issueId }) => issueId);
}

/** @returns the ticket's version after it */
async function changed(
  scope: Scope,
  { id, version }: Ticket,
  from: readonly string[],
  to: readonly string[],
): Promise<number> {
  const { tx, workspace, now } = scope;
  await tx
    .updateTable('tickets')
    .set({ version: sql<number>`version + 1`, updatedAt: now })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .execute();
  const changes = { issues: { from: [...from], to: [...to] } };
  await record(scope, { ticketId: id, kind: 'ticket.updated', changes, version: version + 1 });
  return version + 1;
}
