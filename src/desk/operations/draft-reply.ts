import { z } from 'zod';
import { forAgents, pricedOperation } from '../../catalogue/operation.ts';
import { usdc } from '../../kernel/money.ts';
import { openTicketFor } from '../agents/visibility.ts';
import { body, reference } from '../fields.ts';
import { proposeReply } from './propose-reply.ts';

export const draftReply = pricedOperation({
  name: 'draft_reply',
  title: 'Draft a reply to a ticket',
  summary:
    "Puts a reply to a ticket that you see into the team's approval queue, and returns the id of the proposal. Reach for it when you know what the customer should be told. A person of the company reads it and approves or rejects it; only an approved reply is added to the ticket and mailed. It sends nothing by itself. Refused, without charge, while the ticket is resolved or closed.",
  tier: 'draft',
  access: forAgents('operator'),
  proposes: true,
  price: usdc('0.06'),
  input: z.strictObject({
    ticketId: reference.describe('Id of the ticket.'),
    body: body.describe('The reply as the customer would read it: plain text, up to 50,000 characters.'),
  }),
  output: z.object({
    proposalId: z.string().describe('Id of the proposal.'),
    state: z.literal('waiting').describe('It waits for a person to approve or reject it.'),
  }),
  async prepare(scope, input) {
    await openTicketFor(scope, input.ticketId, { redacts: true });
    return input;
  },
  commit: async (scope, reply) => ({
    proposalId: await proposeReply(scope, reply),
    state: 'waiting' as const,
  }),
});
