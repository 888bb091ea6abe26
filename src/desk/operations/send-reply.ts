import { z } from 'zod';
import { forAgents, pricedOperation, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { usdc } from '../../kernel/money.ts';
import { openTicketFor, type Seen } from '../agents/visibility.ts';
import type { Customer } from '../customers/customers.ts';
import { body, reference } from '../fields.ts';
import { answer, customerOf, mustBeVouchedFor } from '../tickets/reply.ts';
import { type AsOf, hasMoved } from './agents/propose-call.ts';
import { proposeReply } from './propose-reply.ts';

type Reply = AsOf<{ ticketId: string; body: string }>;

const queued = async (scope: Scope, { asOf, ...reply }: Reply) => ({
  outcome: 'queued' as const,
  proposalId: await proposeReply(scope, { ...reply, version: asOf }),
});

export const sendReply = pricedOperation({
  name: 'send_reply',
  title: 'Send a reply',
  summary:
    "Adds a public reply to a ticket that you see, sets it to pending and mails the reply to the ticket's customer. Reach for it when you know what the customer should be told; `outcome` says whether it was sent or waits for approval. It also waits where nobody has vouched for the customer's email yet: an address given with `create_ticket` is not mailed to before the customer has written in or a person of the company has approved a reply; and where somebody wrote on the ticket while you paid. Where the customer left no email the reply stands on the ticket and nothing is mailed. Refused, without charge, while the ticket is resolved or closed.",
  tier: 'send',
  access: forAgents('operator'),
  price: usdc('0.06'),
  input: z.strictObject({
    ticketId: reference.describe('Id of the ticket.'),
    body: body.describe('The reply as the customer reads it: plain text, up to 50,000 characters.'),
  }),
  output: z.object({
    outcome: z
      .enum(['sent', 'queued'])
      .describe('Whether the reply is on the ticket now, or waits for a person to approve or reject it.'),
    messageId: z.string().optional().describe('Id of the message added to the ticket, if it was sent.'),
    mailed: z
      .boolean()
      .optional()
      .describe(
        'If it was sent: whether a mail was put into the outbox; false where the customer has no email.',
      ),
    proposalId: z.string().optional().describe('Id of the proposal, if it was queued.'),
  }),
  async prepare(scope, input): Promise<Reply> {
    const seen = await openTicketFor(scope, input.ticketId, { redacts: true });
    refuseBlocked(scope, seen, await customerOf(scope, seen.ticket));
    return { ...input, asOf: seen.ticket.version };
  },
  queue: queued,
  wouldQueue: async (scope, { ticketId }) =>
    waitsForPerson(
      scope,
      await customerOf(scope, (await openTicketFor(scope, ticketId, { redacts: true })).ticket),
    ),
  async commit(scope, reply) {
    // Locked, for whoever closes it at the same time must not find it opened again.
    const seen = await openTicketFor(scope, reply.ticketId, { lock: true, redacts: true });
    const { ticket } = seen;
    const customer = await customerOf(scope, ticket);
    refuseBlocked(scope, seen, customer);
    if (waitsForPerson(scope, customer) || hasMoved(scope, ticket, reply)) return queued(scope, reply);
    const sent = await answer(scope, ticket, customer, { body: reply.body, status: 'pending' });
    return { outcome: 'sent' as const, messageId: sent.messageId, mailed: sent.mailed };
  },
});

/**
 * Who sees the ticket masked is not told, and a refusal would tell, for nothing: what it proposes a person judges.
 * @throws {PosternError} `conflict` where an agent would write to a customer whom people have blocked.
 */
export function refuseBlocked(scope: Scope, { sight }: Seen, customer: Customer | undefined): void {
  if (sight === 'full' && isBlockedTo(scope, customer))
    throw new PosternError('conflict', 'The team has blocked this customer; no agent writes to them.');
}

const isBlockedTo = ({ caller }: Scope, customer: Customer | undefined): boolean =>
  caller.kind !== 'operator' && Boolean(customer?.blockedAt);

/** Whether an agent's reply is one to decide on first: nobody has vouched for the address, or its customer is blocked. */
export const waitsForPerson = (scope: Scope, customer: Customer | undefined): boolean =>
  mustBeVouchedFor(scope, customer) || isBlockedTo(scope, customer);
