import { z } from 'zod';
import { forMembers, houseOperation } from '../../../catalogue/operation.ts';
import { reference, seenVersion } from '../../fields.ts';
import { mergeTickets } from '../../teamwork/merge.ts';
import { lineOf, ticketLine } from '../search/shown.ts';

export const mergeTicketsOperation = houseOperation({
  name: 'merge_tickets',
  title: 'Merge a ticket into another',
  summary:
    'For two tickets about one thing: closes `from`, and `get_ticket` of `into` shows what was said in both. What waits for approval on `from` waits on `into`, to be looked at again. `from` takes no more changes. It cannot be undone. Nothing is mailed, and no agent sees more than before.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({
    from: reference.describe('Id of the ticket that goes.'),
    fromVersion: seenVersion.describe('Its version as you read it.'),
    into: reference.describe('Id of the ticket that stays.'),
    intoVersion: seenVersion.describe('Its version as you read it.'),
    acrossCustomers: z
      .boolean()
      .default(false)
      .describe(
        'Whether to merge though they are not one customer’s, or one wallet’s: the customer of `from` is not answered in `into`.',
      ),
  }),
  output: ticketLine.extend({ proposals: z.int().describe('How many proposals went with it.') }),
  async commit(scope, input) {
    const { into, proposals } = await mergeTickets(scope, input);
    return { ...lineOf(into), proposals };
  },
});
