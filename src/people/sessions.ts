/** Sessions, and who is behind a request. */
import { PosternError } from '../kernel/errors.ts';
import type { Database } from '../store/database.ts';
import type { MemberRole } from '../store/schema.ts';
import type { Auth } from './auth.ts';

/** The catalogue's caller that is a member. */
export interface MemberCaller {
  kind: 'operator';
  /** The user's id. */
  id: string;
  role: MemberRole;
}

export interface CallerPorts {
  db: Database;
  auth: Auth;
}

/**
 * Who calls, by the cookie of a session, in a workspace. Session and membership are read anew for each call: what was
 * revoked or removed is refused at once. A face that takes cookies asks `sameOrigin` before it lets a write through.
 * @throws {PosternError} `unauthorized` without a session; `not_permitted` where the user is no member, and where there
 * is no such workspace
 */
export async function callerOf(
  { db, auth }: CallerPorts,
  headers: Headers,
  slug: string,
): Promise<MemberCaller> {
  const userId = (await auth.api.getSession({ headers }))?.user.id;
  if (userId === undefined) throw new PosternError('unauthorized', 'Sign in first.');
  const member = await db
    .selectFrom('members')
    .innerJoin('workspaces', 'workspaces.id', 'members.workspaceId')
    .select('members.role')
    .where('workspaces.slug', '=', slug)
    .where('members.userId', '=', userId)
    .executeTakeFirst();
  if (!member) throw new PosternError('not_permitted', 'You are no member of a workspace of that address.');
  return { kind: 'operator', id: userId, role: member.role };
}

/** What a user's session is known by; the token stays inside. */
export interface UserSession {
  id: string;
  createdAt: Date;
  expiresAt: Date;
  ipAddress: string | null;
  userAgent: string | null;
}

/** Sessions of a user that still run, the newest first. */
export const sessionsOf = (db: Database, userId: string, now: Date): Promise<UserSession[]> =>
  db
    .selectFrom('sessions')
    .select(['id', 'createdAt', 'expiresAt', 'ipAddress', 'userAgent'])
    .where('userId', '=', userId)
    .where('expiresAt', '>', now)
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .execute();

/** Ends all sessions of a user. @returns how many there were. */
export async function revokeSessions(db: Database, userId: string): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('sessions').where('userId', '=', userId).executeTakeFirst();
  return Number(numDeletedRows);
}
