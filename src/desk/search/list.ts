/** Lists of tickets by what they are, not by what they say. A cursor names where a page ended, so depth costs nothing. */
import { type SqlBool, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { visibleTickets } from '../agents/visibility.ts';
import { type Ticket, ticketsOf } from '../tickets/tickets.ts';
import { filterCondition } from './conditions.ts';
import type { TicketFilters } from './query.ts';

/** `active`: what moved last comes first. `newest` and `oldest`: by when they were opened. */
export const listOrders = ['active', 'newest', 'oldest'] as const;
export type ListOrder = (typeof listOrders)[number];

const keys = {
  active: { key: 'updatedAt', direction: 'desc' },
  newest: { key: 'number', direction: 'desc' },
  oldest: { key: 'number', direction: 'asc' },
} as const;

/** One page. @throws {PosternError} `invalid_arguments` for a cursor that is none of this order. */
export async function listTickets(
  scope: Scope,
  filters: Partial<TicketFilters>,
  { order, limit, cursor }: { order: ListOrder; limit: number; cursor?: string | undefined },
): Promise<{ tickets: Ticket[]; next?: string }> {
  const { key, direction } = keys[order];
  let query = ticketsOf(scope.tx, scope.workspace.id)
    .where(await visibleTickets(scope))
    .where(filterCondition(filters, scope));
  if (cursor !== undefined) query = query.where(behind(order, cursor));
  const found = await query
    .orderBy(key, direction)
    .orderBy('id', direction)
    .limit(limit + 1)
    .execute();
  const tickets = found.slice(0, limit);
  return found.length > limit ? { tickets, next: cursorOf(order, tickets.at(-1)!) } : { tickets };
}

const cursorOf = (order: ListOrder, { id, number, updatedAt }: Ticket): string =>
  Buffer.from(`${order} ${order === 'active' ? updatedAt.toISOString() : number} ${id}`).toString(
    'base64url',
  );

function behind(order: ListOrder, cursor: string) {
  const text = Buffer.from(cursor, 'base64url').toString();
  const match = /^(active|newest|oldest) (\S{1,40}) (tkt_\w{1,40})$/.exec(text);
  const at = match?.[2] ?? '';
  const isOrder = match?.[1] === order;
  const fits = order === 'active' ? !Number.isNaN(Date.parse(at)) : /^\d{1,15}$/.test(at);
  if (!isOrder || !fits) throw new PosternError('invalid_arguments', 'cursor: not one of this list.');
  const id = match![3]!;
  switch (order) {
    case 'active':
      return sql<SqlBool>`(tickets.updated_at, tickets.id) < (${at}::timestamptz, ${id})`;
    case 'newest':
      return sql<SqlBool>`tickets.number < ${at}::int8`;
    case 'oldest':
      return sql<SqlBool>`tickets.number > ${at}::int8`;
  }
}
