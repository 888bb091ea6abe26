import { z } from 'zod';
import { forMembers, houseOperation } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { body, reference, seenVersion } from '../../fields.ts';
import { lockSeen, refuseMoved } from '../../tickets/change.ts';
import { answer, customerOf } from '../../tickets/reply.ts';
import { signed } from '../../tickets/signature.ts';
import { dropSentDraft } from './drafts.ts';
import { addresses, attachmentIds, bcc } from './fields.ts';

export const reply = houseOperation({
  name: 'reply',
  title: 'Reply to a customer',
  summary:
    'Adds a public reply with your signature to a ticket and mails it to the customer, and to those who get copies: by default the ticket’s participants. Refused where the thread has moved since you read it: `version` says what you saw.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({
    ticketId: reference.describe('Id of the ticket.'),
    version: seenVersion.describe('Its version as you read it.'),
    body: body.describe(
      'The reply as the customer reads it, up to 50,000 characters: plain text. What has Markdown’s short forms (`**bold**`, lists, quotations, code) goes out as HTML too.',
    ),
    cc: addresses
      .optional()
      .describe(
        'All who get a copy, of this reply and of later ones; an empty list for nobody. Left out: the participants, as they are.',
      ),
    bcc,
    attachmentIds,
    status: z.enum(['open', 'pending', 'resolved']).default('pending').describe('Where it stands after it.'),
    signature: z.boolean().default(true).describe('Whether your signature goes under it.'),
  }),
  output: z.object({
    messageId: z.string().describe('Id of the message.'),
    version: z.int().describe('The ticket’s version after it.'),
    mailed: z.boolean().describe('Whether a mail is in the outbox; false where the customer has no address.'),
  }),
  async commit(scope, { ticketId, version, body, signature, ...rest }) {
    const ticket = await lockSeen(scope, ticketId);
    refuseMoved(ticket, version, 'version', 'The thread has moved since you read it; read it again.');
    if (ticket.mergedInto)
      throw new PosternError('conflict', 'The ticket was merged into another; reply there.', {
        ticketId: ticket.mergedInto,
      });
    if (ticket.status === 'closed' || ticket.status === 'spam')
      throw new PosternError('conflict', `The ticket is ${ticket.status}; open it first.`);
    await dropSentDraft(scope, { ticketId, kind: 'reply', body });
    const text = signature ? await signed(scope, body) : body;
    return answer(scope, ticket, await customerOf(scope, ticket), { ...rest, body: text });
  },
});
