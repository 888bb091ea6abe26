import { z } from 'zod';
import { forMembers, readOperation } from '../../../catalogue/operation.ts';
import { text } from '../../fields.ts';
import { countTickets } from '../../search/find.ts';
import { understand } from '../../search/understand.ts';

/** What a number beside a view can still show. */
const most = 1_000;

export const countTicketsOperation = readOperation({
  name: 'count_tickets',
  title: 'Count tickets',
  summary:
    'Counts the tickets that a search or a view would find, up to 1,000. Reach for it to show how much waits, without reading it.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({
    query: text(500).describe('As `search_tickets` takes it, such as `status:open assignee:me`.'),
  }),
  output: z.object({
    count: z.int().describe('How many were counted: 1,000 at most.'),
    atLeast: z
      .boolean()
      .describe('Whether there may be more. With exact words only the newest that could hold them are read.'),
  }),
  read: async (scope, { query }) => countTickets(scope, (await understand(scope, query)).query, most),
});
