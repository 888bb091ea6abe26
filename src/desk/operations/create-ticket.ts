import { z } from 'zod';
import { actorOf, forAgents, pricedOperation, type Scope } from '../../catalogue/operation.ts';
import { usdc } from '../../kernel/money.ts';
import { addUnverifiedCustomer, customerCalled } from '../customers/customers.ts';
import { body, email, personName, subject, ticketStatus } from '../fields.ts';
import { authorOf, openTicket } from '../tickets/tickets.ts';

export const createTicket = pricedOperation({
  name: 'create_ticket',
  title: 'Open a support ticket',
  summary:
    "Opens a ticket with the company's support team, with your text as its first message, and returns its id, number and status. Reach for it when `search_kb` does not answer and a person should look. Keep the id: only the wallet that pays can read the ticket again, with `get_ticket_context`. Give the customer's email if people are to answer by mail; an operator approves the first reply, and nothing is mailed before that. It does not confirm by mail, and does not find or join tickets that the same address has opened before. Under an address that the company has blocked it is spam from the start.",
  tier: 'draft',
  access: forAgents('operator'),
  price: usdc('0.02'),
  input: z.strictObject({
    subject: subject.describe('What it is about, in one line of up to 200 characters.'),
    body: body.describe('The whole matter as plain text, up to 50,000 characters.'),
    email: email
      .optional()
      .describe('Where the customer can be answered. Unverified until an operator replies.'),
    name: personName.optional().describe("The customer's name, one line of up to 200 characters."),
  }),
  output: z.object({
    ticketId: z.string().describe('Id of the new ticket; what the other tools take.'),
    number: z.int().describe('Its number, as people quote it.'),
    status: ticketStatus.describe('Where it stands.'),
  }),
  async commit(scope, input) {
    const { tx, workspace, caller, ids, now } = scope;
    const isMember = caller.kind === 'operator';
    const { name = null, email = null } = input;
    const { customerId, blocked } = await whose(scope, { name, email });
    const id = ids('tkt');
    const { number, status } = await openTicket(tx, workspace.id, {
      id,
      messageId: ids('msg'),
      subject: input.subject,
      body: input.body,
      customerId,
      channel: isMember ? 'operator' : 'door',
      ...(isMember ? { author: authorOf(caller) } : {}),
      wallet: caller.kind === 'wallet' ? caller.address : null,
      eventId: ids('evt'),
      actor: actorOf(caller),
      status: blocked ? 'spam' : 'open',
      now,
    });
    return { ticketId: id, number: Number(number), status };
  },
});

/** A member knows whom they write down; whoever else names an address opens nobody's history by it. */
async function whose(
  { tx, workspace, caller, ids, now }: Scope,
  { name, email }: { name: string | null; email: string | null },
): Promise<{ customerId: string | null; blocked: boolean }> {
  if (name === null && email === null) return { customerId: null, blocked: false };
  const known =
    caller.kind === 'operator' && email !== null
      ? await customerCalled(tx, workspace.id, { name, email })
      : undefined;
  if (known) return { customerId: known.id, blocked: known.blockedAt !== null };
  const customerId = ids('cus');
  const blocked = await addUnverifiedCustomer(tx, workspace.id, { id: customerId, name, email, now });
  return { customerId, blocked };
}
