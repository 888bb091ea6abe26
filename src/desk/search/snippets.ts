/** Where a ticket says what was looked for: a few words around it, and which of them were meant. */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../store/database.ts';
import { foldInPlace } from './fold.ts';
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
/** What `cut_words` of migrations/0037_folding.sql sets between the parts of a word. No text either. */
const joint = '\u0003';

/** A text without what would be taken for them. */
export const withoutMarks = (text: string): string =>
  [start, stop, joint].reduce((left, mark) => left.replaceAll(mark, ''), text);

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
  const whole = [...phrases, ...words.filter((word) => hasParts(word) || /[^a-z0-9]/i.test(word))];
  const { rows } = await sql<{ id: string; said: string; headline: string }>`
    with asked as (
      select ${anyOf(looked)} as any_of, array(select folded(text) from unnest(${whole}::text[]) text) as whole,
        -- Stems, of which the last letter may be none of the word's (batteri, battery).
        array(select left(lexeme, greatest(3, length(lexeme) - 1))
          from unnest(tsvector_to_array(to_tsvector('english', cut_words(${looked.join(' ')})))) lexeme) as near
    )
    select t.id, best.text as said, ts_headline('english', cut_words(best.text), asked.any_of,
      ${`StartSel=${start}, StopSel=${stop}, MaxWords=30, MinWords=15`}) as headline
    from asked, unnest(${ids}::text[]) as t (id), lateral (
      select m.body, char_length(m.body)::float8 / greatest(1, char_length(plain.body)) as ratio, coalesce(hit.whole, hit.near) as at
      from messages m, lateral (select folded(m.body) as body offset 0) plain, lateral (
        select (select min(nullif(strpos(plain.body, text), 0)) from unnest(asked.whole) text) as whole,
          (select min(nullif(strpos(plain.body, word), 0)) from unnest(asked.near) word) as near
      ) hit
      where m.workspace_id = ${workspaceId} and m.ticket_id = t.id
        and ${notes ? sql`true` : sql`m.visibility = 'public'`}
      order by hit.whole is null, hit.near is null, m.created_at desc limit 1
    ) said, lateral (
      -- Where it stands in the text as it was written, if folding made more or less of that: about there, then put right.
      select case when said.ratio = 1 then said.at else about + said.at - char_length(folded(left(said.body, about))) end as at
      from (select (said.at * said.ratio)::int4) guess (about)
    ) written, lateral (
      -- Little is parsed, however long the message; and it begins with a whole word, where there are spaces.
      select translate(case when written.at > ${before}
        then regexp_replace(substr(said.body, written.at - ${before}, ${window}), ${`^\\S{0,${before - 1}}\\s+`}, '')
        else left(said.body, ${window}) end, ${start + stop + joint}, '') as text offset 0
    ) best`.execute(tx);
  return new Map(rows.map(({ id, said, headline }) => [id, snippetOf(said, headline)]));
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
  return rows.map(({ headline }, i) => placesOf(plain[i]!, headline).places);
}

/** What a headline that Postgres made of a text shows of it. @param text as it was written, without marks and joints */
export function snippetOf(text: string, headline: string): Snippet {
  const { from, to, places } = placesOf(text, headline);
  return {
    text: text.slice(from, to),
    highlights: places.map(([start, end]) => [start - from, end - from]),
  };
}

/** Where in a text the headline that was made of its words stands, and what is marked in it. Marks that meet are one. */
function placesOf(text: string, headline: string): { from: number; to: number; places: Places } {
  let shown = '';
  const marked: Places = [];
  for (const [i, part] of headline.replaceAll(joint, '').replaceAll(stop, start).split(start).entries()) {
    if (i % 2 === 1) {
      const before = marked.at(-1);
      if (before?.[1] === shown.length) before[1] += part.length;
      else marked.push([shown.length, shown.length + part.length]);
    }
    shown += part;
  }
  const folded = foldInPlace(text);
  const at = folded.text.indexOf(shown);
  // Postgres folds what is newer than Node's letters, or the other way round: then nothing is marked.
  if (at < 0 || shown === '') return { from: 0, to: Math.min(text.length, window), places: [] };
  const startOf = (unit: number) => folded.from[at + unit]!;
  const endOf = (unit: number) => folded.to[at + unit - 1]!;
  return {
    from: startOf(0),
    to: endOf(shown.length),
    places: marked.map(([first, last]) => [startOf(first), endOf(last)]),
  };
}
