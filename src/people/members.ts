/** Members of a workspace and what they may do. Every change is audited in the transaction that makes it. */
import { sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { type Actor, audit } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import type { MemberRole } from '../store/schema.ts';

export interface Member {
  userId: string;
  name: string;
  email: string;
  role: MemberRole;
  createdAt: Date;
}

/** Who changes something, with how much right. */
export interface Changer {
  actor: Actor;
  role: MemberRole;
  ids: Ids;
}

/** The user's role in the workspace, none where they are no member. */
export async function roleOf(tx: Tx, workspaceId: string, userId: string): Promise<MemberRole | undefined> {
  const row = await tx
    .selectFrom('members')
    .select('role')
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .executeTakeFirst();
  return row?.role;
}

const memberColumns = ['userId', 'name', 'email', 'role', 'createdAt'] as const;

/** All members, by name. */
export const listMembers = (tx: Tx, workspaceId: string): Promise<Member[]> =>
  tx
    .selectFrom('members')
    .select(memberColumns)
    .where('workspaceId', '=', workspaceId)
    .orderBy('name')
    .orderBy('userId')
    .execute();

/** Makes a user a member, as the system only: a workspace's role may not. @returns whether they were none before. */
export async function addMember(
  tx: Tx,
  workspaceId: string,
  member: Omit<Member, 'createdAt'> & { now: Date },
): Promise<boolean> {
  const { now, ...row } = member;
  const added = await tx
    .insertInto('members')
    .values({ ...row, workspaceId, createdAt: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('userId')
    .executeTakeFirst();
  return added !== undefined;
}

/** @throws {PosternError} `not_permitted` where only an owner may: what is about an owner or an admin. */
export function assertMayGive(giver: MemberRole, ...given: MemberRole[]): void {
  if (giver !== 'owner' && given.some((role) => role === 'owner' || role === 'admin'))
    throw new PosternError('not_permitted', 'Only an owner decides about owners and admins.');
}

/** Whether an invitation to that role stands, where this is what its sender is by now; undefined where they are gone. */
export const mayHaveInvited = (sender: MemberRole | undefined, role: MemberRole): boolean =>
  sender === 'owner' || (sender === 'admin' && role !== 'owner' && role !== 'admin');

/**
 * Gives a member another role. What they invited to and could not any more ends.
 * @throws {PosternError} `not_found`; `not_permitted`; `conflict` for the last owner
 */
export async function changeRole(
  tx: Tx,
  workspaceId: string,
  { userId, role }: { userId: string; role: MemberRole },
  by: Changer,
): Promise<Member> {
  const member = await lockMember(tx, workspaceId, userId, role, by);
  if (member.role === role) return member;
  await tx
    .updateTable('members')
    .set({ role })
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .execute();
  await audit(tx, by.ids, {
    workspaceId,
    actor: by.actor,
    action: 'member.role_changed',
    subject: userId,
    reason: '',
    details: { email: member.email, from: member.role, to: role },
  });
  await endInvitations(tx, workspaceId, { userId, role }, by);
  return { ...member, role };
}

/**
 * Takes a member out of the workspace and its teams. Their next request is refused, what they are told live ends, and so do
 * invitations of theirs; what they wrote stays.
 * @throws {PosternError} `not_found`; `not_permitted`; `conflict` for the last owner
 */
export async function removeMember(
  tx: Tx,
  workspaceId: string,
  userId: string,
  by: Changer,
): Promise<Member> {
  const member = await lockMember(tx, workspaceId, userId, undefined, by);
  for (const table of ['teamMembers', 'members'] as const)
    await tx.deleteFrom(table).where('workspaceId', '=', workspaceId).where('userId', '=', userId).execute();
  await sql`select pg_notify('postern', ${`member.removed:${workspaceId}/${userId}`})`.execute(tx);
  await audit(tx, by.ids, {
    workspaceId,
    actor: by.actor,
    action: 'member.removed',
    subject: userId,
    reason: '',
    details: { email: member.email, role: member.role },
  });
  await endInvitations(tx, workspaceId, { userId, role: undefined }, by);
  return member;
}

/** Whoever they invited would come with a right that they have not any more. */
async function endInvitations(
  tx: Tx,
  workspaceId: string,
  sender: { userId: string; role: MemberRole | undefined },
  by: Changer,
): Promise<void> {
  const sent = await tx
    .selectFrom('invitations')
    .select(['id', 'email', 'role'])
    .where('workspaceId', '=', workspaceId)
    .where('invitedBy', '=', `operator:${sender.userId}`)
    .where('state', '=', 'pending')
    .orderBy('id')
    .forUpdate()
    .execute();
  for (const { id, ...details } of sent.filter(({ role }) => !mayHaveInvited(sender.role, role))) {
    await tx
      .updateTable('invitations')
      .set({ state: 'cancelled' })
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', id)
      .execute();
    const cancelled = { workspaceId, actor: by.actor, action: 'invitation.cancelled', subject: id } as const;
    await audit(tx, by.ids, { ...cancelled, reason: 'its sender may not invite to it any more', details });
  }
}

/**
 * Locks the member, and all owners before it, so that two who go at once leave one; and says whether they may become that.
 * @param role undefined: they go
 */
async function lockMember(
  tx: Tx,
  workspaceId: string,
  userId: string,
  role: MemberRole | undefined,
  by: Changer,
): Promise<Member> {
  const rows = await tx
    .selectFrom('members')
    .select(memberColumns)
    .where('workspaceId', '=', workspaceId)
    .where((eb) => eb.or([eb('role', '=', 'owner'), eb('userId', '=', userId)]))
    .orderBy('userId')
    .forUpdate()
    .execute();
  const member = rows.find((row) => row.userId === userId);
  if (!member) throw new PosternError('not_found', 'No member of this workspace has this id.');
  assertMayGive(by.role, member.role, ...(role ? [role] : []));
  const owners = rows.filter(({ role }) => role === 'owner');
  if (role !== 'owner' && member.role === 'owner' && owners.length === 1)
    throw new PosternError('conflict', 'This is the last owner: make another one first.');
  return member;
}
