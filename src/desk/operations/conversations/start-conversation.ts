import { z } from 'zod';
import { actorOf, forMembers, houseOperation } from '../../../catalogue/operation.ts';
import { attach, takeUploads } from '../../../mail/attachments.ts';
import { customerToWriteTo } from '../../customers/customers.ts';
import { body, email, personName, subject } from '../../fields.ts';
import { setParticipants } from '../../tickets/participants.ts';
import { mailMessage } from '../../tickets/reply.ts';
import { signed } from '../../tickets/signature.ts';
import { authorOf, openTicket } from '../../tickets/tickets.ts';
import { addresses, attachmentIds, bcc } from './fields.ts';

export const startConversation = houseOperation({
  name: 'start_conversation',
  title: 'Write to a customer first',
  summary:
    'Opens a ticket with your message, signed, and mails it. The address is vouched for with that: it is the customer’s who has it, or a new customer’s.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({
    to: email.describe('Whom you write to.'),
    name: personName.optional().describe('What they are called; one who has a name already keeps it.'),
    subject: subject.describe('In one line of up to 200 characters.'),
    body: body.describe('What they read: plain text, up to 50,000 characters.'),
    cc: addresses.default([]).describe('Who gets a copy, of this and of later replies.'),
    bcc,
    attachmentIds,
    signature: z.boolean().default(true).describe('Whether your signature goes under it.'),
  }),
  output: z.object({
    ticketId: z.string().describe('Id of the new ticket.'),
    number: z.int().describe('Its number, as people quote it.'),
    messageId: z.string().describe('Id of your message.'),
    customerId: z.string().describe('Whose it is.'),
  }),
  async commit(scope, { to, name = null, subject, cc, bcc, attachmentIds, signature, ...input }) {
    const { tx, workspace, caller, ids, now } = scope;
    const body = signature ? await signed(scope, input.body) : input.body;
    const files = await takeUploads(tx, workspace.id, actorOf(caller), attachmentIds);
    const customerId = await customerToWriteTo(tx, workspace.id, { id: ids('cus'), name, email: to, now });
    const [ticketId, messageId] = [ids('tkt'), ids('msg')];
    const { number } = await openTicket(tx, workspace.id, {
      id: ticketId,
      messageId,
      subject,
      body,
      customerId,
      channel: 'operator',
      wallet: null,
      eventId: ids('evt'),
      actor: actorOf(caller),
      author: authorOf(caller),
      status: 'pending',
      now,
    });
    await attach(tx, workspace.id, messageId, files);
    const copies = await mailMessage(scope, { ticketId, messageId, to, cc, bcc, subject, body });
    await setParticipants(scope, ticketId, copies.cc);
    return { ticketId, number: Number(number), messageId, customerId };
  },
});
