import { sql } from 'kysely';
import { z } from 'zod';
import { actorOf, forMembers, houseOperation } from '../../catalogue/operation.ts';
import { derivedId } from '../../kernel/ids.ts';
import { addUnverifiedCustomer } from '../customers/customers.ts';
import { body, email, personName, subject, ticketStatus } from '../fields.ts';
import { findTicket, openTicket } from '../tickets/tickets.ts';

/** What the public contact page does. Not at the door: there `create_ticket` is, and is paid for. */
export const contact = houseOperation({
  name: 'contact',
  title: 'Write in by the contact page',
  summary:
    'Opens a ticket as the public contact page does, with an address that nobody has vouched for: nothing is mailed to it before an operator replies, and no ticket of the same address is found or joined. Sent twice with the same key it opens one ticket, and returns that. What comes under the address of somebody who is blocked is spam.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({
    name: personName.optional().describe("The customer's name, one line of up to 200 characters."),
    email: email.describe('Where the customer can be answered.'),
    subject: subject.describe('What it is about, in one line of up to 200 characters.'),
    body: body.describe('The whole matter as plain text, up to 50,000 characters.'),
    key: z
      .string()
      .regex(/^[\w-]{22,64}$/, 'must be 22 to 64 letters, digits, - and _')
      .describe('Unguessable, and of this one sending.'),
  }),
  output: z.object({
    ticketId: z.string().describe('Id of the ticket.'),
    number: z.int().describe('Its number, as people quote it.'),
    status: ticketStatus.describe('Where it stands.'),
  }),
  async commit({ tx, workspace, caller, ids, now }, { key, name = null, ...input }) {
    const id = derivedId('tkt', `contact ${workspace.id} ${key}`);
    // Two sendings at once: the second waits, and finds what the first opened.
    await sql`select pg_advisory_xact_lock(hashtextextended(${id}, 0))`.execute(tx);
    const known = await findTicket(tx, workspace.id, id);
    if (known) return { ticketId: id, number: Number(known.number), status: known.status };
    const customerId = ids('cus');
    const blocked = await addUnverifiedCustomer(tx, workspace.id, {
      id: customerId,
      name,
      email: input.email,
      now,
    });
    const { number, status } = await openTicket(tx, workspace.id, {
      id,
      messageId: ids('msg'),
      subject: input.subject,
      body: input.body,
      customerId,
      channel: 'web',
      wallet: null,
      eventId: ids('evt'),
      actor: caller.kind === 'anonymous' ? 'customer' : actorOf(caller),
      status: blocked ? 'spam' : 'open',
      now,
    });
    return { ticketId: id, number: Number(number), status };
  },
});
