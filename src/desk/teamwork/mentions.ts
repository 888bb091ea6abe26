/** Members whom a note names: they are told, and find it until they have seen it. */
import { type SqlBool, sql } from 'kysely';
import { actorOf, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { enqueue, isAddress, workspaceAddress } from '../../mail/outbox.ts';
import { record } from '../tickets/history.ts';
import type { Ticket } from '../tickets/tickets.ts';

export interface Mention {
  messageId: string;
  ticketId: string;
  number: bigint;
  subject: string;
  mentionedBy: string;
  createdAt: Date;
  seenAt: Date | null;
}

interface Named {
  userId: string;
  email: string;
}

/** Those members. @throws {PosternError} `invalid_arguments` for who is none: nobody else reads notes. */
export async function membersNamed({ tx, workspace }: Scope, userIds: readonly string[]): Promise<Named[]> {
  if (userIds.length === 0) return [];
  const found = await tx
    .selectFrom('members')
    .select(['userId', 'email'])
    .where('workspaceId', '=', workspace.id)
    .where('userId', 'in', userIds)
    .orderBy('userId')
    .execute();
  const missing = userIds.find((id) => !found.some(({ userId }) => userId === id));
  if (missing !== undefined)
    throw new PosternError('invalid_arguments', `mentions: no member has the id ${JSON.stringify(missing)}.`);
  return found;
}

/** Writes down whom a note names, and mails to them; not to who wrote it. */
export async function mention(
  scope: Scope,
  ticket: Ticket,
  messageId: string,
  named: readonly Named[],
): Promise<void> {
  if (named.length === 0) return;
  const { tx, workspace, caller, now } = scope;
  await tx
    .insertInto('mentions')
    .values(
      named.map(({ userId }) => ({
        workspaceId: workspace.id,
        messageId,
        userId,
        mentionedBy: actorOf(caller),
        createdAt: now,
      })),
    )
    .execute();
  await record(scope, {
    ticketId: ticket.id,
    kind: 'ticket.updated',
    changes: { mentions: { from: [], to: named.map(({ userId }) => userId) }, messageId },
    version: ticket.version,
  });
  for (const { userId, email } of named)
    if (!('id' in caller && caller.id === userId) && isAddress(email)) await notify(scope, ticket, email);
}

/** No word of the ticket's: the mail lies in a mailbox that no erasure reaches, and stands in no customer's thread. */
function notify({ tx, workspace, ids, now }: Scope, { number }: Ticket, email: string): Promise<void> {
  const mailFrom = workspaceAddress(workspace.slug);
  return enqueue(tx, {
    workspaceId: workspace.id,
    id: ids('out'),
    ticketId: null,
    messageId: `<${ids('msg')}@${mailFrom.split('@')[1]}>`,
    mailFrom,
    rcptTo: email,
    subject: `You were mentioned on ticket #${number}`,
    body: `A note on ticket #${number} of ${workspace.name} mentions you.\n`,
    headers: { 'Auto-Submitted': 'auto-generated' },
    createdAt: now,
  });
}

/** Of one member, the newest first. `below`: the place that a page ended at. */
export async function listMentions(
  { tx, workspace }: Scope,
  userId: string,
  {
    unseen,
    limit,
    below,
  }: { unseen: boolean; limit: number; below?: { at: string; id: string } | undefined },
): Promise<(Mention & { exactly: string })[]> {
  let query = tx
    .selectFrom('mentions')
    .innerJoin('messages', (join) =>
      join
        .onRef('messages.workspaceId', '=', 'mentions.workspaceId')
        .onRef('messages.id', '=', 'mentions.messageId'),
    )
    .innerJoin('tickets', (join) =>
      join
        .onRef('tickets.workspaceId', '=', 'messages.workspaceId')
        .onRef('tickets.id', '=', 'messages.ticketId'),
    )
    .select([
      'mentions.messageId',
      'tickets.id as ticketId',
      'tickets.number',
      'tickets.subject',
      'mentions.mentionedBy',
      'mentions.createdAt',
      'mentions.seenAt',
    ])
    // To the microsecond, which a Date does not hold.
    .select(sql<string>`(mentions.created_at at time zone 'UTC')::text`.as('exactly'))
    .where('mentions.workspaceId', '=', workspace.id)
    .where('mentions.userId', '=', userId);
  if (unseen) query = query.where('mentions.seenAt', 'is', null);
  if (below)
    query = query.where(
      sql<SqlBool>`(mentions.created_at, mentions.message_id)
        < (${below.at}::timestamp at time zone 'UTC', ${below.id})`,
    );
  return query
    .orderBy('mentions.createdAt', 'desc')
    .orderBy('mentions.messageId', 'desc')
    .limit(limit)
    .execute();
}

/** How many of one member's they have not seen. */
export async function countUnseen({ tx, workspace }: Scope, userId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('mentions')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('workspaceId', '=', workspace.id)
    .where('userId', '=', userId)
    .where('seenAt', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
}

/** @returns how many were unseen. Others' mentions, and none at all, are the same answer. */
export async function markSeen(
  { tx, workspace, now }: Scope,
  userId: string,
  messageIds: readonly string[],
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('mentions')
    .set({ seenAt: now })
    .where('workspaceId', '=', workspace.id)
    .where('userId', '=', userId)
    .where('messageId', 'in', messageIds)
    .where('seenAt', 'is', null)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
