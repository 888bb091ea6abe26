import { z } from 'zod';
import { forAgents, pricedOperation, type Scope } from '../../../catalogue/operation.ts';
import { usdc } from '../../../kernel/money.ts';
import { openTicketFor } from '../../agents/visibility.ts';
import { body, reference, seenVersion } from '../../fields.ts';
import { applyChange, refuseMoved } from '../../tickets/change.ts';
import { answer, customerOf } from '../../tickets/reply.ts';
import { refuseBlocked, waitsForPerson } from '../send-reply.ts';
import { type AsOf, hasMoved, proposeCall } from './propose-call.ts';

const input = z.strictObject({
  ticketId: reference.describe('Id of the ticket.'),
  body: body
    .optional()
    .describe(
      'A closing reply as the customer reads it: plain text, up to 50,000 characters. None unless given.',
    ),
  version: seenVersion
    .optional()
    .describe(
      'The ticket’s version as you read it: refused, without charge, where somebody has written since.',
    ),
});
type Resolution = AsOf<z.output<typeof input>>;

export const resolve = pricedOperation({
  name: 'resolve',
  title: 'Resolve a ticket',
  summary:
    "Resolves a ticket that you see; with `body` it first adds that reply and mails it to the ticket's customer. Reach for it when the matter is done; `outcome` says whether it was resolved or waits for approval. With a reply it also waits where nobody has vouched for the customer's email yet, and always where somebody wrote on the ticket while you paid. Without `body` nothing is mailed. Refused, without charge, while the ticket is resolved or closed.",
  tier: 'send',
  access: forAgents('operator'),
  // Its arguments may be no more than a ticket's id, which is no secret where tickets are opened.
  private: true,
  price: usdc('0.06'),
  input,
  output: z.object({
    outcome: z
      .enum(['resolved', 'queued'])
      .describe('Whether the ticket is resolved now, or it waits for a person to approve or reject it.'),
    messageId: z.string().optional().describe('Id of the reply added to the ticket, if there was one.'),
    mailed: z
      .boolean()
      .optional()
      .describe('If a reply was added: whether it was put into the outbox; false where there is no email.'),
    proposalId: z.string().optional().describe('Id of the proposal, if it was queued.'),
  }),
  prepare: prepared,
  async queue(scope, asked) {
    return { outcome: 'queued' as const, proposalId: await proposeResolve(scope, asked) };
  },
  async wouldQueue(scope, asked) {
    const { customer } = await resolvable(scope, asked);
    return asked.body !== undefined && waitsForPerson(scope, customer);
  },
  async commit(scope, asked) {
    const { ticket, customer } = await resolvable(scope, asked, true);
    if (hasMoved(scope, ticket, asked))
      return { outcome: 'queued' as const, proposalId: await proposeResolve(scope, asked) };
    if (asked.body === undefined) {
      await applyChange(scope, ticket, { status: 'resolved' });
      return { outcome: 'resolved' as const };
    }
    // Invariant 11: what would be mailed to an address that only the door has named waits for an operator.
    if (waitsForPerson(scope, customer))
      return { outcome: 'queued' as const, proposalId: await proposeResolve(scope, asked) };
    const sent = await answer(scope, ticket, customer, { body: asked.body, status: 'resolved' });
    return { outcome: 'resolved' as const, messageId: sent.messageId, mailed: sent.mailed };
  },
});

export const proposeResolution = pricedOperation({
  name: 'propose_resolution',
  title: 'Propose to resolve a ticket',
  summary:
    'Proposes that a ticket that you see be resolved, with `body` as the closing reply if you give one, and returns the id of the proposal. Reach for it when you think that the matter is done and a person should say so. A person of the company approves or rejects it; only then is the ticket resolved and the reply mailed. It changes and sends nothing by itself. Refused, without charge, while the ticket is resolved or closed.',
  tier: 'draft',
  access: forAgents('operator'),
  proposes: true,
  private: true,
  price: usdc('0.06'),
  input,
  output: z.object({
    proposalId: z.string().describe('Id of the proposal.'),
    state: z.literal('waiting').describe('It waits for a person to approve or reject it.'),
  }),
  prepare: prepared,
  commit: async (scope, asked) => ({
    proposalId: await proposeResolve(scope, asked),
    state: 'waiting' as const,
  }),
});

async function prepared(scope: Scope, asked: z.output<typeof input>): Promise<Resolution> {
  return { ...asked, asOf: (await resolvable(scope, asked)).ticket.version };
}

/** Without the version that the agent saw: from here on it is the reviewer's that counts. */
async function proposeResolve(scope: Scope, asked: Resolution): Promise<string> {
  const { ticket } = await resolvable(scope, asked);
  const { ticketId, body: reply, asOf } = asked;
  const call = { ticketId, ...(reply === undefined ? {} : { body: reply }) };
  return proposeCall(scope, { ticket, asOf }, 'resolve', call);
}

/** @throws {PosternError} `not_found`; `conflict` where it is resolved, has moved, or its customer is not to be written to */
async function resolvable(scope: Scope, { ticketId, body: reply, version }: Resolution, lock = false) {
  const seen = await openTicketFor(scope, ticketId, { lock, redacts: true });
  const { ticket } = seen;
  if (version !== undefined)
    refuseMoved(ticket, version, 'version', 'Somebody has written since you read the ticket; read it again.');
  const customer = await customerOf(scope, ticket);
  if (reply !== undefined) refuseBlocked(scope, seen, customer);
  return { ticket, customer };
}
