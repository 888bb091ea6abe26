import { z } from 'zod';
import { pricedOperation, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { usdc } from '../../kernel/money.ts';
import { body, reference } from '../fields.ts';
import { propose } from '../proposals.ts';
import { isOpen, type Ticket } from '../tickets.ts';
import { ownTicket } from './own-ticket.ts';

export const draftReply = pricedOperation({
  name: 'draft_reply',
  title: 'Draft a reply to a ticket',
  summary:
    "Puts a reply to a ticket that your wallet opened into the team's approval queue, and returns the id of the proposal. Reach for it when you know what the customer should be told. A person of the company reads it and approves or rejects it; only an approved reply is added to the ticket and mailed. It sends nothing by itself. Refused, without charge, while the ticket is resolved or closed.",
  tier: 'draft',
  proposes: true,
  access: 'anonymous',
  price: usdc('0.06'),
  input: z.strictObject({
    ticketId: reference.describe('Id of the ticket, as `create_ticket` returned it.'),
    body: body.describe('The reply as the customer would read it: plain text, up to 50,000 characters.'),
  }),
  output: z.object({
    proposalId: z.string().describe('Id of the proposal.'),
    state: z.literal('waiting').describe('It waits for a person to approve or reject it.'),
  }),
  async prepare(scope, input) {
    await openTicketOfCaller(scope, input.ticketId);
    return input;
  },
  async commit(scope, { ticketId, body }) {
    const { tx, workspace, caller, ids, now } = scope;
    // The version as of now: whoever reviews sees at least this much of the thread, and what comes later stops the approval.
    const ticket = await openTicketOfCaller(scope, ticketId);
    const id = ids('prp');
    await propose(tx, workspace.id, {
      id,
      operation: 'send_reply',
      arguments: { ticketId, body },
      ticketId,
      ticketVersion: ticket.version,
      wallet: caller.kind === 'wallet' ? caller.address : null,
      now,
    });
    return { proposalId: id, state: 'waiting' as const };
  },
});

async function openTicketOfCaller(scope: Scope, ticketId: string): Promise<Ticket> {
  const ticket = await ownTicket(scope, ticketId);
  if (!isOpen(ticket))
    throw new PosternError('conflict', `The ticket is ${ticket.status}; it takes no replies.`);
  return ticket;
}
