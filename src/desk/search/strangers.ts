/**
 * Search for who is no one of the workspace's: over the tickets that they may see, in the text that they may read. The index
 * holds more than that, so it only leaves out what cannot hold the words; which tickets were looked at, and so where a page
 * ends, depends on nothing that is hidden.
 */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { type Redactor, redactorsFor } from '../agents/redact.ts';
import { sightOf } from '../agents/visibility.ts';
import type { Ticket } from '../tickets/tickets.ts';
import { cursorAt, listTickets } from './list.ts';
import { hasText, type TicketFilters, type TicketQuery } from './query.ts';
import { headlineMarks, type Snippet, snippetOf } from './snippets.ts';

/** Tickets that one page looks at. */
const window = 100;
/** Of each, the newest messages, and so much of each. */
const maxMessages = 8;
const maxCharacters = 2_500;
/** What was cut may end within a value that is to be masked, and goes. No name or address is longer. */
const cutOff = 300;

/** A ticket as a stranger sees it. */
export interface ShownTicket {
  ticket: Ticket;
  /** Any other text of it. */
  shown: Redactor;
  subject: string;
  tags: string[];
  snippet?: Snippet;
}

/** What strangers may filter by, as it is typed. */
export const strangersFilters = ['status', 'tag', 'number', 'after', 'before'] as const;
const ofTheTeam = ['priority', 'channel', 'assignee', 'team', 'from'] as const;

/** @throws {PosternError} `not_permitted` for a filter by what strangers are not shown. */
export function refuseHidden(filters: Partial<TicketFilters>): void {
  for (const key of ofTheTeam) {
    const value = filters[key];
    if (value !== undefined && value.length > 0)
      throw new PosternError(
        'not_permitted',
        `${key}: only the workspace’s own people and agents filter by it.`,
      );
  }
}

/** Each as the caller may see it. */
export async function shownTo(scope: Scope, tickets: readonly Ticket[]): Promise<ShownTicket[]> {
  const redactors = await redactorsFor(
    scope,
    tickets.map(({ id }) => id),
  );
  return tickets.map((ticket) => {
    const sight = sightOf(scope.caller, ticket);
    const shown = sight === 'full' ? (text: string) => text : redactors.get(ticket.id)!;
    return { ticket, shown, subject: shown(ticket.subject), tags: ticket.tags.map(shown) };
  });
}

/**
 * One page, the newest first.
 * @throws {PosternError} `not_permitted`, as `refuseHidden`; `invalid_arguments` for a cursor that is none.
 */
export async function findForStranger(
  scope: Scope,
  query: TicketQuery,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ tickets: ShownTicket[]; next?: string }> {
  refuseHidden(query);
  const { status, number, after, before, tag } = query;
  const looked = await listTickets(
    scope,
    {
      status,
      ...(number === undefined ? {} : { number }),
      ...(after ? { after } : {}),
      ...(before ? { before } : {}),
    },
    { order: 'newest', limit: window, cursor },
  );
  const possible = await holding(scope, looked.tickets, query);
  const found: ShownTicket[] = [];
  for (let at = 0; at < possible.length && found.length <= limit; at += limit) {
    const some = await shownTo(scope, possible.slice(at, at + limit));
    const tagged = some.filter(({ tags }) => tag.every((name) => tags.includes(name)));
    found.push(...(hasText(query) ? await matching(scope, tagged, query) : tagged));
  }
  const tickets = found.slice(0, limit);
  if (found.length > limit) return { tickets, next: cursorAt('newest', tickets.at(-1)!.ticket) };
  return looked.next ? { tickets, next: looked.next } : { tickets };
}

/** Those whose document has all the words: of what a ticket says to anybody, strangers read a part. */
async function holding(
  { tx, workspace }: Scope,
  tickets: readonly Ticket[],
  { words }: TicketQuery,
): Promise<Ticket[]> {
  if (words.length === 0 || tickets.length === 0) return [...tickets];
  const { rows } = await sql<{ id: string }>`
    select d.ticket_id as id from ticket_documents d
    where d.workspace_id = ${workspace.id} and d.number = any(${tickets.map(({ number }) => String(number))}::int8[])
      and ${holdAll(sql`d.words`, words)}`.execute(tx);
  const ids = new Set(rows.map(({ id }) => id));
  return tickets.filter(({ id }) => ids.has(id));
}

/** By its stem or as it is; a word that English leaves out asks for nothing. */
const holdAll = (document: ReturnType<typeof sql>, words: readonly string[]) => sql`not exists (
  select from unnest(${words}::text[]) word
  where numnode(plainto_tsquery('english', word)) > 0
    and not ${document} @@ (plainto_tsquery('english', word) || plainto_tsquery('simple', word)))`;

/** Those in whose shown text all of the query holds, each with the place where it does. */
async function matching(
  scope: Scope,
  tickets: readonly ShownTicket[],
  { words, phrases, without }: TicketQuery,
): Promise<ShownTicket[]> {
  const texts = await textsOf(scope, tickets);
  const [start, stop] = headlineMarks;
  const looked = [...words, ...phrases].join(' ');
  const patterns = phrases.map((phrase) => `%${phrase.replace(/[\\%_]/g, '\\$&')}%`);
  const { rows } = await sql<{ at: string; headline: string | null }>`
    with shown as materialized (
      select at, head, said, to_tsvector('english', head || ' ' || said) || to_tsvector('simple', head || ' ' || said) as words
      from unnest(${texts.map(({ head }) => head)}::text[], ${texts.map(({ said }) => said)}::text[])
        with ordinality as t (head, said, at)
    )
    select at, case when ${looked} <> '' then ts_headline('english', translate(said, ${start + stop}, ''),
        replace(plainto_tsquery('english', ${looked})::text, ' & ', ' | ')::tsquery,
        ${`StartSel=${start}, StopSel=${stop}, MaxWords=30, MinWords=15`}) end as headline
    from shown
    where ${holdAll(sql`shown.words`, words)}
      and not exists (select from unnest(${patterns}::text[]) pattern where head not ilike pattern and said not ilike pattern)
      and not exists (select from unnest(${without}::text[]) word
        where shown.words @@ (phraseto_tsquery('english', word) || phraseto_tsquery('simple', word)))
    order by at`.execute(scope.tx);
  return rows.map(({ at, headline }) => {
    const shown = tickets[Number(at) - 1]!;
    return headline === null ? shown : { ...shown, snippet: snippetOf(headline) };
  });
}

/** What is said to everybody in each, as the caller may see it. */
async function textsOf(
  { tx, workspace }: Scope,
  tickets: readonly ShownTicket[],
): Promise<{ head: string; said: string }[]> {
  const { rows } = await sql<{ id: string; bodies: string[] }>`
    select t.id, array(
      select left(m.body, ${maxCharacters}) from messages m
      where m.workspace_id = ${workspace.id} and m.ticket_id = t.id and m.visibility = 'public'
      order by m.created_at desc, m.id desc limit ${maxMessages}) as bodies
    from unnest(${tickets.map(({ ticket }) => ticket.id)}::text[]) t (id)`.execute(tx);
  const bodies = new Map(rows.map(({ id, bodies }) => [id, bodies]));
  return tickets.map(({ ticket, shown, subject, tags }) => {
    const said = (bodies.get(ticket.id) ?? []).map((body) =>
      body.length < maxCharacters ? shown(body) : shown(body).slice(0, -cutOff),
    );
    return { head: [subject, ...tags].join(' '), said: said.join('\n') };
  });
}
