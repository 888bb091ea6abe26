/** A new server has no one who could sign in. Whoever reads what it prints makes the first workspace, and owns it. */
import { sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { addMember } from '../people/members.ts';
import { findUser, hashToken, signInOf } from '../people/users.ts';
import { audit } from '../store/audit.ts';
import { asSystem, type Database, type Tx } from '../store/database.ts';
import { email as emailField, line } from './fields.ts';
import { createWorkspace } from './workspaces.ts';

/** How long a printed setup address works. */
export const setupHours = 24;

/** Apart from what signs in: neither is good for the other. */
const prefix = 'setup:';
const identifierOf = (token: string): string => `${prefix}${hashToken(token)}`;

/** Whether somebody owns a workspace here. */
export async function hasOwner(db: Database): Promise<boolean> {
  const row = await db
    .selectFrom('members')
    .select('userId')
    .where('role', '=', 'owner')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export interface SetupPorts {
  db: Database;
  ids: Ids;
  /** What the outside calls this server. */
  publicUrl: string;
}

/** An address at which the first owner sets the server up, once; undefined where there is an owner. Kept as a hash. */
export async function setupAddress(
  { db, ids, publicUrl }: SetupPorts,
  now: Date,
): Promise<string | undefined> {
  if (await hasOwner(db)) return undefined;
  const token = ids('tok');
  await db
    .insertInto('verifications')
    .values({
      id: ids('vrf'),
      identifier: identifierOf(token),
      value: '{}',
      expiresAt: new Date(now.getTime() + setupHours * 3_600_000),
      createdAt: now,
      updatedAt: now,
    })
    .execute();
  return `${publicUrl}/setup?token=${encodeURIComponent(token)}`;
}

/** Whether a token still sets this server up. */
export async function isSetupToken(db: Database, token: string, now: Date): Promise<boolean> {
  const row = await db
    .selectFrom('verifications')
    .select('id')
    .where('identifier', '=', identifierOf(token))
    .where('expiresAt', '>', now)
    .executeTakeFirst();
  return row !== undefined && !(await hasOwner(db));
}

/** What the first owner says. */
export interface FirstOwner {
  token: string;
  name: string;
  email: string;
  slug: string;
  workspaceName: string;
}

/**
 * Makes the first workspace and its owner.
 * @returns an address that signs the owner in, once. @throws {PosternError} `not_permitted` for a token that is used,
 * expired or none, and where there is an owner already; `invalid_arguments`; `conflict`. Then the token is still good.
 */
export async function makeFirstOwner(ports: SetupPorts, owner: FirstOwner, now: Date): Promise<string> {
  const { db, ids } = ports;
  const name = checked('Your name', line(200), owner.name);
  const email = checked('Your address', emailField, owner.email).toLowerCase();
  const workspaceName = checked('The desk’s name', line(200), owner.workspaceName);
  // It is about no workspace yet.
  await asSystem(db, async (tx) => {
    // Whoever else sets up at this moment waits, and then finds an owner.
    await sql`select pg_advisory_xact_lock(hashtextextended('postern.setup', 0))`.execute(tx);
    if (!(await isSetupToken(tx, owner.token, now)))
      throw new PosternError('not_permitted', 'This address was used, has expired, or never was one.');
    if (await findUser(tx, email))
      throw new PosternError('conflict', 'This address has an account: sign in with it, or use another.');
    const { id: workspaceId } = await createWorkspace(tx, ids, { slug: owner.slug, name: workspaceName });
    await addOwner(tx, ids, { workspaceId, name, email, now });
    await tx.deleteFrom('verifications').where('identifier', 'like', `${prefix}%`).execute();
  });
  return signInOf(ports, email, now);
}

async function addOwner(
  tx: Tx,
  ids: Ids,
  { workspaceId, name, email, now }: { workspaceId: string; name: string; email: string; now: Date },
): Promise<void> {
  const userId = ids('usr');
  await tx.insertInto('users').values({ id: userId, name, email, createdAt: now, updatedAt: now }).execute();
  await addMember(tx, workspaceId, { userId, name, email, role: 'owner', now });
  await audit(tx, ids, {
    workspaceId,
    actor: `operator:${userId}`,
    action: 'member.joined',
    subject: userId,
    reason: 'set the server up',
    details: { email, role: 'owner' },
  });
}

function checked(what: string, schema: ReturnType<typeof line> | typeof emailField, value: string): string {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PosternError('invalid_arguments', `${what}: ${parsed.error.issues[0]!.message}.`);
}
