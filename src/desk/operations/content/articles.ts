/** Articles of the help centre, and what waits to be published of them. */
import { z } from 'zod';
import { forMembers, houseOperation, readOperation } from '../../../catalogue/operation.ts';
import { addArticle, articleOf, draftArticle, listArticles, publishArticle } from '../../content/articles.ts';
import { discardDraft } from '../../content/discard.ts';
import { reference } from '../../fields.ts';
import {
  articleId,
  articleLine,
  articleLineOf,
  articleWhole,
  articleWholeOf,
  forReaders,
  forWriters,
  given,
  next,
  page,
  publish,
  text,
  title,
  version,
} from './shown.ts';

const slug = z
  .string()
  .max(100)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters and digits, with single hyphens between')
  .describe('Its name in the help centre’s addresses; made of the title unless given.');

export const listArticlesOperation = readOperation({
  name: 'list_articles',
  title: 'List articles',
  summary: 'Lists the articles of the help centre by their addresses, published or not, without their texts.',
  tier: 'read',
  access: forReaders,
  price: null,
  input: z.strictObject({
    waiting: z
      .boolean()
      .optional()
      .describe('Only those of which something waits to be published, or only the others.'),
    ...page,
  }),
  output: z.object({ articles: z.array(articleLine).describe('The articles.'), next }),
  async read(scope, asked) {
    const { shown, ...rest } = await listArticles(scope, asked);
    return { articles: shown.map(articleLineOf), ...rest };
  },
});

export const getArticle = readOperation({
  name: 'get_article',
  title: 'Read an article',
  summary: 'Returns an article as it is published, and what waits to be published in its place.',
  tier: 'read',
  access: forReaders,
  price: null,
  input: z.strictObject({ articleId }),
  output: articleWhole,
  read: async (scope, { articleId: id }) => articleWholeOf(await articleOf(scope, id)),
});

export const createKb = houseOperation({
  name: 'create_kb',
  title: 'Draft an article',
  summary:
    'Writes a new article for the help centre as a draft, and returns it with its id. Reach for it when `search_kb` lacks what customers ask for. A member publishes it with `publish_article`; until then no one outside sees it. Refused where an article has the same address: change that one with `update_kb`.',
  tier: 'draft',
  access: forWriters,
  input: z.strictObject({ title, body: text, slug: slug.optional() }),
  output: articleWhole,
  commit: async (scope, input) => articleWholeOf(await addArticle(scope, input)),
});

export const updateKb = houseOperation({
  name: 'update_kb',
  title: 'Draft a change of an article',
  summary:
    'Writes a change of an article that waits beside it: what is published stays until a member publishes the change. It replaces a change that waits already, so read the article with `get_article` first. Refused where it has changed since you read it.',
  tier: 'draft',
  access: forWriters,
  input: z.strictObject({ articleId, version, title: title.optional(), body: text.optional() }),
  output: articleWhole,
  commit: async (scope, { articleId: id, version: seen, ...change }) =>
    articleWholeOf(await draftArticle(scope, id, seen, given(change))),
});

export const publishArticleOperation = houseOperation({
  name: 'publish_article',
  title: 'Publish an article',
  summary:
    'Publishes an article, with the change that waits, or withdraws it. Refused where it has changed since you read it: what is published has been read.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({ articleId, version, published: publish }),
  output: articleWhole,
  commit: async (scope, { articleId: id, version: seen, published }) =>
    articleWholeOf(await publishArticle(scope, id, seen, published)),
});

export const discardDraftOperation = houseOperation({
  name: 'discard_draft',
  title: 'Throw a draft away',
  summary:
    'Deletes an issue, changelog entry or article that was never published, or drops the change that waits beside a published article. There is no way back.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({
    id: reference.describe('Id of the issue, entry or article.'),
    version,
  }),
  output: z.object({ id: z.string().describe('What was thrown away.') }),
  async commit(scope, { id, version: seen }) {
    await discardDraft(scope, id, seen);
    return { id };
  },
});
