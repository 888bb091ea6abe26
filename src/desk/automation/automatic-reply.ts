/**
 * Mail that nobody wrote: what a rule tells a customer. Only to an address that is verified (invariant 11), never in answer
 * to a machine (RFC 3834), and at most once an hour to one address, whatever rules there are.
 */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { findPause } from '../../mail/breaker.ts';
import { enqueue, threadHeaders, workspaceAddress } from '../../mail/outbox.ts';
import { findCustomer } from '../customers/customers.ts';
import { addToThread } from '../tickets/change.ts';
import { authorOf, type Ticket } from '../tickets/tickets.ts';

/** Why nothing was mailed, in words for the log of rules. */
type Refusal = { refused: string };

/** Local parts that no person reads. */
const machines = /^(mailer-daemon|postmaster|bounces?|no-?reply|do-?not-?reply)([+._-]|@)/i;

/**
 * Writes to the ticket's customer. `once`: not where the ticket was acknowledged before.
 * @param ticket locked by the transaction. @returns the refusal, where nothing was written.
 */
export async function automaticReply(
  scope: Scope,
  ticket: Ticket,
  body: string,
  { once }: { once: boolean },
): Promise<Refusal | { messageId: string }> {
  const { tx, workspace, ids, now } = scope;
  const customer = ticket.customerId ? await findCustomer(tx, workspace.id, ticket.customerId) : undefined;
  const address = customer?.email;
  if (!address) return { refused: 'the customer has no address' };
  if (!customer.emailVerified) return { refused: 'nobody has vouched for the address' };
  if (customer.blockedAt) return { refused: 'the customer is blocked' };
  if (ticket.status === 'spam' || ticket.status === 'closed' || ticket.mergedInto)
    return { refused: 'the ticket is closed' };
  const mailFrom = workspaceAddress(workspace.slug);
  if (machines.test(address) || address.toLowerCase() === mailFrom)
    return { refused: 'the address is a machine’s' };
  if (await answersMachine(scope, ticket)) return { refused: 'the last mail was a machine’s' };
  if (await findPause(tx, workspace.id)) return { refused: 'mail that nobody wrote is paused' };
  if (once && (await wasAcknowledged(scope, ticket))) return { refused: 'it was acknowledged before' };
  if (!(await firstInAnHour(scope, ticket, address)))
    return { refused: 'the address had automatic mail within the hour' };
  if (once) await acknowledged(scope, ticket);
  const message = { ...authorOf(scope.caller), visibility: 'public' as const, body };
  const { messageId } = await addToThread(scope, ticket, message);
  await enqueue(tx, {
    workspaceId: workspace.id,
    id: ids('out'),
    ticketId: ticket.id,
    messageId: `<${messageId}@${mailFrom.split('@')[1]}>`,
    mailFrom,
    rcptTo: address,
    subject: /^re:/i.test(ticket.subject) ? ticket.subject : `Re: ${ticket.subject}`,
    body,
    headers: {
      ...(await threadHeaders(tx, workspace.id, ticket.id)),
      'Auto-Submitted': 'auto-replied',
      // For machines that know no RFC 3834; bounces still come.
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
    },
    createdAt: now,
  });
  return { messageId };
}

/** Whether what the customer's side wrote last came from a machine. */
async function answersMachine({ tx, workspace }: Scope, ticket: Ticket): Promise<boolean> {
  const last = await tx
    .selectFrom('messages')
    .select('automatic')
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', ticket.id)
    .where('author', '=', 'customer')
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.automatic ?? false;
}

async function wasAcknowledged({ tx, workspace }: Scope, ticket: Ticket): Promise<boolean> {
  const known = await tx
    .selectFrom('acknowledgements')
    .select('at')
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', ticket.id)
    .executeTakeFirst();
  return known !== undefined;
}

const acknowledged = ({ tx, workspace, now }: Scope, ticket: Ticket) =>
  tx
    .insertInto('acknowledgements')
    .values({ workspaceId: workspace.id, ticketId: ticket.id, at: now })
    .execute();

/** One statement, so that of two at once one is the first. */
async function firstInAnHour(
  { tx, workspace, now }: Scope,
  ticket: Ticket,
  address: string,
): Promise<boolean> {
  const { rows } = await sql`
    insert into automatic_mails as m (workspace_id, address, ticket_id, at)
    values (${workspace.id}, ${address.toLowerCase()}, ${ticket.id}, ${now})
    on conflict (workspace_id, address) do update set at = excluded.at, ticket_id = excluded.ticket_id
      where m.at <= excluded.at - interval '1 hour'
    returning 1`.execute(tx);
  return rows.length > 0;
}
