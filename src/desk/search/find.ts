/**
 * Search over tickets: all words, the newest first. Words and filters are asked of one index together, block of numbers by
 * block, so that the rarest of them says what it costs, and a page costs the same however deep it is (`find_documents` in
 * migrations/0014_search.sql). What the index gives is held against the tickets themselves. Measured over a million messages:
 * docs/performance.md.
 */
import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Tx } from '../../store/database.ts';
import type { Schema } from '../../store/schema.ts';
import { isStranger, visibleTickets } from '../agents/visibility.ts';
import { filterCondition } from './conditions.ts';
import { facetsOf } from './facets.ts';
import type { TicketQuery } from './query.ts';

/** What the index gives at once where the tickets may refuse much of it; the next page goes on behind it. */
const maxCandidates = 1_000;
/** The same for exact words, which are looked for in the messages. */
const maxRead = 200;

/** A page of tickets. */
export interface Page {
  /** Their ids, the newest first. */
  ids: string[];
  /** Tickets with a lower number come after it; absent where there are none. */
  below?: bigint;
}

/** One page: all of the query holds for each of its tickets, and the caller may see it. */
export async function findTickets(
  scope: Scope,
  query: TicketQuery,
  { limit, below }: { limit: number; below?: bigint | undefined },
): Promise<Page> {
  const asked = await askedOf(scope, query, below);
  if (!asked) return { ids: [] };
  const most =
    asked.inOrder !== '' || query.phrases.length > 0 ? maxRead : asked.exact ? limit + 1 : maxCandidates;
  const { seen, lowest, found } = await candidates(scope, query, asked, { most, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const ids = shown.map(({ id }) => id);
  if (found.length > limit) return { ids, below: BigInt(shown.at(-1)!.number) };
  return seen === most ? { ids, below: lowest! } : { ids };
}

/**
 * How many there are, up to `most`. Exact words are counted among the newest 200 that hold their words.
 * @returns `atLeast`: there may be more.
 */
export async function countTickets(
  scope: Scope,
  query: TicketQuery,
  most: number,
): Promise<{ count: number; atLeast: boolean }> {
  const asked = await askedOf(scope, query, undefined);
  if (!asked) return { count: 0, atLeast: false };
  const looked = query.phrases.length > 0 ? maxRead : most + 1;
  const { seen, found } = await candidates(scope, query, asked, { most: looked, limit: looked });
  const count = Math.min(found.length, most);
  return { count, atLeast: seen === looked };
}

/** What the index is asked. */
interface Asked {
  /** Text of tsquery; empty for everything. */
  required: string;
  /** Which words follow each other; the index does not know. Text of tsquery, empty for nothing. */
  inOrder: string;
  below: bigint;
  above: bigint;
  /** Whether the index answers all that is asked, so that the ticket refuses nothing that has not just changed. */
  exact: boolean;
}

const highest = 2n ** 62n;

/** @returns undefined where nothing can be found. */
async function askedOf(scope: Scope, query: TicketQuery, below = highest): Promise<Asked | undefined> {
  const { tx } = scope;
  const facets = await facetsOf(scope, query);
  const days = await daysOf(scope, query);
  if (!facets || !days) return undefined;
  const terms = await termsOf(tx, query);
  return {
    required: [...facets.terms, ...(terms.required ? [terms.required] : [])].join(' & '),
    inOrder: terms.inOrder,
    below: below < days.below ? below : days.below,
    above: days.above,
    exact: facets.exact && !isStranger(scope.caller),
  };
}

/** Between which numbers the days lie; undefined where no ticket was opened then. */
async function daysOf(
  { tx, workspace }: Scope,
  { after, before }: TicketQuery,
): Promise<Pick<Asked, 'below' | 'above'> | undefined> {
  if (!after && !before) return { below: highest, above: 0n };
  const { rows } = await sql<{ low: bigint | null; high: bigint | null }>`
    -- Sums, or the planner would walk the numbers from their end.
    select min(number + 0) as low, max(number + 0) as high from tickets where workspace_id = ${workspace.id}
      and created_at >= ${after ?? sql`'-infinity'`} and created_at < ${before ?? sql`'infinity'`}`.execute(
    tx,
  );
  const { low, high } = rows[0]!;
  return low === null || high === null ? undefined : { below: high + 1n, above: low - 1n };
}

/**
 * English stems, and the word as it is, for names and addresses are kept so. A word that English leaves out ("the") asks
 * for nothing.
 */
async function termsOf(
  tx: Tx,
  { words, phrases, without }: TicketQuery,
): Promise<Pick<Asked, 'required' | 'inOrder'>> {
  if (words.length + phrases.length + without.length === 0) return { required: '', inOrder: '' };
  const { rows } = await sql<Pick<Asked, 'required' | 'inOrder'>>`
    with term (kind, stem, whole) as (
      select 'required', plainto_tsquery('english', word), plainto_tsquery('simple', word) from unnest(${words}::text[]) word
      union all
      select 'required', plainto_tsquery('english', phrase), plainto_tsquery('english', phrase)
        from unnest(${phrases}::text[]) phrase
      union all
      select 'in order', phraseto_tsquery('english', phrase), phraseto_tsquery('simple', phrase)
        from unnest(${phrases}::text[]) phrase
      union all
      select 'refused', phraseto_tsquery('english', word), phraseto_tsquery('simple', word) from unnest(${without}::text[]) word
    ), asked as (
      select kind, case when kind = 'refused' then '!' else '' end
        -- Often both are the same, and half of it is asked.
        || case when stem = whole then '(' || stem::text || ')'
          else '(' || stem::text || ' | ' || whole::text || ')' end as text
      from term where numnode(stem) > 0
    )
    select coalesce(string_agg(text, ' & ') filter (where kind <> 'in order'), '') as required,
      coalesce(string_agg(text, ' & ') filter (where kind = 'in order'), '') as in_order
    from asked`.execute(tx);
  return rows[0]!;
}

/** All that is asked of the ticket itself: that the caller may see it, the filters, and phrases letter for letter. */
async function conditionOf(scope: Scope, query: TicketQuery): Promise<Expression<SqlBool>> {
  const eb = expressionBuilder<Schema, 'tickets'>();
  return eb.and([
    (await visibleTickets(scope))(eb),
    filterCondition(query, scope)(eb),
    ...query.phrases.map(phraseHolds),
  ]);
}

/** Subqueries with a limit, for else the planner reads every message there is. */
function phraseHolds(phrase: string): Expression<SqlBool> {
  const pattern = `%${phrase.replace(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`(tickets.subject ilike ${pattern}
    or (select true from messages m where m.workspace_id = tickets.workspace_id and m.ticket_id = tickets.id
      and m.body ilike ${pattern} limit 1)
    or (select true from customers c where c.workspace_id = tickets.workspace_id and c.id = tickets.customer_id
      and (c.name ilike ${pattern} or c.email ilike ${pattern}) limit 1))`;
}

interface Found {
  /** How many the index gave, and the lowest of their numbers. */
  seen: number;
  lowest: bigint | null;
  /** Those that hold, the newest first. */
  found: { id: string; number: string }[];
}

/** What the index gives, at most `most`, and of it the first `limit` tickets for which all of the query holds. */
async function candidates(
  scope: Scope,
  query: TicketQuery,
  { required, inOrder, below, above }: Asked,
  { most, limit }: { most: number; limit: number },
): Promise<Found> {
  const { tx, workspace } = scope;
  const inItsOrder =
    inOrder === ''
      ? sql`true`
      : sql`exists (select from ticket_documents d where d.workspace_id = ${workspace.id} and d.number = hits.number
          and d.words @@ ${inOrder}::tsquery offset 0)`;
  const { rows } = await sql<Found>`
    with hits as materialized (
      select * from find_documents(nullif(${required}, '')::tsquery, ${below}, ${above}, ${most})
    ), ordered as materialized (
      select ticket_id, number from hits where ${inItsOrder} order by number desc
    ), found as (
      -- Each by its id, one after the other until there are enough.
      select ticket.id, ticket.number from ordered, lateral (
        select tickets.id, tickets.number from tickets
        where tickets.workspace_id = ${workspace.id} and tickets.id = ordered.ticket_id
          and ${await conditionOf(scope, query)} offset 0
      ) ticket limit ${limit}
    )
    select (select count(*)::int from hits) as seen, (select min(number) from hits) as lowest,
      (select coalesce(json_agg(json_build_object('id', id, 'number', number::text) order by number desc), '[]')
        from found) as found`.execute(tx);
  return rows[0]!;
}
