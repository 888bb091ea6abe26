/** Articles as members and the workspace's own agents work on them: with what waits to be published. */
import { type Selectable, type SqlBool, sql } from 'kysely';
import { actorOf, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { ArticleTable } from '../../store/schema.ts';
import { auditContent, lockSeen, type Page, type PageAsked, pageOf, placeOf } from './publishing.ts';

/** `draft…`: the change that waits beside a published text; null where none does. */
export type Article = Omit<Selectable<ArticleTable>, 'workspaceId'>;

const columns = [
  'id',
  'slug',
  'title',
  'body',
  'published',
  'version',
  'draftTitle',
  'draftBody',
  'draftBy',
  'updatedAt',
] as const;

const articlesOf = ({ tx, workspace }: Scope) =>
  tx.selectFrom('articles').select(columns).where('workspaceId', '=', workspace.id);

/** All articles by their addresses. `waiting`: those with something that a member has not published. */
export async function listArticles(
  scope: Scope,
  { waiting, after, limit }: PageAsked & { waiting?: boolean | undefined },
): Promise<Page<Article>> {
  let query = articlesOf(scope);
  if (waiting !== undefined)
    query = query.where(sql<SqlBool>`(not published or draft_by is not null)`, '=', waiting);
  if (after !== undefined) {
    placeOf(await articlesOf(scope).where('slug', '=', after).executeTakeFirst());
    query = query.where('slug', '>', after);
  }
  return pageOf(query.orderBy('slug'), limit, ({ slug }) => slug);
}

/** @throws {PosternError} `not_found` */
export async function articleOf(scope: Scope, id: string): Promise<Article> {
  const article = await articlesOf(scope).where('id', '=', id).executeTakeFirst();
  if (!article) throw new PosternError('not_found', 'No article has this id.');
  return article;
}

/** An address made of a title; with the id's end where the title has nothing to make one of. */
const slugOf = (title: string, id: string): string => {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 80)
    .replace(/^-+|-+$/g, '');
  return words || `article-${id.slice(-8)}`;
};

/** Writes an article that nobody outside sees yet. @throws {PosternError} `conflict` where its address is taken */
export async function addArticle(
  { tx, workspace, caller, ids, now }: Scope,
  { title, body, slug }: { title: string; body: string; slug?: string | undefined },
): Promise<Article> {
  const id = ids('art');
  const added = await tx
    .insertInto('articles')
    .values({
      workspaceId: workspace.id,
      id,
      slug: slug ?? slugOf(title, id),
      title,
      body,
      published: false,
      draftTitle: title,
      draftBody: body,
      draftBy: actorOf(caller),
      updatedAt: now,
    })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'slug']).doNothing())
    .returning(columns)
    .executeTakeFirst();
  if (!added)
    throw new PosternError('conflict', 'An article has this address already; give it another slug.');
  return added;
}

/** Writes a change that waits; what is published stays as it is. @throws {PosternError} `not_found`, `conflict` */
export async function draftArticle(
  scope: Scope,
  id: string,
  version: number,
  change: { title?: string | undefined; body?: string | undefined },
): Promise<Article> {
  const article = await lockArticle(scope, id, version);
  return write(scope, article, {
    draftTitle: change.title ?? article.draftTitle ?? article.title,
    draftBody: change.body ?? article.draftBody ?? article.body,
    draftBy: actorOf(scope.caller),
  });
}

/** Publishes what waits, or withdraws the article. @throws {PosternError} `not_found`, `conflict` */
export async function publishArticle(
  scope: Scope,
  id: string,
  version: number,
  published: boolean,
): Promise<Article> {
  const article = await lockArticle(scope, id, version);
  if (published && article.published && article.draftBy === null)
    throw new PosternError('conflict', 'The article is published, and no change of it waits.');
  const text = published
    ? {
        title: article.draftTitle ?? article.title,
        body: article.draftBody ?? article.body,
        draftTitle: null,
        draftBody: null,
        draftBy: null,
      }
    : {};
  const after = await write(scope, article, { ...text, published });
  await auditContent(scope, 'article.published', id, { published });
  return after;
}

/** Drops what waits beside a published article. @throws {PosternError} `not_found`, `conflict` where nothing waits */
export async function dropDraft(scope: Scope, id: string, version: number): Promise<void> {
  const article = await lockArticle(scope, id, version);
  if (article.draftBy === null) throw new PosternError('conflict', 'No change of this article waits.');
  await write(scope, article, { draftTitle: null, draftBody: null, draftBy: null });
}

const lockArticle = (scope: Scope, id: string, version: number): Promise<Article> =>
  lockSeen(articlesOf(scope).where('id', '=', id), version, 'article');

const write = (
  { tx, workspace, now }: Scope,
  { id, version }: Article,
  change: Partial<Omit<Article, 'id' | 'version' | 'slug' | 'updatedAt'>>,
): Promise<Article> =>
  tx
    .updateTable('articles')
    .set({ ...change, version: version + 1, updatedAt: now })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirstOrThrow();
