import { sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { Tx } from '../store/database.ts';
import type { Evidence } from '../store/schema.ts';
import { hasParts } from './search/query.ts';

export interface ArticleHit {
  id: string;
  slug: string;
  title: string;
  /** The paragraph that fits the question best, plain text. */
  passage: string;
}

/** Paragraphs shorter than this are headings or asides: quoted only where the article has nothing longer. */
const passageMinLength = 60;
const passageMaxLength = 600;

/** The paragraph of a body that shares most words with `terms`; an aside only where there is nothing longer. */
const bestPassage = (body: string, question: string) => sql`(
  select left(trim(paragraph), ${passageMaxLength})
  from regexp_split_to_table(${sql.ref(body)}, E'\n[ \t]*\n') with ordinality as split (paragraph, position)
  order by char_length(paragraph) < ${passageMinLength},
    ts_rank('{1,1,1,1}', ${mayJoin(question) ? sql`article_words(paragraph)` : sql`to_tsvector('english', plain_words(paragraph))`}, terms, 1) desc, position
  limit 1
)`;

/** Whether a part of a word may be asked for; looking for parts costs as much again. */
const mayJoin = (question: string): boolean => /\d/.test(question) || question.split(/\s+/).some(hasParts);

/** Of a long text so many words that are several to the index. */
const maxJoined = 50;

/**
 * The question's words, any of them; of `AC-55934` and the like the parts, in their order. plainto_tsquery takes any text and
 * quotes each lexeme; only its joints have spaces around the ampersand.
 */
export const anyOf = (question: string) => {
  const joined = question.split(/\s+/).filter(hasParts).slice(0, maxJoined);
  return sql`(replace(plainto_tsquery('english', plain_words(${question}))::text, ' & ', ' | ')::tsquery || coalesce((
    select string_agg(parts::text, ' | ') from unnest(${joined}::text[]) word, phraseto_tsquery('english', cut_query(word)) parts
    where numnode(parts) > 0), '')::tsquery)`;
};

/**
 * What a reply rests on: of each published article the paragraph that shares most words with it.
 * @throws {PosternError} `invalid_arguments` for an article that is not published
 */
export async function citedArticles(
  tx: Tx,
  workspaceId: string,
  ids: readonly string[],
  reply: string,
): Promise<Evidence[]> {
  const { rows } = await sql<Evidence>`
    with reply as (select ${anyOf(reply)} as terms)
    select a.id as article_id, a.title, ${bestPassage('a.body', reply)} as passage
    from reply, unnest(${ids}::text[]) with ordinality as cited (id, at)
      join articles a on a.workspace_id = ${workspaceId} and a.id = cited.id and a.published
    order by cited.at`.execute(tx);
  if (rows.length < ids.length)
    throw new PosternError(
      'invalid_arguments',
      'articleIds: not all are published articles of this help centre.',
    );
  return rows;
}

/**
 * Published articles for a question in anyone's words, best first.
 * The terms are joined by OR, title and body weigh the same and rank is divided by 1 + log(length): over 219 real
 * questions that found the right page among the first three in 74% and 80%, where AND found it in 35% and 56%.
 * The rank orders and no more; it does not separate right from wrong, so it is not returned.
 */
export async function searchArticles(
  tx: Tx,
  workspaceId: string,
  query: string,
  limit: number,
): Promise<ArticleHit[]> {
  const { rows } = await sql<ArticleHit>`
    with question as (
      select ${anyOf(query)} as terms
    ), hit as (
      select id, slug, title, body, ts_rank('{1,1,1,1}', search, terms, 1) as rank
      from articles, question
      where workspace_id = ${workspaceId} and published and search @@ terms
      order by rank desc, id
      limit ${limit}
    )
    select hit.id, hit.slug, hit.title, ${bestPassage('hit.body', query)} as passage
    from hit, question
    order by hit.rank desc, hit.id`.execute(tx);
  return rows;
}
