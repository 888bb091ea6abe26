/** Credentials of the workspace's own agents: what `Authorization: Bearer mcp_…` stands for at the second door. */
import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import { randomSecret } from '../kernel/ids.ts';
import { audit } from '../store/audit.ts';
import type { Database, Tx } from '../store/database.ts';
import type { Changer } from './members.ts';

/** A secret begins so, for people and for scanners of leaked secrets. */
export const secretPrefix = 'mcp_';

/** Replies a day where an admin says nothing else. */
export const defaultDailyReplies = 100;

/** A credential as admins see it; the secret is in none. */
export interface Credential {
  id: string;
  name: string;
  dailyReplies: number;
  /** On the day that it is now in the workspace's time zone. */
  repliesToday: number;
  /** Tools that it was raised to, by name. */
  granted: string[];
  createdBy: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

/** The catalogue's caller that is a credential. */
export interface CredentialCaller {
  kind: 'credential';
  id: string;
  granted: readonly string[];
}

/** Who calls at the second door, and where. */
export interface Authenticated {
  workspace: { id: string; slug: string; name: string };
  caller: CredentialCaller;
}

/**
 * One round of SHA-256 is enough: what it hides is 256 random bits, which nobody tries through, where a slow hash is for
 * passwords that people think up. A secret is looked up by it, so nothing is compared that time could tell of.
 */
const hashOf = (secret: string): string => hash('sha256', secret);

/** How long the time of the last use may lag. */
const usedLagMs = 60_000;

/**
 * Who presents this secret, as of now: nothing is kept from one call to the next. Whatever it is that is not good, missing,
 * malformed, unknown or revoked, one query says so, and the same one. Over all workspaces, for the secret says which.
 */
export async function authenticate(
  db: Database,
  secret: string | undefined,
  now: Date,
): Promise<Authenticated | undefined> {
  const found = await db
    .selectFrom('credentials as c')
    .innerJoin('workspaces as w', 'w.id', 'c.workspaceId')
    .select(['c.id', 'c.lastUsedAt', 'c.revokedAt', 'c.workspaceId', 'w.slug', 'w.name'])
    .select(grantedTo('c'))
    .where('c.secretHash', '=', hashOf(secret ?? ''))
    .executeTakeFirst();
  if (!found || found.revokedAt) return undefined;
  const { id, workspaceId, slug, name, granted, lastUsedAt } = found;
  const stale = new Date(now.getTime() - usedLagMs);
  if (!lastUsedAt || lastUsedAt < stale)
    await db
      .updateTable('credentials')
      .set({ lastUsedAt: now })
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', id)
      .where((eb) => eb.or([eb('lastUsedAt', 'is', null), eb('lastUsedAt', '<', stale)]))
      .execute();
  return { workspace: { id: workspaceId, slug, name }, caller: { kind: 'credential', id, granted } };
}

const grantedTo = (credential: string) =>
  sql<string[]>`coalesce((select array_agg(tool order by tool) from credential_tools t
    where t.workspace_id = ${sql.ref(`${credential}.workspaceId`)}
      and t.credential_id = ${sql.ref(`${credential}.id`)}), '{}')`.as('granted');

/**
 * Asked again in the transaction that does what the credential called for. `lock`: it stays as it is until that ends, so
 * who revokes or withdraws waits for it, and afterwards nothing more comes of what was taken away.
 * @throws {PosternError} `unauthorized` where it was revoked since; `not_permitted` where a tool was withdrawn since
 */
export async function assertHolds(
  tx: Tx,
  workspaceId: string,
  { id, granted }: CredentialCaller,
  { lock }: { lock: boolean },
): Promise<void> {
  const row = tx
    .selectFrom('credentials')
    .select('revokedAt')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id);
  // Whatever else is written to the row passes by this lock, and so do calls at the same time.
  const held = await (lock ? row.forKeyShare() : row).executeTakeFirst();
  if (!held || held.revokedAt) throw new PosternError('unauthorized');
  if (granted.length === 0) return;
  const now = await toolsOf(tx, workspaceId, id);
  const gone = granted.filter((tool) => !now.includes(tool));
  if (gone.length > 0)
    throw new PosternError('not_permitted', `An admin has just withdrawn ${gone.join(', ')}.`);
}

async function toolsOf(tx: Tx, workspaceId: string, credentialId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('credentialTools')
    .select('tool')
    .where('workspaceId', '=', workspaceId)
    .where('credentialId', '=', credentialId)
    .execute();
  return rows.map(({ tool }) => tool);
}

/** The newest first. `after`: the id of the one before. */
export function listCredentials(
  tx: Tx,
  workspaceId: string,
  { limit, after, now }: { limit: number; after?: string | undefined; now: Date },
): Promise<Credential[]> {
  const rows = select(tx, workspaceId, now).orderBy('c.createdAt', 'desc').orderBy('c.id', 'desc');
  const page =
    after === undefined
      ? rows
      : rows.where(
          sql<boolean>`(c.created_at, c.id) < (select created_at, id from credentials
            where workspace_id = ${workspaceId} and id = ${after})`,
        );
  return page.limit(limit).execute();
}

/** @throws {PosternError} `not_found` */
export async function getCredential(tx: Tx, workspaceId: string, id: string, now: Date): Promise<Credential> {
  const found = await select(tx, workspaceId, now).where('c.id', '=', id).executeTakeFirst();
  if (!found) throw noSuch();
  return found;
}

const select = (tx: Tx, workspaceId: string, now: Date) =>
  tx
    .selectFrom('credentials as c')
    .innerJoin('deskSettings as s', 's.workspaceId', 'c.workspaceId')
    .leftJoin('credentialReplies as r', (join) =>
      join
        .onRef('r.workspaceId', '=', 'c.workspaceId')
        .onRef('r.credentialId', '=', 'c.id')
        .on(sql<boolean>`r.day >= (${now}::timestamptz at time zone s.time_zone)::date`),
    )
    .select(['c.id', 'c.name', 'c.dailyReplies', 'c.createdBy', 'c.createdAt', 'c.lastUsedAt', 'c.revokedAt'])
    .select((eb) => eb.fn.coalesce('r.replies', sql<number>`0`).as('repliesToday'))
    .select(grantedTo('c'))
    .where('c.workspaceId', '=', workspaceId);

const noSuch = () => new PosternError('not_found', 'No credential of this workspace has this id.');

/**
 * Makes a credential that may draft, and send nothing by itself.
 * @returns its id, and its secret, for this once. @throws {PosternError} `conflict` where the name is taken
 */
export async function createCredential(
  tx: Tx,
  workspaceId: string,
  { name, dailyReplies, now }: { name: string; dailyReplies: number; now: Date },
  by: Changer,
): Promise<{ id: string; secret: string }> {
  const id = by.ids('crd');
  const secret = `${secretPrefix}${randomSecret(32).toString('base64url')}`;
  const made = await tx
    .insertInto('credentials')
    .values({
      workspaceId,
      id,
      name,
      secretHash: hashOf(secret),
      dailyReplies,
      createdBy: by.actor,
      createdAt: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!made) throw new PosternError('conflict', 'A credential of this name is in use already.');
  await record(tx, workspaceId, 'credential.created', id, { name, dailyReplies }, by);
  return { id, secret };
}

/** One tool of one credential. */
export interface Grant {
  credentialId: string;
  tool: string;
}

/** Raises a credential to a tool; one that it has stays. @throws {PosternError} `not_found`; `conflict` where it is revoked */
export async function grantTool(
  tx: Tx,
  workspaceId: string,
  { credentialId, tool, now }: Grant & { now: Date },
  by: Changer,
): Promise<void> {
  await lockInUse(tx, workspaceId, credentialId);
  const granted = await tx
    .insertInto('credentialTools')
    .values({ workspaceId, credentialId, tool, grantedBy: by.actor, grantedAt: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('tool')
    .executeTakeFirst();
  if (granted) await record(tx, workspaceId, 'credential.tool_granted', credentialId, { tool }, by);
}

/** Takes a tool back, from the call on that has not committed yet. @throws {PosternError} `not_found`; `conflict` */
export async function withdrawTool(
  tx: Tx,
  workspaceId: string,
  { credentialId, tool }: Grant,
  by: Changer,
): Promise<void> {
  await lockInUse(tx, workspaceId, credentialId);
  const withdrawn = await tx
    .deleteFrom('credentialTools')
    .where('workspaceId', '=', workspaceId)
    .where('credentialId', '=', credentialId)
    .where('tool', '=', tool)
    .returning('tool')
    .executeTakeFirst();
  if (!withdrawn) throw new PosternError('not_found', 'This tool is not granted to this credential.');
  await record(tx, workspaceId, 'credential.tool_withdrawn', credentialId, { tool }, by);
}

/** Ends a credential at once: what has not committed yet does not. @throws {PosternError} `not_found`; `conflict` */
export async function revokeCredential(
  tx: Tx,
  workspaceId: string,
  { credentialId, now }: { credentialId: string; now: Date },
  by: Changer,
): Promise<void> {
  const name = await lockInUse(tx, workspaceId, credentialId);
  await tx
    .updateTable('credentials')
    .set({ revokedAt: now })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', credentialId)
    .execute();
  await record(tx, workspaceId, 'credential.revoked', credentialId, { name }, by);
}

/** Waits for the calls that commit just now, and lets none begin to. @returns its name */
async function lockInUse(tx: Tx, workspaceId: string, id: string): Promise<string> {
  const found = await tx
    .selectFrom('credentials')
    .select(['name', 'revokedAt'])
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!found) throw noSuch();
  if (found.revokedAt) throw new PosternError('conflict', 'This credential is revoked.');
  return found.name;
}

const record = (
  tx: Tx,
  workspaceId: string,
  action: `credential.${'created' | 'tool_granted' | 'tool_withdrawn' | 'revoked'}`,
  subject: string,
  details: Record<string, string | number>,
  by: Changer,
): Promise<void> => audit(tx, by.ids, { workspaceId, actor: by.actor, action, subject, reason: '', details });
