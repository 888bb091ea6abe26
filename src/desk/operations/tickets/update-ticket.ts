import { z } from 'zod';
import { forMembers, houseOperation } from '../../../catalogue/operation.ts';
import { reference, seenVersion, subject } from '../../fields.ts';
import { changeTicket } from '../../tickets/change.ts';
import { lineOf, ticketLine } from '../search/shown.ts';
import { changeFields, changeOf, tagList } from './changes.ts';

export const updateTicket = houseOperation({
  name: 'update_ticket',
  title: 'Change a ticket',
  summary:
    'Changes what is given of a ticket and leaves the rest. Refused where it has changed since you read it: `version` says what you saw.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({
    ticketId: reference.describe('Id of the ticket.'),
    version: seenVersion.describe('Its version as you read it.'),
    subject: subject.optional().describe('In one line of up to 200 characters.'),
    tags: tagList.optional().describe('All of its tags; an empty list takes them away.'),
    ...changeFields,
  }),
  output: ticketLine,
  async commit(scope, { ticketId, version, ...given }) {
    return lineOf(await changeTicket(scope, ticketId, await changeOf(scope, given), { version }));
  },
});
