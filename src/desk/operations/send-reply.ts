import { z } from 'zod';
import { pricedOperation, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { usdc } from '../../kernel/money.ts';
import { enqueue, threadHeaders, workspaceAddress } from '../../mail/outbox.ts';
import { type Customer, findCustomer, vouchForCustomer } from '../customers.ts';
import { body, reference } from '../fields.ts';
import { addMessage, findTicket, isOpen, moveTicket, type Ticket } from '../tickets.ts';

export const sendReply = pricedOperation({
  name: 'send_reply',
  title: 'Send a reply',
  summary:
    "Adds a public reply to a ticket, sets it to pending and mails the reply to the ticket's customer. What approving a drafted reply runs; for operators only. Where the customer left no email the reply is added to the ticket and nothing is mailed: `mailed` says so.",
  tier: 'send',
  access: 'operator',
  // Not sold at the door; the catalogue knows no operation that acts and has no price.
  price: usdc('0.06'),
  input: z.strictObject({
    ticketId: reference.describe('Id of the ticket.'),
    body: body.describe('The reply as the customer reads it: plain text, up to 50,000 characters.'),
  }),
  output: z.object({
    messageId: z.string().describe('Id of the message added to the ticket.'),
    mailed: z
      .boolean()
      .describe('Whether a mail was put into the outbox; false where the customer has no email.'),
  }),
  async prepare(scope, input) {
    await openTicketFor(scope, input.ticketId);
    return input;
  },
  async commit(scope, { ticketId, body }) {
    const { tx, workspace, caller, ids, now } = scope;
    const ticket = await openTicketFor(scope, ticketId);
    const id = ids('msg');
    await addMessage(tx, workspace.id, ticketId, {
      id,
      author: 'operator',
      authorId: caller.kind === 'operator' ? caller.id : null,
      visibility: 'public',
      body,
      createdAt: now,
    });
    await moveTicket(tx, workspace.id, ticketId, { status: 'pending', now });
    const customer = ticket.customerId ? await findCustomer(tx, workspace.id, ticket.customerId) : undefined;
    const mailed = customer ? await mailReply(scope, ticket, customer, id, body) : false;
    return { messageId: id, mailed };
  },
});

async function openTicketFor({ tx, workspace, caller }: Scope, ticketId: string): Promise<Ticket> {
  if (caller.kind !== 'operator') throw new PosternError('not_permitted', 'Operators send replies.');
  const ticket = await findTicket(tx, workspace.id, ticketId);
  if (!ticket) throw new PosternError('not_found', 'No ticket has this id.');
  if (!isOpen(ticket))
    throw new PosternError('conflict', `The ticket is ${ticket.status}; it takes no replies.`);
  return ticket;
}

/** @returns whether there was an address to mail to. */
async function mailReply(
  { tx, workspace, ids, now }: Scope,
  ticket: Ticket,
  customer: Customer,
  messageId: string,
  body: string,
): Promise<boolean> {
  const { email } = await vouchForCustomer(tx, workspace.id, customer);
  if (!email) return false;
  const mailFrom = workspaceAddress(workspace.slug);
  await enqueue(tx, {
    workspaceId: workspace.id,
    id: ids('out'),
    ticketId: ticket.id,
    messageId: `<${messageId}@${mailFrom.split('@')[1]}>`,
    mailFrom,
    rcptTo: email,
    subject: /^re:/i.test(ticket.subject) ? ticket.subject : `Re: ${ticket.subject}`,
    body,
    headers: await threadHeaders(tx, workspace.id, ticket.id),
    createdAt: now,
  });
  return true;
}
