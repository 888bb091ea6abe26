import { type Selectable, sql } from 'kysely';
import type { Caller, Scope } from '../../catalogue/operation.ts';
import { assert, PosternError } from '../../kernel/errors.ts';
import type { Tx } from '../../store/database.ts';
import type { TicketTable } from '../../store/schema.ts';
import { ticketChanged } from './history.ts';

export type Ticket = Omit<
  Selectable<TicketTable>,
  'workspaceId' | 'firstResponseMissedAt' | 'resolutionMissedAt'
>;
export type TicketStatus = Ticket['status'];

export interface Message {
  id: string;
  /** Where it was said. */
  ticketId: string;
  author: 'customer' | 'operator' | 'agent' | 'house';
  authorId: string | null;
  visibility: 'public' | 'note';
  body: string;
  createdAt: Date;
}

const columns = [
  'id',
  'number',
  'subject',
  'status',
  'customerId',
  'channel',
  'wallet',
  'version',
  'threadVersion',
  'priority',
  'tags',
  'assigneeId',
  'teamId',
  'snoozedUntil',
  'openedToAgents',
  'mailbox',
  'firstResponseDueAt',
  'firstRespondedAt',
  'resolutionDueAt',
  'resolvedAt',
  'closedAt',
  'mergedInto',
  'followUpOf',
  'createdAt',
  'updatedAt',
] as const;

/** Who a caller is as the author of a message. */
export function authorOf(caller: Caller): Pick<Message, 'author' | 'authorId'> {
  switch (caller.kind) {
    case 'wallet':
      return { author: 'agent', authorId: caller.address };
    case 'credential':
      return { author: 'agent', authorId: caller.id };
    case 'operator':
      return { author: 'operator', authorId: caller.id };
    case 'house':
      return { author: 'house', authorId: caller.id };
    case 'anonymous':
      return { author: 'customer', authorId: null };
  }
}

/** Whether the ticket still takes replies. */
export const isOpen = (ticket: { status: TicketStatus }): boolean =>
  ticket.status === 'open' || ticket.status === 'pending' || ticket.status === 'snoozed';

/**
 * What was merged away stays as it is. A stranger, who may have opened it, is not told where it went.
 * @throws {PosternError} `conflict`, for others with the ticket that it went to.
 */
export function refuseMerged({ caller }: Pick<Scope, 'caller'>, { mergedInto }: Ticket): void {
  if (mergedInto === null) return;
  if (caller.kind === 'wallet' || caller.kind === 'anonymous')
    throw new PosternError('conflict', 'The ticket is closed; it takes no changes.');
  throw new PosternError('conflict', 'This ticket was merged into another one; go on there.', { mergedInto });
}

/** A query of the workspace's tickets, to be narrowed. */
export const ticketsOf = (tx: Tx, workspaceId: string) =>
  tx.selectFrom('tickets').select(columns).where('workspaceId', '=', workspaceId);

export const findTicket = (tx: Tx, workspaceId: string, id: string): Promise<Ticket | undefined> =>
  ticketsOf(tx, workspaceId).where('id', '=', id).executeTakeFirst();

/** Finds and locks: nobody changes the ticket before this transaction ends. */
export const lockTicket = (tx: Tx, workspaceId: string, id: string): Promise<Ticket | undefined> =>
  ticketsOf(tx, workspaceId).where('id', '=', id).forUpdate().executeTakeFirst();

/** By the number that people use. */
export const findTicketByNumber = (
  tx: Tx,
  workspaceId: string,
  number: bigint,
): Promise<Ticket | undefined> => ticketsOf(tx, workspaceId).where('number', '=', number).executeTakeFirst();

/** The ticket if this wallet opened it. Someone else's ticket and none at all are the same answer. */
export const findTicketOfWallet = (
  tx: Tx,
  workspaceId: string,
  wallet: string,
  id: string,
): Promise<Ticket | undefined> =>
  ticketsOf(tx, workspaceId).where('id', '=', id).where('wallet', '=', wallet).executeTakeFirst();

/** Last changed first. */
export const newestTickets = (tx: Tx, workspaceId: string, limit: number): Promise<Ticket[]> =>
  ticketsOf(tx, workspaceId).orderBy('updatedAt', 'desc').orderBy('id').limit(limit).execute();

/**
 * The next `count` ticket numbers of the workspace. Numbers have no gaps, so the workspace's row stays locked until
 * the transaction ends: take them late.
 * @returns the first of them.
 */
export async function takeTicketNumbers(tx: Tx, workspaceId: string, count: number): Promise<bigint> {
  const row = await tx
    .updateTable('workspaces')
    .set({ nextTicketNumber: sql<bigint>`next_ticket_number + ${count}::int8` })
    .where('id', '=', workspaceId)
    .returning('nextTicketNumber')
    .executeTakeFirst();
  assert(row, `workspace ${workspaceId} exists`);
  return row.nextTicketNumber - BigInt(count);
}

/**
 * Opens a ticket with its first message, written by the customer or, where a wallet opens it, by that agent, unless
 * `author` says otherwise. One statement:
 * until the transaction ends nobody else of the workspace gets a number.
 */
export async function openTicket(
  tx: Tx,
  workspaceId: string,
  ticket: {
    id: string;
    messageId: string;
    subject: string;
    body: string;
    customerId: string | null;
    channel: Ticket['channel'];
    wallet: string | null;
    /** Of its first event. */
    eventId: string;
    /** As history names who opened it. */
    actor: string;
    now: Date;
    author?: Pick<Message, 'author' | 'authorId'>;
    status?: TicketStatus;
    followUpOf?: string;
  },
): Promise<{ number: bigint; status: TicketStatus }> {
  const { id, messageId, subject, body, customerId, channel, wallet, eventId, actor, now } = ticket;
  const { author, authorId } = ticket.author ?? { author: wallet ? 'agent' : 'customer', authorId: wallet };
  const { status = 'open', followUpOf = null } = ticket;
  const { rows } = await sql<{ number: bigint; status: TicketStatus }>`
    with numbered as (
      update workspaces set next_ticket_number = next_ticket_number + 1 where id = ${workspaceId}
      returning next_ticket_number - 1 as number
    ), opened as (
      insert into tickets (workspace_id, id, number, subject, status, customer_id, channel, wallet, follow_up_of,
        created_at, updated_at)
      select ${workspaceId}, ${id}, number, ${subject}, ${status}, ${customerId}, ${channel}, ${wallet}, ${followUpOf},
        ${now}, ${now}
      from numbered returning number, status
    ), said as (
      insert into messages (workspace_id, ticket_id, id, author, author_id, visibility, body, created_at)
      select ${workspaceId}, ${id}, ${messageId}, ${author}, ${authorId}, 'public', ${body}, ${now} from opened
    ), told as (
      insert into ticket_events (workspace_id, id, ticket_id, kind, actor, version)
      select ${workspaceId}, ${eventId}, ${id}, 'ticket.created', ${actor}, 1 from opened
    )
    select number, status, pg_notify('postern', ${ticketChanged(workspaceId, id)}) from opened`.execute(tx);
  assert(rows[0], `workspace ${workspaceId} exists`);
  return rows[0];
}

/** A query for the ids of a ticket and of all that was merged into it, directly or on the way. */
export const threadOf = (workspaceId: string, ticketId: string) => sql<string>`(
  with recursive thread (id) as (
    select ${ticketId}::text
    union all
    select t.id from tickets t join thread on t.merged_into = thread.id where t.workspace_id = ${workspaceId}
  ) select id from thread)`;

/**
 * The newest messages of a ticket, oldest of them first. `publicOnly` leaves out the operators' notes. `merged`: with those of
 * tickets that were merged into it, which are for members alone: who sees one ticket need not see the other.
 */
export async function newestMessages(
  tx: Tx,
  workspaceId: string,
  ticketId: string,
  options: { limit: number; publicOnly: boolean; merged?: boolean },
): Promise<Message[]> {
  let query = tx
    .selectFrom('messages')
    .select(['id', 'ticketId', 'author', 'authorId', 'visibility', 'body', 'createdAt'])
    .where('workspaceId', '=', workspaceId)
    .where('ticketId', 'in', options.merged ? threadOf(workspaceId, ticketId) : [ticketId]);
  if (options.publicOnly) query = query.where('visibility', '=', 'public');
  const rows = await query.orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(options.limit).execute();
  return rows.reverse();
}

/** The last that a person, or an agent, wrote in public on the ticket. */
export const lastWord = ({ tx, workspace }: Scope, ticket: Pick<Ticket, 'id'>) =>
  tx
    .selectFrom('messages')
    .select(['author', 'authorId', 'createdAt'])
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', ticket.id)
    .where('visibility', '=', 'public')
    // That it arrived is no word, nor is what rules write.
    .where('author', '<>', 'house')
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
