/** Filters as the index over documents has them; `ticket_facets` in migrations/0014_search.sql writes them. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { assigneeOf, customersFrom } from './conditions.ts';
import type { TicketFilters } from './query.ts';

/** Customers of one name that the index is asked for. Where there are more, their tickets say whose they are. */
const maxCustomers = 50;

/**
 * Texts of tsquery, all of which must hold; undefined where none can, for nobody is called so. `exact`: they say all that the
 * filters do.
 */
export async function facetsOf(
  scope: Pick<Scope, 'tx' | 'caller' | 'workspace'>,
  filters: TicketFilters,
): Promise<{ terms: string[]; exact: boolean } | undefined> {
  const { status, priority, channel, tag, assignee, team, from, number, after, before } = filters;
  const days =
    after || before ? spanOf(after ? dayOf(after) : 0, before ? dayOf(before) : lastDay) : undefined;
  if (days?.length === 0) return undefined;
  const terms = [
    ...anyOf('status', status),
    ...anyOf('priority', priority),
    ...anyOf('channel', channel),
    ...tag.map((name) => facet('tag', name)),
    ...anyOf(
      'assignee',
      assignee.map((one) => assigneeOf(one, scope.caller) ?? ''),
    ),
    ...anyOf('team', team),
    ...(number === undefined ? [] : [facet('number', String(number))]),
    ...(days ? anyOf('day', days) : []),
  ];
  if (from === undefined) return { terms, exact: true };
  const { rows } = await sql<{ id: string }>`
    select distinct id from (${customersFrom(from, scope.workspace.id)}) customer (id) limit ${maxCustomers + 1}`.execute(
    scope.tx,
  );
  if (rows.length === 0) return undefined;
  if (rows.length > maxCustomers) return { terms, exact: false };
  const customers = rows.map(({ id }) => id);
  return { terms: [...terms, ...anyOf('customer', customers)], exact: true };
}

const anyOf = (key: string, values: readonly string[]): string[] =>
  values.length === 0 ? [] : [`(${values.map((value) => facet(key, value)).join(' | ')})`];

/** One term, quoted as tsquery wants it. */
const facet = (key: string, value: string): string => `'=${key}:${value.replace(/['\\]/g, '$&$&')}'`;

const dayOf = (time: Date): number => Math.floor(time.getTime() / 86_400_000);
/** In the year 2082. */
const lastDay = 40_960;
/** The largest block of days is 4,096 of them. */
const largestShift = 12;

/** The fewest blocks that make up the days from `first` up to and without `end`, counted from 1970: some tens at most. */
export function spanOf(first: number, end: number): string[] {
  const blocks: string[] = [];
  const last = Math.min(end, lastDay);
  for (let day = Math.max(0, first); day < last; ) {
    let shift = largestShift;
    while (day % 2 ** shift !== 0 || day + 2 ** shift > last) shift -= 3;
    blocks.push(`${shift}:${day / 2 ** shift}`);
    day += 2 ** shift;
  }
  return blocks;
}
