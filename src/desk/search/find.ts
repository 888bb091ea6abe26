/**
 * Search over tickets: all words, the newest first. Words and filters are asked of one index together, block of numbers by
 * block, so that the rarest of them says what it costs, and a page costs the same however deep it is (`find_documents` in
 * migrations/0014_search.sql). What the index gives is held against the tickets themselves. Measured over a million messages:
 * docs/performance.md.
 */
import { type Expression, expressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Schema } from '../../store/schema.ts';
import { isStranger, visibleTickets } from '../agents/visibility.ts';
import { customersFrom, filterCondition } from './conditions.ts';
import { facetsOf } from './facets.ts';
import { hasParts, type TicketQuery } from './query.ts';

/** What the index gives at once where the tickets may refuse much of it. */
const maxCandidates = 500;
/** The same for exact words, which are looked for in each: once in a call. */
const maxRead = 200;
/** So many times one call asks for others while nothing is found, each time for twice as much. */
const maxWindows = 2;

/** Above every number. */
const highest = 2n ** 62n;

/** A page of tickets. */
export interface Page {
  /** Their ids, the newest first. */
  ids: string[];
  /** Tickets with a lower number come after it; absent where there are none. */
  below?: bigint;
}

/**
 * One page: all of the query holds for each of its tickets, and the caller may see it. Where words are frequent and stand
 * nowhere as asked, it ends after 200 documents (for a name that many have, once some are found or after 1,500): only then is
 * a page empty and not the last. More would take longer than a page may.
 */
export async function findTickets(
  scope: Scope,
  query: TicketQuery,
  { limit, below = highest }: { limit: number; below?: bigint | undefined },
): Promise<Page> {
  const asked = await askedOf(scope, query);
  if (!asked) return { ids: [] };
  let most = asked.inOrder ? maxRead : asked.exact ? limit + 1 : maxCandidates;
  let from = below;
  for (let window = 1; ; window++) {
    const enough = asked.inOrder ? Math.min(most, 8 * (limit + 1)) : most;
    const one = await candidates(scope, query, asked, { below: from, most, enough, limit: limit + 1 });
    const shown = one.found.slice(0, limit);
    const ids = shown.map(({ id }) => id);
    if (one.found.length > limit) return { ids, below: BigInt(shown.at(-1)!.number) };
    if (one.seen < most && one.held < enough) return { ids };
    if (ids.length > 0 || asked.inOrder || window === maxWindows) return { ids, below: one.lowest! };
    from = one.lowest!;
    most *= 2;
  }
}

/**
 * How many there are, up to `most`. Where the tickets themselves have to be asked, such as for exact words, only the newest
 * that may hold them are.
 * @returns `atLeast`: there may be more.
 */
export async function countTickets(
  scope: Scope,
  query: TicketQuery,
  most: number,
): Promise<{ count: number; atLeast: boolean }> {
  const asked = await askedOf(scope, query);
  if (!asked) return { count: 0, atLeast: false };
  if (asked.exact) {
    const { rows } = await sql<{ count: number }>`
      with ${termsOf(asked.facets, query)}
      select count(*)::int as count
      from asked, find_documents(required, ${highest}, ${most + 1})`.execute(scope.tx);
    const { count } = rows[0]!;
    return { count: Math.min(count, most), atLeast: count > most };
  }
  const looked = asked.inOrder ? maxRead : maxCandidates;
  const { seen, found } = await candidates(scope, query, asked, {
    below: highest,
    most: looked,
    enough: looked,
    limit: looked,
  });
  return { count: Math.min(found.length, most), atLeast: seen === looked };
}

/** What the index is asked. */
interface Asked {
  /** Filters, as text of tsquery; empty for none. */
  facets: string;
  /** Whether words have to follow each other, which the index does not know. */
  inOrder: boolean;
  /** Whether the index answers all that is asked, so that a ticket refuses only what has just changed. */
  exact: boolean;
}

/** @returns undefined where nothing can be found. */
async function askedOf(scope: Scope, query: TicketQuery): Promise<Asked | undefined> {
  const facets = await facetsOf(scope, query);
  if (!facets) return undefined;
  const inOrder = query.phrases.length > 0 || query.words.some(hasParts);
  return {
    facets: facets.terms.join(' & '),
    inOrder,
    exact: facets.exact && !inOrder && !isStranger(scope.caller),
  };
}

/**
 * A table `asked` of one row: what is `required` of a document, filters included, and which words stand `in_order`; null for
 * nothing. English stems, and the word as it is, for names and addresses are kept so. A word that English leaves out ("the")
 * asks for nothing.
 */
const termsOf = (facets: string, { words, phrases, without }: TicketQuery): RawBuilder<unknown> => sql`
  term (kind, stem, whole) as (
    select 'required', plainto_tsquery('english', cut_query(word)),
        plainto_tsquery('simple', cut_query(word)) || coalesce(written_otherwise(word), '')
      from unnest(${words}::text[]) word
    union all
    select 'required', plainto_tsquery('english', cut_query(phrase)), plainto_tsquery('english', cut_query(phrase))
      from unnest(${phrases}::text[]) phrase
    union all
    select 'in order', phraseto_tsquery('english', cut_query(phrase)),
        phraseto_tsquery('simple', cut_query(phrase)) || coalesce(written_otherwise(phrase), '')
      from unnest(${[...phrases, ...words.filter(hasParts)]}::text[]) phrase
    union all
    select 'refused', phraseto_tsquery('english', cut_query(word)), phraseto_tsquery('simple', cut_query(word)) || coalesce(written_otherwise(word), '')
      from unnest(${without}::text[]) word
  ), terms as (
    select kind, case when kind = 'refused' then '!' else '' end
      -- Often both are the same, and half of it is asked.
      || case when stem = whole then '(' || stem::text || ')'
        else '(' || stem::text || ' | ' || whole::text || ')' end as text
    from term where numnode(stem) > 0
  ), asked as materialized (
    select nullif(concat_ws(' & ', nullif(${facets}, ''), string_agg(text, ' & ') filter (where kind <> 'in order')), '')
        ::tsquery as required,
      (string_agg(text, ' & ') filter (where kind = 'in order'))::tsquery as in_order
    from terms
  )`;

/** All that is asked of the ticket itself: that the caller may see it, the filters, and phrases letter for letter. */
async function conditionOf(scope: Scope, query: TicketQuery): Promise<Expression<SqlBool>> {
  const eb = expressionBuilder<Schema, 'tickets'>();
  const { from, ...others } = query;
  return eb.and([
    (await visibleTickets(scope))(eb),
    filterCondition(others, scope)(eb),
    ...(from === undefined ? [] : [isFrom(from, scope.workspace.id)]),
    ...query.phrases.map(phraseHolds),
  ]);
}

/** Many may be called so: `is true` has them hashed once, not looked through for each ticket. */
const isFrom = (from: string, workspaceId: string): Expression<SqlBool> =>
  sql<SqlBool>`(tickets.customer_id in (${customersFrom(from, workspaceId)})) is true`;

/** Subqueries with a limit, for else the planner reads every message there is. */
function phraseHolds(phrase: string): Expression<SqlBool> {
  const holds = (text: string) => sql`strpos(folded(${sql.ref(text)}), folded(${phrase})) > 0`;
  return sql<SqlBool>`(${holds('tickets.subject')}
    or (select true from messages m where m.workspace_id = tickets.workspace_id and m.ticket_id = tickets.id
      and ${holds('m.body')} limit 1)
    or (select true from customers c where c.workspace_id = tickets.workspace_id and c.id = tickets.customer_id
      and (${holds('c.name')} or ${holds('c.email')}) limit 1))`;
}

interface Found {
  /** How many the index gave, the lowest of their numbers, and how many hold the words in order. */
  seen: number;
  lowest: bigint | null;
  held: number;
  /** Those that hold all, the newest first. */
  found: { id: string; number: string }[];
}

/**
 * What the index gives, at most `most` and no more than `enough` with the words in order; of it the first `limit` tickets for
 * which all of the query holds.
 */
async function candidates(
  scope: Scope,
  query: TicketQuery,
  { facets }: Asked,
  { below, most, enough, limit }: { below: bigint; most: number; enough: number; limit: number },
): Promise<Found> {
  const { tx, workspace } = scope;
  const { rows } = await sql<Found>`
    with ${termsOf(facets, query)}, hits as materialized (
      select hit.* from asked, find_documents(required, ${below}, ${most}, in_order, ${enough}) hit
    ), ordered as materialized (
      select ticket_id, number from hits where holds order by number desc
    ), found as (
      -- Each by its id, one after the other until there are enough.
      select ticket.id, ticket.number from ordered, lateral (
        select tickets.id, tickets.number from tickets
        where tickets.workspace_id = ${workspace.id} and tickets.id = ordered.ticket_id
          and ${await conditionOf(scope, query)} offset 0
      ) ticket limit ${limit}
    )
    select (select count(*)::int from hits) as seen, (select min(number) from hits) as lowest,
      (select count(*)::int from ordered) as held,
      (select coalesce(json_agg(json_build_object('id', id, 'number', number::text) order by number desc), '[]')
        from found) as found`.execute(tx);
  return rows[0]!;
}
