/**
 * Search for who is no one of the workspace's: over the tickets that they may see, in the text that they may read. The index
 * holds more than that, so it only leaves out what cannot hold the words; which tickets were looked at, and so where a page
 * ends, depends on nothing that is hidden.
 */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { giveWay } from '../../kernel/time.ts';
import { kinds } from '../agents/redact/spans.ts';
import { maskersFor, type Redactor } from '../agents/redact.ts';
import { sightOf } from '../agents/visibility.ts';
import type { Ticket } from '../tickets/tickets.ts';
import { fold } from './fold.ts';
import { cursorAt, listTickets } from './list.ts';
import { amongFew, isRemembered, remembering } from './masked-texts.ts';
import { hasText, type TicketFilters, type TicketQuery } from './query.ts';
import { anyOf, headlineMarks, type Snippet, snippetOf, withoutMarks } from './snippets.ts';

/** Tickets that one page looks at. */
const window = 100;
/** Of each, the newest messages, and so much of each. */
const maxMessages = 8;
const maxCharacters = 2_500;
/** Tickets that are looked at between two statements of the transaction: it must not idle for long. */
const together = 5;
/** What was cut may end within a value that is to be masked, and goes. No name or address is longer. */
const cutOff = 300;

/** A ticket as a stranger sees it. */
export interface ShownTicket {
  ticket: Ticket;
  /** Any other text of it. */
  shown: Redactor;
  /** What is masked in it, as one text; absent for who sees all. */
  values?: string;
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
  const maskers = await maskersFor(
    scope,
    tickets.map(({ id }) => id),
  );
  return tickets.map((ticket) => {
    const { redact, values } = maskers.get(ticket.id)!;
    const isMasked = sightOf(scope.caller, ticket) === 'redacted';
    const shown = isMasked ? remembering(redact, values) : (text: string) => text;
    return {
      ...{ ticket, shown, subject: shown(ticket.subject), tags: ticket.tags.map(shown) },
      ...(isMasked ? { values } : {}),
    };
  });
}

/**
 * One page, the newest first.
 * @throws {PosternError} `not_permitted`, as `refuseHidden`; `invalid_arguments` for a cursor that is none; `busy` where too
 * many search.
 */
export function findForStranger(scope: Scope, query: TicketQuery, page: Page): Promise<FoundTickets> {
  refuseHidden(query);
  return hasText(query) ? amongFew(() => look(scope, query, page)) : look(scope, query, page);
}

interface Page {
  limit: number;
  cursor?: string | undefined;
}

interface FoundTickets {
  tickets: ShownTicket[];
  next?: string;
}

async function look(scope: Scope, query: TicketQuery, { limit, cursor }: Page): Promise<FoundTickets> {
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
  for (let at = 0; at < possible.length && found.length <= limit; at += together) {
    const some = await shownTo(scope, possible.slice(at, at + together));
    const tagged = some.filter(({ tags }) => tag.every((name) => tags.includes(name)));
    found.push(...(hasText(query) ? await matching(scope, tagged, query) : tagged));
  }
  const tickets = found.slice(0, limit);
  if (found.length > limit) return { tickets, next: cursorAt('newest', tickets.at(-1)!.ticket) };
  return looked.next ? { tickets, next: looked.next } : { tickets };
}

/**
 * Those whose document has all the words, and whose texts have all the phrases: of what a ticket says to anybody, strangers
 * read a part.
 */
async function holding(
  { tx, workspace }: Scope,
  tickets: readonly Ticket[],
  { words, phrases }: TicketQuery,
): Promise<Ticket[]> {
  const sought = phrases.filter(isOfTheText);
  if (words.length + sought.length === 0 || tickets.length === 0) return [...tickets];
  const holdsAll = sql`(
    select bool_and(strpos(of_it.head, folded(phrase)) > 0 or strpos(of_it.said, folded(phrase)) > 0)
    from unnest(${sought}::text[]) phrase, (
      select folded(concat_ws(' ', t.subject, nullif(array_to_string(t.tags, ' '), ''))) as head,
        folded(array_to_string(${newestBodies(workspace.id)}, E'\\n')) as said offset 0
    ) of_it)`;
  const { rows } = await sql<{ id: string }>`
    select d.ticket_id as id from ticket_documents d join tickets t
      on t.workspace_id = d.workspace_id and t.id = d.ticket_id
    where d.workspace_id = ${workspace.id} and d.number = any(${tickets.map(({ number }) => String(number))}::int8[])
      and ${holdAll(sql`d.words`, words)} and ${sought.length === 0 ? sql`true` : holdsAll}`.execute(tx);
  const ids = new Set(rows.map(({ id }) => id));
  return tickets.filter(({ id }) => ids.has(id));
}

/**
 * Whether where it is read it stands in what was written, too: it holds nothing of a mask, and no line break, which may stand
 * between two messages.
 */
function isOfTheText(phrase: string): boolean {
  const folded = fold(phrase);
  return !/[[\]\n]/.test(folded) && !kinds.some((kind) => kind.includes(folded));
}

/** Of the ticket `t` what is looked at, the newest first. */
const newestBodies = (workspaceId: string) => sql`array(
  select left(m.body, ${maxCharacters}) from messages m
  where m.workspace_id = ${workspaceId} and m.ticket_id = t.id and m.visibility = 'public'
  order by m.created_at desc, m.id desc limit ${maxMessages})`;

/** By its stem or as it is; a word that English leaves out asks for nothing. */
const holdAll = (document: ReturnType<typeof sql>, words: readonly string[]) => sql`not exists (
  select from unnest(${words}::text[]) word
  where numnode(plainto_tsquery('english', cut_query(word))) > 0
    and not ${document} @@ (phraseto_tsquery('english', cut_query(word)) || phraseto_tsquery('simple', cut_query(word))
      || coalesce(written_otherwise(word), '')))`;

/** Those in whose shown text all of the query holds, each with the place where it does. */
async function matching(
  scope: Scope,
  tickets: readonly ShownTicket[],
  { words, phrases, without }: TicketQuery,
): Promise<ShownTicket[]> {
  const texts = await textsOf(scope, tickets);
  const [start, stop] = headlineMarks;
  const looked = [...words, ...phrases];
  const { rows } = await sql<{ at: string; headline: string | null }>`
    with shown as materialized (
      select at, head, said, ticket_words(head || ' ' || said) || to_tsvector('simple', cut_words(head || ' ' || said)) as words
      from unnest(${texts.map(({ head }) => head)}::text[], ${texts.map(({ said }) => said)}::text[])
        with ordinality as t (head, said, at)
    )
    select at, case when ${looked.length > 0} then ts_headline('english', cut_words(said), ${anyOf(looked)},
        ${`StartSel=${start}, StopSel=${stop}, MaxWords=30, MinWords=15`}) end as headline
    from shown
    where ${holdAll(sql`shown.words`, words)}
      and not exists (select from unnest(${phrases}::text[]) phrase
        where strpos(folded(head), folded(phrase)) = 0 and strpos(folded(said), folded(phrase)) = 0)
      and not exists (select from unnest(${without}::text[]) word
        where shown.words @@ (phraseto_tsquery('english', cut_query(word)) || phraseto_tsquery('simple', cut_query(word))))
    order by at`.execute(scope.tx);
  return rows.map(({ at, headline }) => {
    const shown = tickets[Number(at) - 1]!;
    return headline === null
      ? shown
      : { ...shown, snippet: snippetOf(texts[Number(at) - 1]!.said, headline) };
  });
}

/** What is said to everybody in each, as the caller may see it. */
async function textsOf(
  { tx, workspace }: Scope,
  tickets: readonly ShownTicket[],
): Promise<{ head: string; said: string }[]> {
  const { rows } = await sql<{ id: string; bodies: string[] }>`
    select t.id, ${newestBodies(workspace.id)} as bodies
    from unnest(${tickets.map(({ ticket }) => ticket.id)}::text[]) t (id)`.execute(tx);
  const bodies = new Map(rows.map(({ id, bodies }) => [id, bodies]));
  const texts: { head: string; said: string }[] = [];
  for (const { ticket, shown, values, subject, tags } of tickets) {
    const said: string[] = [];
    for (const body of bodies.get(ticket.id) ?? []) {
      if (values !== undefined && !isRemembered(values, body)) await giveWay();
      said.push(body.length < maxCharacters ? shown(body) : shown(body).slice(0, -cutOff));
    }
    texts.push({ head: [subject, ...tags].join(' '), said: withoutMarks(said.join('\n')) });
  }
  return texts;
}
