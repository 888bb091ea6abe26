import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { addToThread } from './change.ts';
import { participantsOf, setParticipants } from './participants.ts';
import { customerOf } from './reply.ts';
import { lockTicket, openTicket, type Ticket } from './tickets.ts';

/** Merges and follow-ups in a row that a message is carried along. */
const maxHops = 50;

/**
 * Adds what a customer wrote to a thread. What was pending, snoozed or resolved is open again. A closed ticket stays closed:
 * the message opens a follow-up of it, or joins the one that there is. What was merged away is said where it went. From a
 * customer who is blocked it is kept, and changes nothing; what would open a ticket opens spam.
 * @returns the ticket that has it. @throws {PosternError} `not_found`
 */
export async function customerWrote(
  scope: Scope,
  { id }: Pick<Ticket, 'id'>,
  { body }: { body: string },
): Promise<{ ticketId: string; messageId: string }> {
  const ticket = await lastOf(scope, await locked(scope, id));
  const customer = await customerOf(scope, ticket);
  const blocked = Boolean(customer?.blockedAt);
  if (ticket.status === 'closed')
    return followUp(scope, ticket, body, { blocked, gone: !!customer?.erasedAt });
  const reopens = !blocked && ticket.status !== 'spam';
  const message = { author: 'customer', authorId: null, visibility: 'public', body } as const;
  const { messageId } = await addToThread(scope, ticket, message, reopens ? { status: 'open' } : {});
  return { ticketId: ticket.id, messageId };
}

/** Also of what was merged away, which `lockSeen` refuses. @throws {PosternError} `not_found` */
async function locked({ tx, workspace }: Scope, id: string): Promise<Ticket> {
  const ticket = await lockTicket(tx, workspace.id, id);
  if (!ticket) throw new PosternError('not_found', 'No ticket has this id.');
  return ticket;
}

/** Where a ticket's thread goes on: what it was merged into, and the newest follow-up of what is closed. */
async function lastOf(scope: Scope, from: Ticket): Promise<Ticket> {
  let ticket = from;
  for (let hop = 0; hop < maxHops; hop++) {
    const next =
      ticket.mergedInto ?? (ticket.status === 'closed' ? await newestFollowUp(scope, ticket.id) : undefined);
    if (!next) break;
    ticket = await locked(scope, next);
  }
  return ticket;
}

async function newestFollowUp({ tx, workspace }: Scope, ticketId: string): Promise<string | undefined> {
  const row = await tx
    .selectFrom('tickets')
    .select('id')
    .where('workspaceId', '=', workspace.id)
    .where('followUpOf', '=', ticketId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

async function followUp(
  scope: Scope,
  { id, subject, customerId, channel }: Ticket,
  body: string,
  { blocked, gone }: { blocked: boolean; gone: boolean },
): Promise<{ ticketId: string; messageId: string }> {
  const { tx, workspace, ids, now } = scope;
  const opened = { ticketId: ids('tkt'), messageId: ids('msg') };
  await openTicket(tx, workspace.id, {
    id: opened.ticketId,
    messageId: opened.messageId,
    subject,
    body,
    customerId: gone ? null : customerId,
    channel,
    wallet: null,
    eventId: ids('evt'),
    actor: 'customer',
    status: blocked ? 'spam' : 'open',
    followUpOf: id,
    now,
  });
  await setParticipants(scope, opened.ticketId, await participantsOf(tx, workspace.id, id));
  return opened;
}
