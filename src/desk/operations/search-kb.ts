import { z } from 'zod';
import { forAgents, readOperation } from '../../catalogue/operation.ts';
import { searchArticles } from '../articles.ts';
import { text } from '../fields.ts';

export const searchKb = readOperation({
  name: 'search_kb',
  title: 'Search the help centre',
  summary:
    "Searches this company's published help articles for a question in plain words, and returns up to `limit` of them, best first, each with the paragraph that fits best. Free. Reach for it before you open a ticket: the answer may be there already. An empty list means that no article shares a word with the question. The order says which fits better, not whether an article answers the question. It does not search tickets.",
  tier: 'read',
  access: forAgents('viewer'),
  price: null,
  input: z.strictObject({
    query: text(500).describe(
      "The question, in the customer's own words or as keywords. Up to 500 characters.",
    ),
    limit: z.int().min(1).max(10).default(3).describe('How many articles at most: 1 to 10, 3 unless given.'),
  }),
  output: z.object({
    articles: z
      .array(
        z.object({
          id: z.string().describe('Id of the article.'),
          title: z.string().describe('Its title.'),
          slug: z.string().describe("Its name in the help centre's addresses."),
          passage: z.string().describe('The paragraph that fits the question best, as plain text.'),
        }),
      )
      .describe('The articles, best first.'),
  }),
  read: async ({ tx, workspace }, { query, limit }) => ({
    articles: await searchArticles(tx, workspace.id, query, limit),
  }),
});
