/** Passages of the help centre for a question, with how much of the question each holds: what a draft is made of. */
import { sql } from 'kysely';
import type { Fit, Passage } from '../model/model.ts';
import type { Tx } from '../store/database.ts';
import { anyOf } from './articles.ts';

/** Of a long message the beginning is asked: there it says what it is about. */
const maxQuestion = 2_000;
const maxWords = 60;
const maxArticles = 3;
/** Of one article. */
const maxPassages = 2;
const passageMinLength = 60;
const passageMaxLength = 600;

/**
 * Words that stand in any question and say nothing of what it is about, beside Postgres's stop words (as stems). They find
 * articles still, and do not count as found.
 */
const vague = new Set(
  `use like get got much would could pleas need want give make way thing time take come go know help back see look mani one
  first new old still now someth anyth noth everi tell ask tri let put keep say possibl work well realli dont cant alway
  never today day happen hello hi dear thank regard`.split(/\s+/),
);

interface Word {
  lexeme: string;
  /** Published articles that hold it. */
  articles: number;
  /** Whether the subject says it. */
  ofSubject: boolean;
}

interface Found {
  id: string;
  slug: string;
  title: string;
  /** Of the title. */
  lexemes: string[];
  paragraphs: { text: string; lexemes: string[] }[];
}

/**
 * Up to two passages of each of the three articles that fit a question best, the best fit first. The articles are those
 * that `searchArticles` finds. `subject`: what the question is about in its asker's own words, where it has one.
 */
export async function findPassages(
  tx: Tx,
  workspaceId: string,
  question: string,
  subject = '',
): Promise<Passage[]> {
  const asked = question.slice(0, maxQuestion);
  const found = await articlesOf(tx, workspaceId, asked);
  if (found.length === 0) return [];
  const { words, articles } = await wordsOf(tx, workspaceId, asked, subject);
  const weights = weigh(words, articles);
  const about = words.filter((word) => word.ofSubject && word.articles > 0 && !vague.has(word.lexeme));
  const passages = found.flatMap(({ id, slug, title, lexemes, paragraphs }) => {
    const long = paragraphs.filter(({ text }) => text.length >= passageMinLength);
    return (long.length > 0 ? long : paragraphs)
      .map((paragraph) => ({
        articleId: id,
        slug,
        title,
        text: paragraph.text.slice(0, passageMaxLength),
        fit: fitOf(weights, about, new Set([...lexemes, ...paragraph.lexemes])),
      }))
      .sort((a, b) => better(a.fit, b.fit))
      .slice(0, maxPassages);
  });
  // Sorting is stable: of equal fits the one of the better article stays first.
  return passages
    .sort((a, b) => better(a.fit, b.fit))
    .map((passage, at) => ({ id: `p${at + 1}`, ...passage }));
}

const better = (a: Fit, b: Fit): number => b.matched + b.share - (a.matched + a.share);

function fitOf(weights: ReadonlyMap<string, number>, about: readonly Word[], held: ReadonlySet<string>): Fit {
  const matched = [...weights].filter(([lexeme]) => held.has(lexeme));
  const sum = (items: readonly (readonly [string, number])[]) =>
    items.reduce((total, [, weight]) => total + weight, 0);
  return {
    asked: weights.size,
    matched: matched.length,
    share: sum(matched) / (sum([...weights]) || 1),
    onSubject: about.length === 0 || about.some(({ lexeme }) => held.has(lexeme)),
  };
}

/** The rarer a word is in the help centre the more it weighs; one that no article has, the most. */
const weigh = (words: readonly Word[], articles: number): ReadonlyMap<string, number> =>
  new Map(
    words
      .filter(({ lexeme }) => !vague.has(lexeme))
      .map((word) => [word.lexeme, Math.log(1 + articles / Math.max(word.articles, 0.5))]),
  );

async function wordsOf(
  tx: Tx,
  workspaceId: string,
  question: string,
  subject: string,
): Promise<{ words: Word[]; articles: number }> {
  // A lexeme in quotes is taken as it is: quotes and backslashes in it are doubled.
  const { rows } = await sql<Word & { total: number }>`
    select word.lexeme, total.count as total,
      word.lexeme = any (tsvector_to_array(to_tsvector('english', plain_words(${subject.slice(0, maxQuestion)})))) as of_subject, (
      select count(*)::int4 from articles
      where workspace_id = ${workspaceId} and published
        and search @@ ('''' || replace(replace(word.lexeme, '\\', '\\\\'), '''', '''''') || '''')::tsquery
    ) as articles
    from (
      select lexeme from unnest(to_tsvector('english', plain_words(${question}))) order by positions[1] limit ${maxWords}
    ) word, (select count(*)::int4 from articles where workspace_id = ${workspaceId} and published) total`.execute(
    tx,
  );
  return { words: rows, articles: rows[0]?.total ?? 0 };
}

async function articlesOf(tx: Tx, workspaceId: string, question: string): Promise<Found[]> {
  const { rows } = await sql<Found>`
    with question as (
      select ${anyOf(question)} as terms
    ), hit as (
      select id, slug, title, body, ts_rank('{1,1,1,1}', search, terms, 1) as rank
      from articles, question
      where workspace_id = ${workspaceId} and published and search @@ terms
      order by rank desc, id
      limit ${maxArticles}
    )
    select id, slug, title, tsvector_to_array(to_tsvector('english', plain_words(title))) as lexemes, (
      select jsonb_agg(jsonb_build_object(
        'text', trim(paragraph), 'lexemes', tsvector_to_array(to_tsvector('english', plain_words(paragraph)))
      ) order by position)
      from regexp_split_to_table(body, E'\n[ \t]*\n') with ordinality as split (paragraph, position)
      where trim(paragraph) <> ''
    ) as paragraphs
    from hit order by rank desc, id`.execute(tx);
  return rows;
}
