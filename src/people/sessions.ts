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

/** A member, and the workspace that they were asked about. */
export interface Member {
  caller: MemberCaller;
  workspace: { id: string; slug: string; name: string };
}

/**
 * Who calls, by the cookie of a session, in a workspace. Session and membership are read anew for each call: what was
 * revoked or removed is refused at once. A face that takes cookies asks `sameOrigin` before it lets a write through.
 * @throws {PosternError} `unauthorized` without a session; `not_permitted` where the user is no member, and where there
 * is no such workspace
 */
export async function memberOf({ db, auth }: CallerPorts, headers: Headers, slug: string): Promise<Member> {
  const { id: userId } = await userOf(auth, headers);
  const found = await membershipsOf(db, userId).where('workspaces.slug', '=', slug).executeTakeFirst();
  if (!found) throw new PosternError('not_permitted', 'You are no member of a workspace of that address.');
  const { role, ...workspace } = found;
  return { caller: { kind: 'operator', id: userId, role }, workspace };
}

/** `memberOf` without the workspace. @throws {PosternError} as there */
export const callerOf = async (ports: CallerPorts, headers: Headers, slug: string): Promise<MemberCaller> =>
  (await memberOf(ports, headers, slug)).caller;

/** Who is signed in, and where they work. */
export interface SignedIn {
  user: { id: string; name: string; email: string };
  workspaces: { id: string; slug: string; name: string; role: MemberRole }[];
}

/** @throws {PosternError} `unauthorized` without a session */
export async function signedInBy({ db, auth }: CallerPorts, headers: Headers): Promise<SignedIn> {
  const { id, name, email } = await userOf(auth, headers);
  const workspaces = await membershipsOf(db, id).orderBy('workspaces.slug').execute();
  return { user: { id, name, email }, workspaces };
}

async function userOf(auth: Auth, headers: Headers) {
  const user = (await auth.api.getSession({ headers }))?.user;
  if (!user) throw new PosternError('unauthorized', 'Sign in first.');
  return user;
}

const membershipsOf = (db: Database, userId: string) =>
  db
    .selectFrom('members')
    .innerJoin('workspaces', 'workspaces.id', 'members.workspaceId')
    .select(['workspaces.id', 'workspaces.slug', 'workspaces.name', 'members.role'])
    .where('members.userId', '=', userId);

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
