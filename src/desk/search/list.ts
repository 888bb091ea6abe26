/** Lists of tickets by what they are, not by what they say. A cursor names where a page ended, so depth costs nothing. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { visibleTickets } from '../agents/visibility.ts';
import { type Ticket, ticketsOf } from '../tickets/tickets.ts';
import { filterCondition } from './conditions.ts';
import type { TicketFilters } from './query.ts';

/**
 * `active`: what moved last comes first. `newest` and `oldest`: by when they were opened. `priority`: what hurries most, of
 * that the newest. `due`: what has to be resolved first; only what still waits for it, and has such a time.
 */
export const listOrders = ['active', 'newest', 'oldest', 'priority', 'due'] as const;
export type ListOrder = (typeof listOrders)[number];

interface Order {
  /** Two columns, so that no two tickets have the same place; each has its index. */
  by: readonly [RawBuilder<unknown>, RawBuilder<unknown>];
  direction: 'asc' | 'desc';
  /** The ticket's place, as two words. */
  place(ticket: Ticket): readonly [string, string];
  /** What such a place looks like, and how the database reads it. */
  form: RegExp;
  types: readonly [string, string];
  only?: RawBuilder<SqlBool>;
}

const [number, id] = [sql`tickets.number`, sql`tickets.id`];
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z tkt_\w{1,40}$/;
const byNumber = {
  by: [number, id],
  place: (ticket: Ticket) => [String(ticket.number), ticket.id] as const,
  form: /^\d{1,15} tkt_\w{1,40}$/,
  types: ['int8', 'text'],
} as const;

const urgencies = ['low', 'normal', 'high', 'urgent'];

const orders: Record<ListOrder, Order> = {
  active: {
    by: [sql`tickets.updated_at`, id],
    direction: 'desc',
    place: (ticket) => [ticket.updatedAt.toISOString(), ticket.id],
    form: time,
    types: ['timestamptz', 'text'],
  },
  newest: { ...byNumber, direction: 'desc' },
  oldest: { ...byNumber, direction: 'asc' },
  priority: {
    by: [sql`ticket_urgency(tickets.priority)`, number],
    direction: 'desc',
    place: (ticket) => [String(urgencies.indexOf(ticket.priority)), String(ticket.number)],
    form: /^[0-3] \d{1,15}$/,
    types: ['int4', 'int8'],
  },
  due: {
    by: [sql`tickets.resolution_due_at`, id],
    direction: 'asc',
    place: (ticket) => [ticket.resolutionDueAt!.toISOString(), ticket.id],
    form: time,
    types: ['timestamptz', 'text'],
    only: sql<SqlBool>`tickets.resolution_due_at is not null and tickets.status in ('open', 'pending', 'snoozed')`,
  },
};

/** One page. @throws {PosternError} `invalid_arguments` for a cursor that is none of this order. */
export async function listTickets(
  scope: Scope,
  filters: Partial<TicketFilters>,
  { order, limit, cursor }: { order: ListOrder; limit: number; cursor?: string | undefined },
): Promise<{ tickets: Ticket[]; next?: string }> {
  const { by, direction, only } = orders[order];
  let query = ticketsOf(scope.tx, scope.workspace.id)
    .where(await visibleTickets(scope))
    .where(filterCondition(filters, scope));
  if (only) query = query.where(only);
  if (cursor !== undefined) query = query.where(behind(order, cursor));
  const found = await query
    .orderBy(by[0], direction)
    .orderBy(by[1], direction)
    .limit(limit + 1)
    .execute();
  const tickets = found.slice(0, limit);
  if (found.length <= limit) return { tickets };
  return { tickets, next: cursorAt(order, tickets.at(-1)!) };
}

/** The cursor of what comes after this ticket. */
export const cursorAt = (order: ListOrder, ticket: Ticket): string =>
  Buffer.from([order, ...orders[order].place(ticket)].join(' ')).toString('base64url');

function behind(order: ListOrder, cursor: string): RawBuilder<SqlBool> {
  const { by, direction, form, types } = orders[order];
  const [named, ...words] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const isPlace = named === order && form.test(words.join(' '));
  if (!isPlace || (types[0] === 'timestamptz' && Number.isNaN(Date.parse(words[0]!))))
    throw new PosternError('invalid_arguments', 'cursor: not one of this list.');
  const than = sql.raw(direction === 'desc' ? '<' : '>');
  const [first, second] = types.map((type, i) => sql`${words[i]!}::${sql.raw(type)}`);
  return sql<SqlBool>`(${by[0]}, ${by[1]}) ${than} (${first}, ${second})`;
}
