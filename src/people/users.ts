/** Users: whoever can sign in. They belong to no workspace; members.ts says what they may do in one. */
import { hash } from 'node:crypto';
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { asSystem, type Database } from '../store/database.ts';
import { addMember } from './members.ts';

/** How long a mailed or printed sign-in address works. */
export const signInMinutes = 15;

/** As it is stored: whoever reads the database cannot sign in with it. */
export const hashToken = (token: string): string => hash('sha256', token, 'base64url');

/** Where a token signs in: a page that asks first, for mail scanners follow every link. */
export const signInUrl = (publicUrl: string, token: string): string =>
  `${publicUrl}/sign-in?token=${encodeURIComponent(token)}`;

export interface OneTimePorts {
  db: Database;
  ids: Ids;
  publicUrl: string;
}

/**
 * An address that signs the user in, once, within `signInMinutes`. It is the house's: whoever can run this can read the
 * database.
 * @throws {PosternError} `not_found`
 */
export async function oneTimeSignIn(ports: OneTimePorts, userId: string, now: Date): Promise<string> {
  const user = await ports.db.selectFrom('users').select('email').where('id', '=', userId).executeTakeFirst();
  if (!user) throw new PosternError('not_found', 'No user has this id.');
  return signInOf(ports, user.email, now);
}

/** The same for an address that has an account, or an invitation that makes one. Asks for neither. */
export async function signInOf(
  { db, ids, publicUrl }: OneTimePorts,
  email: string,
  now: Date,
): Promise<string> {
  const token = ids('tok');
  await db
    .insertInto('verifications')
    .values({
      id: ids('vrf'),
      identifier: hashToken(token),
      value: JSON.stringify({ email: email.toLowerCase() }),
      expiresAt: new Date(now.getTime() + signInMinutes * 60_000),
      createdAt: now,
      updatedAt: now,
    })
    .execute();
  return signInUrl(publicUrl, token);
}

/** The user of an address. */
export const findUser = (db: Database, email: string) =>
  db
    .selectFrom('users')
    .select(['id', 'name', 'email'])
    .where('email', '=', email.toLowerCase())
    .executeTakeFirst();

/** Makes sure that the workspace has this owner. @returns the user's id. */
export function seedOwner(
  db: Database,
  ids: Ids,
  workspaceId: string,
  { email, name, now }: { email: string; name: string; now: Date },
): Promise<string> {
  // Users belong to no workspace.
  return asSystem(db, async (tx) => {
    await tx
      .insertInto('users')
      .values({ id: ids('usr'), email, name, createdAt: now, updatedAt: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { id } = await tx
      .selectFrom('users')
      .select('id')
      .where('email', '=', email)
      .executeTakeFirstOrThrow();
    await addMember(tx, workspaceId, { userId: id, email, name, role: 'owner', now });
    return id;
  });
}
