/** Where a ticket says what was looked for: a few words around it, and which of them were meant. */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../store/database.ts';
import { hasParts, type TicketQuery } from './query.ts';

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
/** What `cut_words` of migrations/0036_numbers.sql sets between the parts of a word. No text either. */
export const joint = '\u0003';

/** By ticket id. `notes`: also from what operators wrote for each other. */
export async function snippetsOf(
  tx: Tx,
  workspaceId: string,
  ids: readonly string[],
  { words, phrases }: TicketQuery,
  { notes }: { notes: boolean },
): Promise<Map<string, Snippet>> {
  const looked = [...words, ...phrases];
  if (ids.length === 0 || looked.length === 0) return new Map();
  // Letter for letter, where that is somewhere; else by its words.
  const whole = [...phrases, ...words.filter((word) => hasParts(word) || /[^\p{L}\p{N}]/u.test(word))].map(
    (text) => text.toLowerCase(),
  );
  const { rows } = await sql<{ id: string; headline: string }>`
    with asked as (
      select ${anyOf(looked)} as any_of,
        -- Stems, of which the last letter may be none of the word's (batteri, battery).
        array(select left(lexeme, greatest(3, length(lexeme) - 1))
          from unnest(tsvector_to_array(to_tsvector('english', cut_words(${looked.join(' ')})))) lexeme) as near
    )
    select t.id, ts_headline('english', cut_words(translate(best.text, ${start + stop + joint}, '')), asked.any_of,
      ${`StartSel=${start}, StopSel=${stop}, MaxWords=30, MinWords=15`}) as headline
    from asked, unnest(${ids}::text[]) as t (id), lateral (
      select m.body, coalesce(hit.whole, hit.near) as at
      from messages m, lateral (
        select (select min(nullif(strpos(lower(m.body), text), 0)) from unnest(${whole}::text[]) text) as whole,
          (select min(nullif(strpos(lower(m.body), word), 0)) from unnest(asked.near) word) as near
      ) hit
      where m.workspace_id = ${workspaceId} and m.ticket_id = t.id
        and ${notes ? sql`true` : sql`m.visibility = 'public'`}
      order by hit.whole is null, hit.near is null, m.created_at desc limit 1
    ) said, lateral (
      -- Little is parsed, however long the message; and it begins with a whole word.
      select case when said.at > ${before} then regexp_replace(substr(said.body, said.at - ${before}, ${window}), ${'^\\S*\\s+'}, '')
        else left(said.body, ${window}) end as text
    ) best`.execute(tx);
  return new Map(rows.map(({ id, headline }) => [id, snippetOf(headline)]));
}

/** A query for any of the words in these pieces, for what is shown of them. */
export const anyOf = (pieces: readonly string[]): RawBuilder<unknown> => sql`coalesce((
  select replace(string_agg(way::text, ' | '), ' & ', ' | ') from unnest(${pieces}::text[]) piece,
    unnest(array[plainto_tsquery('english', cut_words(piece)), written_otherwise(piece)]) way
  where numnode(way) > 0), '')::tsquery`;

/**
 * Where each text, which is short, says what was looked for. It is given texts as the caller may read them, so it can tell of
 * nothing else.
 */
export async function placesIn(
  tx: Tx,
  texts: readonly string[],
  { words, phrases }: TicketQuery,
): Promise<Places[]> {
  const looked = [...words, ...phrases];
  if (texts.length === 0 || looked.length === 0) return texts.map(() => []);
  // Spaces for what would be taken for marks: nothing may move.
  const plain = texts.map((text) => text.replaceAll(start, ' ').replaceAll(stop, ' ').replaceAll(joint, ' '));
  const { rows } = await sql<{ headline: string }>`
    select ts_headline('english', cut_words(text), terms,
      ${`StartSel=${start}, StopSel=${stop}, HighlightAll=true`}) as headline
    from (select ${anyOf(looked)}) asked (terms), unnest(${plain}::text[]) with ordinality as t (text, at)
    order by at`.execute(tx);
  return rows.map(({ headline }, i) => {
    const { text, highlights } = snippetOf(headline);
    return text === plain[i] ? highlights : [];
  });
}

/** A headline that Postgres made, its marks and joints taken out. */
export function snippetOf(headline: string): Snippet {
  let text = '';
  const highlights: Places = [];
  for (const [i, part] of headline.replaceAll(joint, '').replaceAll(stop, start).split(start).entries()) {
    if (i % 2 === 1) highlights.push([text.length, text.length + part.length]);
    text += part;
  }
  return { text, highlights };
}
