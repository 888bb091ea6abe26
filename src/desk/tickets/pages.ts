/** What was said and done on a ticket, page by page, the newest first. For members: notes and merged tickets are in it. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { exactly, olderThan, type Place, pageOf } from '../cursors.ts';
import type { TicketEvent } from './history.ts';
import { type Message, threadOf } from './tickets.ts';

/** Where to go on, and how many at most. */
export interface Page {
  after?: Place | undefined;
  limit: number;
}

export interface Paged<Row> {
  rows: Row[];
  /** Of the next page; none on the last. */
  next: string | undefined;
  /** Of all pages. */
  count: number;
}

export async function pageOfThread(
  { tx, workspace }: Scope,
  ticketId: string,
  { after, limit }: Page,
): Promise<Paged<Message>> {
  const thread = tx
    .selectFrom('messages')
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', 'in', threadOf(workspace.id, ticketId));
  let page = thread
    .select(['id', 'ticketId', 'author', 'authorId', 'visibility', 'body', 'createdAt'])
    .select(exactly('createdAt').as('exactly'));
  if (after) page = page.where(olderThan(after, 'createdAt'));
  const found = await page
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const { count } = await thread.select(sql<number>`count(*)::int4`.as('count')).executeTakeFirstOrThrow();
  return { ...pageOf(found, limit), count };
}

export async function pageOfHistory(
  { tx, workspace }: Scope,
  ticketId: string,
  { after, limit }: Page,
): Promise<Paged<TicketEvent>> {
  const history = tx
    .selectFrom('ticketEvents')
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', ticketId);
  let page = history
    .select(['id', 'ticketId', 'kind', 'actor', 'changes', 'version', 'depth', 'at'])
    .select(exactly('at').as('exactly'));
  if (after) page = page.where(olderThan(after, 'at'));
  const found = await page
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const { count } = await history.select(sql<number>`count(*)::int4`.as('count')).executeTakeFirstOrThrow();
  return { ...pageOf(found, limit), count };
}
