/** How good was our help? Asked by mail once a resolution, answered on a page that needs no account. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import type { Tx } from '../../store/database.ts';
import { record } from '../tickets/history.ts';
import { findTicket } from '../tickets/tickets.ts';

export type Score = 'good' | 'bad';

/** What a customer answered. */
export interface Answer {
  score: Score;
  comment: string | null;
}

export interface Rating {
  id: string;
  ticketId: string;
  endsAt: Date;
  score: Score | null;
  comment: string | null;
  ratedAt: Date | null;
}

const dayMs = 86_400_000;
/** So long after it was asked for an answer is taken. */
export const answerMs = 30 * dayMs;
/** And so long after the first it can be changed. */
export const changeMs = 7 * dayMs;

/** Makes the link's token, and knows it again: only who has the key can make one. */
export interface RatingTokens {
  tokenOf(workspaceId: string, ratingId: string): string;
  /** The rating's id, if the token is one of this workspace's. */
  read(workspaceId: string, token: string): string | undefined;
}

/** @param key 32 bytes, for this alone */
export function ratingTokens(key: Uint8Array): RatingTokens {
  const sign = (workspaceId: string, ratingId: string): Buffer =>
    createHmac('sha256', key).update(`rating ${workspaceId} ${ratingId}`).digest().subarray(0, 16);
  return {
    tokenOf: (workspaceId, ratingId) => `${ratingId}.${sign(workspaceId, ratingId).toString('base64url')}`,
    read(workspaceId, token) {
      const [id, signature, ...more] = token.split('.');
      if (!isId('rat', id) || signature === undefined || more.length > 0) return undefined;
      const said = Buffer.from(signature, 'base64url');
      const expected = sign(workspaceId, id);
      return said.length === expected.length && timingSafeEqual(said, expected) ? id : undefined;
    },
  };
}

const columns = ['id', 'ticketId', 'endsAt', 'score', 'comment', 'ratedAt'] as const;

/** Whether an answer is still taken. */
export const takesAnswer = ({ endsAt }: Pick<Rating, 'endsAt'>, now: Date): boolean => now < endsAt;

export const findRating = (tx: Tx, workspaceId: string, id: string): Promise<Rating | undefined> =>
  tx
    .selectFrom('ratings')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst();

/**
 * Writes an answer down, the first or another one. What is so already is no change.
 * @throws {PosternError} `not_found`; `conflict` where no answer is taken any more.
 */
export async function rate(scope: Scope, ratingId: string, { score, comment }: Answer): Promise<Rating> {
  const { tx, workspace, now } = scope;
  // The ticket first, as an erasure has it: what comes after one finds no answer taken.
  const known = await findRating(tx, workspace.id, ratingId);
  if (!known) throw new PosternError('not_found');
  await sql`select from tickets where workspace_id = ${workspace.id} and id = ${known.ticketId} for update`.execute(
    tx,
  );
  const before = await tx
    .selectFrom('ratings')
    .select(columns)
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', ratingId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (!takesAnswer(before, now)) throw new PosternError('conflict', 'No answer is taken any more.');
  if (before.score === score && before.comment === comment) return before;
  const ends = before.ratedAt ? before.endsAt : new Date(now.getTime() + changeMs);
  const after = { ...before, score, comment, ratedAt: before.ratedAt ?? now, endsAt: ends };
  await tx
    .updateTable('ratings')
    .set({ score, comment, ratedAt: after.ratedAt, endsAt: ends })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', ratingId)
    .execute();
  const ticket = (await findTicket(tx, workspace.id, before.ticketId))!;
  await record(scope, {
    ticketId: ticket.id,
    kind: 'ticket.updated',
    actor: 'customer',
    // Not what they wrote: history keeps no second copy of it.
    changes: { satisfaction: { from: before.score, to: score } },
    version: ticket.version,
  });
  return after;
}

/** The newest answer about a ticket, as members see it. */
export async function satisfactionOf(
  tx: Tx,
  workspaceId: string,
  ticketId: string,
): Promise<{ score: Score; comment: string | null; ratedAt: string } | null> {
  const row = await tx
    .selectFrom('ratings')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('ticketId', '=', ticketId)
    .where('ratedAt', 'is not', null)
    .orderBy('ratedAt', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (!row) return null;
  return { score: row.score!, comment: row.comment, ratedAt: row.ratedAt!.toISOString() };
}
