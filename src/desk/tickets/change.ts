/** How a ticket changes: locked, held to the version that the caller saw, and written into its history. */
import { sql, type Updateable } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { TicketTable } from '../../store/schema.ts';
import { record } from './history.ts';
import { lockTicket, type Message, refuseMerged, type Ticket } from './tickets.ts';

/** What may change beside the thread. What is left out stays. */
export type TicketChange = Partial<
  Pick<
    Ticket,
    | 'subject'
    | 'status'
    | 'priority'
    | 'tags'
    | 'assigneeId'
    | 'teamId'
    | 'snoozedUntil'
    | 'openedToAgents'
    | 'customerId'
    | 'firstResponseDueAt'
    | 'resolutionDueAt'
    | 'mergedInto'
  >
>;

/**
 * The ticket, locked until the transaction ends. `version`: the one that the caller saw, where it says so.
 * @throws {PosternError} `not_found`; `conflict` with the version that it has now.
 */
export async function lockSeen(scope: Scope, id: string, version?: number): Promise<Ticket> {
  const { tx, workspace } = scope;
  const ticket = await lockTicket(tx, workspace.id, id);
  if (!ticket) throw new PosternError('not_found', 'No ticket has this id.');
  refuseMerged(scope, ticket);
  if (version !== undefined && version !== ticket.version)
    throw new PosternError('conflict', 'The ticket has changed since you read it; read it again.', {
      version: ticket.version,
    });
  return ticket;
}

/**
 * Holds who answers a thread to the version that they read. A version that has not been yet would hold them to nothing.
 * @param said the argument that says it @throws {PosternError} `invalid_arguments`; `conflict` where the thread has moved since
 */
export function refuseMoved(ticket: Ticket, seen: number, said: string, message: string): void {
  const { version, threadVersion } = ticket;
  if (seen > version)
    throw new PosternError('invalid_arguments', `${said}: the ticket is at version ${version} yet.`);
  if (threadVersion > seen) throw new PosternError('conflict', message, { version });
}

/**
 * Changes a ticket. What is already so is no change; without one nothing is written, and the version stays.
 * @returns the ticket as it is then. @throws {PosternError} `not_found`, `conflict`, `invalid_arguments`
 */
export async function changeTicket(
  scope: Scope,
  id: string,
  change: TicketChange,
  { version }: { version?: number } = {},
): Promise<Ticket> {
  return applyChange(scope, await lockSeen(scope, id, version), change);
}

/** The same to a ticket that the transaction has locked. */
export async function applyChange(scope: Scope, ticket: Ticket, change: TicketChange): Promise<Ticket> {
  refuseMerged(scope, ticket);
  const changed = differences(ticket, whole(change));
  if (Object.keys(changed).length === 0) return ticket;
  const after = await write(scope, ticket, stamped(ticket, changed, scope.now));
  await record(scope, {
    ticketId: ticket.id,
    kind: 'ticket.updated',
    changes: told(ticket, changed),
    version: after.version,
  });
  return after;
}

/**
 * Adds a message or a note to a ticket that the transaction has locked: the thread moves, and every answer that was
 * prepared on an earlier version is stale from here on.
 */
export async function addToThread(
  scope: Scope,
  ticket: Ticket,
  message: Pick<Message, 'author' | 'authorId' | 'visibility' | 'body'>,
  change: TicketChange = {},
): Promise<{ messageId: string; ticket: Ticket }> {
  refuseMerged(scope, ticket);
  const { tx, workspace, ids, now } = scope;
  const messageId = ids('msg');
  await tx
    .insertInto('messages')
    .values({ workspaceId: workspace.id, ticketId: ticket.id, id: messageId, ...message, createdAt: now })
    .execute();
  const changed = differences(ticket, whole(change));
  const answers =
    message.visibility === 'public' && (message.author === 'operator' || message.author === 'agent');
  const first = answers && ticket.channel !== 'operator' && !ticket.firstRespondedAt;
  const after = await write(scope, ticket, {
    ...stamped(ticket, changed, now),
    threadVersion: sql<number>`version + 1`,
    // Where a wallet opened the ticket its agent answers itself, which is no response of ours.
    ...(first && message.authorId !== ticket.wallet ? { firstRespondedAt: now } : {}),
  });
  const { author, visibility } = message;
  await record(scope, {
    ticketId: ticket.id,
    kind: 'message.created',
    changes: { messageId, author, visibility, ...told(ticket, changed) },
    version: after.version,
    ...(author === 'customer' ? { actor: 'customer' } : {}),
  });
  return { messageId, ticket: after };
}

/** A snooze ends with its status, and a status that is not one has no end. */
function whole(change: TicketChange): TicketChange {
  if (change.status === 'snoozed' && !change.snoozedUntil)
    throw new PosternError('invalid_arguments', 'A snoozed ticket needs a time to come back at.');
  if (change.snoozedUntil) return { ...change, status: 'snoozed' };
  return change.status === undefined ? change : { ...change, snoozedUntil: null };
}

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(plain(a)) === JSON.stringify(plain(b));

function differences(ticket: Ticket, change: TicketChange): TicketChange {
  const fields = Object.entries(change).filter(
    ([field, value]) => value !== undefined && !same(value, ticket[field as keyof Ticket]),
  );
  return Object.fromEntries(fields) as TicketChange;
}

/** What a status says of when it was reached. */
function stamped(ticket: Ticket, change: TicketChange, now: Date): Updateable<TicketTable> {
  if (change.status === undefined) return change;
  const done = change.status === 'resolved' || change.status === 'closed';
  return {
    ...change,
    resolvedAt: done ? (ticket.resolvedAt ?? now) : null,
    closedAt: change.status === 'closed' ? now : null,
  };
}

const told = (ticket: Ticket, changed: TicketChange): JsonObject =>
  Object.fromEntries(
    Object.entries(changed).map(([field, to]) => [
      field,
      { from: plain(ticket[field as keyof Ticket]), to: plain(to) },
    ]),
  );

async function write(
  { tx, workspace, now }: Scope,
  ticket: Ticket,
  change: Record<string, unknown>,
): Promise<Ticket> {
  await tx
    .updateTable('tickets')
    .set({ ...(change as Updateable<TicketTable>), version: sql<number>`version + 1`, updatedAt: now })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', ticket.id)
    .execute();
  return (await lockTicket(tx, workspace.id, ticket.id))!;
}
