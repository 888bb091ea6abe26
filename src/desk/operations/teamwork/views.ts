/** Views: saved filters, of the workspace or of one member. */
import { z } from 'zod';
import { forMembers, houseOperation, readOperation, type Scope } from '../../../catalogue/operation.ts';
import { line, reference } from '../../fields.ts';
import { besideOf } from '../../search/beside.ts';
import { listOrders, listTickets } from '../../search/list.ts';
import { understand } from '../../search/understand.ts';
import {
  createView,
  deleteView,
  findView,
  isMadeBy,
  listViews,
  updateView,
  type View,
} from '../../teamwork/views.ts';
import { cursor, limit, lineFor, next, ticketLine } from '../search/shown.ts';

const viewId = reference.describe('Id of the view, as `list_views` returns it.');
const name = line(100);
const query = line(500);
const sort = z.enum(listOrders);

const nameText = 'Its name, one line of up to 100 characters.';
const queryText =
  'Filters as `search_tickets` takes them, without words: such as `assignee:me status:open tag:lens`. `me` is whoever looks.';
const sortText = 'In which order its tickets come; as `order` of `list_tickets`.';

const viewOutput = z.object({
  viewId: z.string().describe('Id of the view.'),
  name: z.string().describe('Its name.'),
  query: z.string().describe('Its filters.'),
  sort: sort.describe('In which order its tickets come.'),
  of: z
    .enum(['everybody', 'workspace', 'me'])
    .describe('Whose it is: every desk has it, the workspace made it, or you did for yourself.'),
  madeByMe: z.boolean().describe('Whether you made it.'),
});
const shown = (scope: Scope, view: View) => {
  const { id, madeBy: _, ...fields } = view;
  return { viewId: id, ...fields, madeByMe: isMadeBy(scope, view) };
};

const createViewOperation = houseOperation({
  name: 'create_view',
  title: 'Save a view',
  summary:
    'Gives filters a name, for yourself or for the whole workspace. `show_view` lists what they find, `count_tickets` counts it.',
  tier: 'draft',
  access: forMembers('viewer'),
  input: z.strictObject({
    name: name.describe(nameText),
    query: query.describe(queryText),
    sort: sort.default('active').describe(sortText),
    shared: z.boolean().default(false).describe('Whether everybody of the workspace sees it.'),
  }),
  output: viewOutput,
  commit: async (scope, input) => shown(scope, await createView(scope, input)),
});

const updateViewOperation = houseOperation({
  name: 'update_view',
  title: 'Change a view',
  summary:
    'Changes what is given of a view and leaves the rest. One of the workspace is changed by who made it, or an admin; who made it may have it for themselves again. A view of your own is shared by the role operator or above.',
  tier: 'draft',
  access: forMembers('viewer'),
  input: z.strictObject({
    viewId,
    name: name.optional().describe(nameText),
    query: query.optional().describe(queryText),
    sort: sort.optional().describe(sortText),
    shared: z.boolean().optional().describe('Whether everybody of the workspace sees it, or you alone.'),
  }),
  output: viewOutput,
  commit: async (scope, { viewId: id, ...change }) => shown(scope, await updateView(scope, id, change)),
});

const deleteViewOperation = houseOperation({
  name: 'delete_view',
  title: 'Delete a view',
  summary: 'Deletes a view; its tickets stay. One of the workspace is deleted by who made it, or an admin.',
  tier: 'draft',
  access: forMembers('viewer'),
  input: z.strictObject({ viewId }),
  output: z.object({ deleted: z.literal(true).describe('It is gone.') }),
  async commit(scope, { viewId: id }) {
    await deleteView(scope, id);
    return { deleted: true as const };
  },
});

const listViewsOperation = readOperation({
  name: 'list_views',
  title: 'List the views',
  summary: 'Returns what every desk has, what the workspace saved, and what you saved for yourself.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({}),
  output: z.object({ views: z.array(viewOutput).describe('Each kind by name.') }),
  read: async (scope) => ({ views: (await listViews(scope)).map((view) => shown(scope, view)) }),
});

const showView = readOperation({
  name: 'show_view',
  title: 'Show a view',
  summary: 'Lists the tickets of a view, a page at a time, as `list_tickets` does.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({ viewId, cursor, limit }),
  output: z.object({ tickets: z.array(ticketLine).describe('The tickets, in the view’s order.'), next }),
  async read(scope, { viewId: id, ...page }) {
    const view = await findView(scope, id);
    const { query: filters } = await understand(scope, view.query);
    const { tickets, ...rest } = await listTickets(scope, filters, {
      order: view.sort,
      ...page,
    });
    const beside = await besideOf(scope, tickets);
    return {
      tickets: tickets.map((ticket) => lineFor(scope.caller, ticket, beside.get(ticket.id))),
      ...rest,
    };
  },
});

export const viewOperations = [
  listViewsOperation,
  showView,
  createViewOperation,
  updateViewOperation,
  deleteViewOperation,
];
