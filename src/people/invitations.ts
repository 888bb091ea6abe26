/**
 * Invitations. The mail holds no secret: whoever signs in with the invited address, which takes a link mailed to it, may
 * take the invitation up. So a forwarded mail lets nobody in.
 */
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { audit, commandLine } from '../store/audit.ts';
import { asSystem, type Database, type Tx } from '../store/database.ts';
import type { MemberRole } from '../store/schema.ts';
import { addMember, assertMayGive, type Changer, mayHaveInvited } from './members.ts';

export const invitationDays = 7;
const dayMs = 86_400_000;

export interface Invitation {
  id: string;
  email: string;
  role: MemberRole;
  invitedBy: string;
  expiresAt: Date;
  createdAt: Date;
}

/**
 * Invites an address. An earlier invitation of it that was not taken up is cancelled.
 * @throws {PosternError} `not_permitted` for a role that the inviter may not give; `conflict` for a member
 */
export async function invite(
  tx: Tx,
  workspaceId: string,
  { email: given, role, now }: { email: string; role: MemberRole; now: Date },
  by: Changer,
): Promise<Invitation> {
  assertMayGive(by.role, role);
  const email = given.toLowerCase();
  const known = await tx
    .selectFrom('members')
    .select('userId')
    .where('workspaceId', '=', workspaceId)
    .where('email', '=', email)
    .executeTakeFirst();
  if (known) throw new PosternError('conflict', 'This address is a member already; change its role instead.');
  const [replaced] = await tx
    .updateTable('invitations')
    .set({ state: 'cancelled' })
    .where('workspaceId', '=', workspaceId)
    .where('email', '=', email)
    .where('state', '=', 'pending')
    .returning('role')
    .execute();
  // As to cancel it by itself would take.
  if (replaced) assertMayGive(by.role, replaced.role);
  const expiresAt = new Date(now.getTime() + invitationDays * dayMs);
  const invitation = { id: by.ids('inv'), email, role, invitedBy: by.actor, expiresAt, createdAt: now };
  const made = await tx
    .insertInto('invitations')
    .values({ ...invitation, workspaceId })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!made) throw new PosternError('conflict', 'Somebody else invites this address at this moment.');
  await audit(tx, by.ids, {
    workspaceId,
    actor: by.actor,
    action: 'member.invited',
    subject: invitation.id,
    reason: '',
    details: { email, role },
  });
  return invitation;
}

/** What can still be taken up, the newest first. */
export const pendingInvitations = (tx: Tx, workspaceId: string, now: Date): Promise<Invitation[]> =>
  tx
    .selectFrom('invitations')
    .select(['id', 'email', 'role', 'invitedBy', 'expiresAt', 'createdAt'])
    .where('workspaceId', '=', workspaceId)
    .where('state', '=', 'pending')
    .where('expiresAt', '>', now)
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .execute();

/** @throws {PosternError} `not_found` where nothing of this id waits; `not_permitted` */
export async function cancelInvitation(tx: Tx, workspaceId: string, id: string, by: Changer): Promise<void> {
  const cancelled = await tx
    .updateTable('invitations')
    .set({ state: 'cancelled' })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .returning(['email', 'role'])
    .executeTakeFirst();
  if (!cancelled) throw new PosternError('not_found', 'No invitation of this id waits to be taken up.');
  assertMayGive(by.role, cancelled.role);
  await audit(tx, by.ids, {
    workspaceId,
    actor: by.actor,
    action: 'invitation.cancelled',
    subject: id,
    reason: '',
    details: cancelled,
  });
}

/** Whether some workspace waits for this address: then, and only then, it may have an account. */
export async function isInvited(db: Database, email: string, now: Date): Promise<boolean> {
  const row = await db
    .selectFrom('invitations')
    .select('id')
    .where('email', '=', email.toLowerCase())
    .where('state', '=', 'pending')
    .where('expiresAt', '>', now)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Who takes an invitation up: signed in, the address proven. */
export interface Invitee {
  id: string;
  name: string;
  email: string;
}

/** What waits for the user, in all workspaces. */
export const invitationsFor = (db: Database, { email }: Invitee, now: Date) =>
  db
    .selectFrom('invitations')
    .innerJoin('workspaces', 'workspaces.id', 'invitations.workspaceId')
    .select(['invitations.id', 'workspaces.slug', 'workspaces.name', 'role', 'expiresAt'])
    .where('email', '=', email.toLowerCase())
    .where('state', '=', 'pending')
    .where('expiresAt', '>', now)
    .orderBy('invitations.createdAt')
    .execute();

/**
 * Makes the user a member, once.
 * @throws {PosternError} `not_found`: no such invitation, another address's, expired, cancelled or taken up, or sent by
 * somebody who may not invite to that role any more
 */
export function acceptInvitation(
  db: Database,
  ids: Ids,
  { id, user, now }: { id: string; user: Invitee; now: Date },
): Promise<{ slug: string; role: MemberRole }> {
  // Whoever accepts is in no workspace yet.
  return asSystem(db, async (tx) => {
    const none = () => new PosternError('not_found', 'No invitation of this id waits for your address.');
    if (!(await senderStillMay(tx, id))) throw none();
    const accepted = await tx
      .updateTable('invitations')
      .set({ state: 'accepted' })
      .where('id', '=', id)
      .where('email', '=', user.email.toLowerCase())
      .where('state', '=', 'pending')
      .where('expiresAt', '>', now)
      .returning(['workspaceId', 'role'])
      .executeTakeFirst();
    if (!accepted) throw none();
    const { workspaceId, role } = accepted;
    const { name, email } = user;
    if (await addMember(tx, workspaceId, { userId: user.id, name, email, role, now }))
      await audit(tx, ids, {
        workspaceId,
        actor: `operator:${user.id}`,
        action: 'member.joined',
        subject: user.id,
        reason: '',
        details: { email, role, invitationId: id },
      });
    const workspace = await tx
      .selectFrom('workspaces')
      .select('slug')
      .where('id', '=', workspaceId)
      .executeTakeFirstOrThrow();
    return { slug: workspace.slug, role };
  });
}

/**
 * Asked once more, for an invitation may be written while its sender is being removed. They are held until the transaction
 * ends, and before the invitation, as whoever removes them has it.
 */
async function senderStillMay(tx: Tx, id: string): Promise<boolean> {
  const sent = await tx
    .selectFrom('invitations')
    .select(['workspaceId', 'invitedBy', 'role'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!sent) return false;
  const sender = sent.invitedBy.replace(/^operator:/, '');
  if (sender === commandLine) return true;
  const member = await tx
    .selectFrom('members')
    .select('role')
    .where('workspaceId', '=', sent.workspaceId)
    .where('userId', '=', sender)
    .forShare()
    .executeTakeFirst();
  return mayHaveInvited(member?.role, sent.role);
}
