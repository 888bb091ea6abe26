/** Where a ticket says what was looked for: a few words around it, and which of them were meant. */
import { sql } from 'kysely';
import type { Tx } from '../../store/database.ts';
import type { TicketQuery } from './query.ts';

/** Characters that the words are looked for in, and how many of them come before the first. */
const [window, before] = [300, 60];

/** From and up to, in UTF-16 units of a text. */
export type Places = [number, number][];

export interface Snippet {
  text: string;
  /** In `text`. */
  highlights: Places;
}

/** Two characters that are no text; the text itself loses them first. */
export const headlineMarks = ['\u0001', '\u0002'] as const;
const [start, stop] = headlineMarks;

/** By ticket id. `notes`: also from what operators wrote for each other. */
export async function snippetsOf(
  tx: Tx,
  workspaceId: string,
  ids: readonly string[],
  { words, phrases }: TicketQuery,
  { notes }: { notes: boolean },
): Promise<Map<string, Snippet>> {
  const looked = [...words, ...phrases].join(' ');
  if (ids.length === 0 || looked === '') return new Map();
  const { rows } = await sql<{ id: string; headline: string }>`
    with asked as (
      select replace(terms::text, ' & ', ' | ')::tsquery as any_of,
        -- Exact words as they are; else stems, of which the last letter may be none of the word's (batteri, battery).
        case when ${phrases.length} > 0 then array(select lower(phrase) from unnest(${phrases}::text[]) phrase)
          else array(select left(lexeme, greatest(3, length(lexeme) - 1))
            from unnest(tsvector_to_array(to_tsvector('english', ${looked}))) lexeme) end as near
      from plainto_tsquery('english', ${looked}) terms
    )
    select t.id, ts_headline('english', translate(best.text, ${start + stop}, ''), asked.any_of,
      ${`StartSel=${start}, StopSel=${stop}, MaxWords=30, MinWords=15`}) as headline
    from asked, unnest(${ids}::text[]) as t (id), lateral (
      select m.body, hit.at
      from messages m, lateral (
        select min(nullif(strpos(lower(m.body), word), 0)) as at from unnest(asked.near) word
      ) hit
      where m.workspace_id = ${workspaceId} and m.ticket_id = t.id
        and ${notes ? sql`true` : sql`m.visibility = 'public'`}
      order by hit.at is null, m.created_at desc limit 1
    ) said, lateral (
      -- Little is parsed, however long the message; and it begins with a whole word.
      select case when said.at > ${before} then regexp_replace(substr(said.body, said.at - ${before}, ${window}), ${'^\\S*\\s+'}, '')
        else left(said.body, ${window}) end as text
    ) best`.execute(tx);
  return new Map(rows.map(({ id, headline }) => [id, snippetOf(headline)]));
}

/**
 * Where each text, which is short, says what was looked for. It is given texts as the caller may read them, so it can tell of
 * nothing else.
 */
export async function placesIn(
  tx: Tx,
  texts: readonly string[],
  { words, phrases }: TicketQuery,
): Promise<Places[]> {
  const looked = [...words, ...phrases].join(' ');
  if (texts.length === 0 || looked === '') return texts.map(() => []);
  // Spaces for what would be taken for marks: nothing may move.
  const plain = texts.map((text) => text.replaceAll(start, ' ').replaceAll(stop, ' '));
  const { rows } = await sql<{ headline: string }>`
    select ts_headline('english', text, replace(terms::text, ' & ', ' | ')::tsquery,
      ${`StartSel=${start}, StopSel=${stop}, HighlightAll=true`}) as headline
    from plainto_tsquery('english', ${looked}) terms, unnest(${plain}::text[]) with ordinality as t (text, at)
    order by at`.execute(tx);
  return rows.map(({ headline }, i) => {
    const { text, highlights } = snippetOf(headline);
    return text === plain[i] ? highlights : [];
  });
}

/** A headline that Postgres made, its marks taken out. */
export function snippetOf(headline: string): Snippet {
  let text = '';
  const highlights: Places = [];
  for (const [i, part] of headline.replaceAll(stop, start).split(start).entries()) {
    if (i % 2 === 1) highlights.push([text.length, text.length + part.length]);
    text += part;
  }
  return { text, highlights };
}
