/**
 * Search over tickets: all words, the newest first. Three ways, for none is fast for every search. Where few tickets pass
 * the filters, those are looked through. Else the newest few hundred documents are: frequent words fill a page there. What
 * does not is rare, and the index over all words gives it. Measured over a million messages: docs/performance.md.
 */
import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Tx } from '../../store/database.ts';
import type { Schema } from '../../store/schema.ts';
import { isStranger, visibleTickets } from '../agents/visibility.ts';
import { filterCondition } from './conditions.ts';
import { hasFilter, type TicketQuery } from './query.ts';

/** Documents that are looked through one by one, at first: some 10 microseconds each. */
const firstWindow = 300;
/** Windows grow by this, while words are as frequent as `frequentShare`: the index would give too much. */
const growth = 4;
const frequentShare = 0.02;
/** About how many documents one answer looks through; then the page is short, and the next goes on behind it. */
const maxLooked = 5_000;
/** Tickets that pass the filters, up to which they are looked through instead. */
const fewTickets = 100;
/** What the index gives at once to be held against filters; the next page goes on behind it. */
const maxCandidates = 3_000;
/** The same for exact words: those are looked for in the messages, which costs a millisecond a ticket. */
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
  { limit, below, window = firstWindow }: { limit: number; below?: bigint | undefined; window?: number },
): Promise<Page> {
  const { tx, workspace } = scope;
  const terms = await termsOf(tx, query);
  const holds = await conditionOf(scope, query);
  const search = { tx, workspaceId: workspace.id, holds, limit: limit + 1 };
  // Without a word that must be there the index has nothing to give.
  if (terms.required === '') return withoutWords(search, terms, { query, below });
  if (await areFew(search, query, scope))
    return pageOf(await filtered(search, terms, below, { few: true }), limit);
  const looked = await lookThrough(search, terms, below, window);
  if (looked.hits.length > limit || looked.below === undefined) return pageOf(looked.hits, limit);
  const { hits } = looked;
  if (looked.frequent) return { ids: hits.map(({ id }) => id), below: looked.below };
  // Where nothing else is asked, what the index gives is the page.
  const asked = hasFilter(query) || query.phrases.length > 0 || isStranger(scope.caller);
  const missing = limit + 1 - hits.length;
  const most = query.phrases.length > 0 ? maxRead : asked ? maxCandidates : missing;
  const rest = await indexed({ ...search, limit: missing }, terms, { below: looked.below, most });
  hits.push(...rest.hits);
  return hits.length > limit || rest.below === undefined
    ? pageOf(hits, limit)
    : { ids: hits.map(({ id }) => id), below: rest.below };
}

interface Hit {
  id: string;
  number: bigint;
}

const pageOf = (hits: readonly Hit[], limit: number): Page => {
  const shown = hits.slice(0, limit);
  const ids = shown.map(({ id }) => id);
  return hits.length > limit ? { ids, below: shown.at(-1)!.number } : { ids };
};

interface Search {
  tx: Tx;
  workspaceId: string;
  /** On `tickets`. */
  holds: Expression<SqlBool>;
  limit: number;
}

/** What a document must hold, in which order, and what it must not, as text of tsquery; empty for nothing. */
interface Terms {
  required: string;
  inOrder: string;
  refused: string;
}

/**
 * English stems, and the word as it is, for names and addresses are kept so. A word that English leaves out ("the") asks
 * for nothing.
 */
async function termsOf(tx: Tx, { words, phrases, without }: TicketQuery): Promise<Terms> {
  const { rows } = await sql<Terms>`
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
      select kind, '(' || stem::text || ' | ' || whole::text || ')' as text from term where numnode(stem) > 0
    )
    select coalesce(string_agg(text, ' & ') filter (where kind = 'required'), '') as required,
      coalesce(string_agg(text, ' & ') filter (where kind = 'in order'), '') as in_order,
      coalesce(string_agg(text, ' | ') filter (where kind = 'refused'), '') as refused from asked`.execute(
    tx,
  );
  return rows[0]!;
}

const wordsHold = ({ required, inOrder, refused }: Terms) => sql<SqlBool>`
  ${required === '' ? sql`true` : sql`d.words @@ ${required}::tsquery`}
  and ${inOrder === '' ? sql`true` : sql`d.words @@ ${inOrder}::tsquery`}
  and ${refused === '' ? sql`true` : sql`not d.words @@ ${refused}::tsquery`}`;

/** What is asked of the ticket itself: that the caller may see it, the filters, and phrases letter for letter. */
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

const belowIs = (below: bigint | undefined) =>
  below === undefined ? sql<SqlBool>`true` : sql<SqlBool>`d.number < ${below}`;

/** The lowest number of the window; undefined where all that is left fits it. */
async function windowBottom(
  { tx, workspaceId }: Search,
  below: bigint | undefined,
  window: number,
): Promise<bigint | undefined> {
  const { rows } = await sql<{ number: bigint }>`
    select d.number from ticket_documents d where d.workspace_id = ${workspaceId} and ${belowIs(below)}
    order by d.number desc offset ${window - 1} limit 1`.execute(tx);
  return rows[0]?.number;
}

interface Looked {
  hits: Hit[];
  /** Where the looking ended; absent at the end of everything. */
  below?: bigint;
  /** Whether the words are so frequent that looking on is cheaper than asking the index. */
  frequent: boolean;
}

/** Window after window from the newest on, while the words are frequent and the page is not full. */
async function lookThrough(
  search: Search,
  terms: Terms,
  newest: bigint | undefined,
  firstSize: number,
): Promise<Looked> {
  const hits: Hit[] = [];
  let below = newest;
  let looked = 0;
  for (let size = firstSize; ; size *= growth) {
    const bottom = await windowBottom(search, below, size);
    const window = await documents(search, terms, { below, from: bottom });
    hits.push(...window.hits);
    if (bottom === undefined) return { hits, frequent: true };
    below = bottom;
    looked += size;
    const frequent = window.matching >= size * frequentShare;
    if (hits.length >= search.limit || !frequent || looked >= maxLooked) return { hits, below, frequent };
  }
}

/** One by one, down to `from`. `matching`: how many hold the words, whatever else is asked. */
async function documents(
  { tx, workspaceId, holds, limit }: Search,
  terms: Terms,
  { below, from }: { below: bigint | undefined; from: bigint | undefined },
): Promise<{ hits: Hit[]; matching: number }> {
  const { rows } = await sql<{ matching: number; found: Told[] }>`
    with recent as materialized (
      select d.ticket_id, d.number from ticket_documents d
      where d.workspace_id = ${workspaceId} and ${belowIs(below)}
        and ${from === undefined ? sql`true` : sql`d.number >= ${from}`} and ${wordsHold(terms)}
    ), found as (
      select tickets.id, tickets.number from recent join tickets
        on tickets.workspace_id = ${workspaceId} and tickets.id = recent.ticket_id
      where ${holds} order by recent.number desc limit ${limit}
    )
    select (select count(*)::int from recent) as matching, ${toldFound} as found`.execute(tx);
  return { matching: rows[0]!.matching, hits: rows[0]!.found.map(heard) };
}

/** A hit as JSON has it. */
type Told = { id: string; number: string };
const toldFound = sql`(select coalesce(json_agg(
  json_build_object('id', id, 'number', number::text) order by number desc), '[]') from found)`;
const heard = ({ id, number }: Told): Hit => ({ id, number: BigInt(number) });

/**
 * By what the ticket itself is, held against its words. `few`: so few that they are taken first; else from the newest on, for
 * most will do.
 */
async function filtered(
  { tx, workspaceId, holds, limit }: Search,
  terms: Terms,
  below: bigint | undefined,
  { few }: { few: boolean },
): Promise<Hit[]> {
  const passing = sql`select tickets.id, tickets.number from tickets
    where tickets.workspace_id = ${workspaceId} and ${holds}`;
  const { rows } = await sql<Hit>`
    with passing as ${few ? sql`materialized` : sql`not materialized`} (${passing})
    -- Each by its number: the planner, who cannot know how few pass, would read all documents.
    select passing.id, passing.number from passing, lateral (
      select d.number from ticket_documents d where d.workspace_id = ${workspaceId} and d.number = passing.number
        and ${belowIs(below)} and ${wordsHold(terms)} offset 0) as document
    order by passing.number desc limit ${limit}`.execute(tx);
  return rows;
}

/** Filters, words that must not be there, and exact words of which English leaves out every one. */
async function withoutWords(
  search: Search,
  terms: Terms,
  { query, below }: { query: TicketQuery; below: bigint | undefined },
): Promise<Page> {
  const most = search.limit - 1;
  if (query.phrases.length === 0) return pageOf(await filtered(search, terms, below, { few: false }), most);
  const bottom = await windowBottom(search, below, maxRead);
  const holds = sql<SqlBool>`${search.holds} and ${bottom === undefined ? sql`true` : sql`tickets.number >= ${bottom}`}`;
  const hits = await filtered({ ...search, holds }, terms, below, { few: true });
  return hits.length > most || bottom === undefined
    ? pageOf(hits, most)
    : { ids: hits.map(({ id }) => id), below: bottom };
}

/** Whether few tickets pass the filters. Without a filter nobody counts. */
async function areFew({ tx, workspaceId }: Search, query: TicketQuery, scope: Scope): Promise<boolean> {
  if (!hasFilter(query)) return false;
  const eb = expressionBuilder<Schema, 'tickets'>();
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select from tickets where tickets.workspace_id = ${workspaceId} and ${filterCondition(query, scope)(eb)}
      limit ${fewTickets + 1}
    ) passing`.execute(tx);
  return rows[0]!.count <= fewTickets;
}

/** By the index over all words. `below`: there may be more under it. */
async function indexed(
  { tx, workspaceId, holds, limit }: Search,
  { required, inOrder, refused }: Terms,
  { below, most }: { below: bigint; most: number },
): Promise<{ hits: Hit[]; below?: bigint }> {
  const { rows } = await sql<{ seen: number; lowest: bigint | null; found: Told[] }>`
    with hits as materialized (
      select * from find_documents(${required}::tsquery, nullif(${refused}, '')::tsquery,
        nullif(${inOrder}, '')::tsquery, ${below}, ${most})
    ), found as (
      select tickets.id, tickets.number
      from (select * from hits where fits order by number desc) hits join tickets
        on tickets.workspace_id = ${workspaceId} and tickets.id = hits.ticket_id
      where ${holds} order by hits.number desc limit ${limit}
    )
    select (select count(*)::int from hits) as seen, (select min(number) from hits) as lowest,
      ${toldFound} as found`.execute(tx);
  const { seen, lowest, found } = rows[0]!;
  const hits = found.map(heard);
  return seen === most ? { hits, below: lowest! } : { hits };
}
