/** Where a ticket says what was looked for: a few words around it, and which of them were meant. */
import { sql } from 'kysely';
import type { Tx } from '../../store/database.ts';
import type { TicketQuery } from './query.ts';

export interface Snippet {
  text: string;
  /** From and up to, in UTF-16 units of `text`. */
  highlights: [number, number][];
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
        -- A stem's last letter may be none of the word's (batteri, battery).
        array(select '%' || left(translate(lexeme, ${'%_\\'}, ''), greatest(3, length(lexeme) - 1)) || '%'
          from unnest(tsvector_to_array(to_tsvector('english', ${looked}))) lexeme) as near
      from plainto_tsquery('english', ${looked}) terms
    )
    select t.id, ts_headline('english', best.body, asked.any_of,
      ${`StartSel=${start}, StopSel=${stop}, MaxWords=30, MinWords=15`}) as headline
    from asked, unnest(${ids}::text[]) as t (id), lateral (
      select translate(left(m.body, 4000), ${start + stop}, '') as body
      from messages m where m.workspace_id = ${workspaceId} and m.ticket_id = t.id
        and ${notes ? sql`true` : sql`m.visibility = 'public'`}
      order by m.body ilike any (asked.near) desc, m.created_at desc limit 1
    ) best`.execute(tx);
  return new Map(rows.map(({ id, headline }) => [id, snippetOf(headline)]));
}

/** A headline that Postgres made, its marks taken out. */
export function snippetOf(headline: string): Snippet {
  let text = '';
  const highlights: [number, number][] = [];
  for (const [i, part] of headline.replaceAll(stop, start).split(start).entries()) {
    if (i % 2 === 1) highlights.push([text.length, text.length + part.length]);
    text += part;
  }
  return { text, highlights };
}
