/** Who works the desk: members, their roles, invitations. */
import { z } from 'zod';
import {
  forMembers,
  houseOperation,
  readOperation,
  roles,
  type Scope,
} from '../../../catalogue/operation.ts';
import { enqueue, workspaceAddress } from '../../../mail/outbox.ts';
import {
  cancelInvitation,
  type Invitation,
  invitationDays,
  invite,
  pendingInvitations,
} from '../../../people/invitations.ts';
import { changeRole, listMembers, type Member, removeMember } from '../../../people/members.ts';
import { email, reference } from '../../fields.ts';
import { giveBackTickets } from '../../tickets/give-back.ts';
import { changerOf } from './changer.ts';

const role = z.enum(roles);
const userId = reference.describe('Id of the member, as `list_members` returns it.');

const memberOutput = z.object({
  userId: z.string().describe('Id of the member.'),
  name: z.string().describe('Their name.'),
  email: z.string().describe('Their address.'),
  role: role.describe('What they may do.'),
  memberSince: z.iso.datetime().describe('When they joined, UTC.'),
});
const memberOf = ({ createdAt, ...member }: Member) => ({ ...member, memberSince: createdAt.toISOString() });

const invitationOutput = z.object({
  invitationId: z.string().describe('Id of the invitation.'),
  email: z.string().describe('The address that may take it up.'),
  role: role.describe('The role it gives.'),
  invitedBy: z.string().describe('Who invited, as the audit log says it.'),
  expiresAt: z.iso.datetime().describe('Until when it can be taken up, UTC.'),
});
const invitationOf = ({ id, expiresAt, createdAt: _, ...invitation }: Invitation) => ({
  ...invitation,
  invitationId: id,
  expiresAt: expiresAt.toISOString(),
});

export const listMembersOperation = readOperation({
  name: 'list_members',
  title: 'List the members',
  summary: 'Returns everyone who works this desk, with name, address and role.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({}),
  output: z.object({ members: z.array(memberOutput).describe('By name.') }),
  read: async ({ tx, workspace }) => ({ members: (await listMembers(tx, workspace.id)).map(memberOf) }),
});

export const changeRoleOperation = houseOperation({
  name: 'change_role',
  title: 'Change a member’s role',
  summary:
    'Gives a member another role, from their next request on. Invitations that they sent and could not send any more end. Admins decide about viewers and operators, owners about all; the last owner stays one.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ userId, role: role.describe('The new role.') }),
  output: memberOutput,
  async commit(scope, change) {
    const member = await changeRole(scope.tx, scope.workspace.id, change, changerOf(scope));
    // A viewer works no tickets.
    if (member.role === 'viewer') await giveBackTickets(scope, change.userId);
    return memberOf(member);
  },
});

export const removeMemberOperation = houseOperation({
  name: 'remove_member',
  title: 'Remove a member',
  summary:
    'Takes a member out of the workspace and its teams, at once. What they wrote stays; open tickets that they had are nobody’s, and invitations that they sent end. Admins remove viewers and operators, owners all; the last owner cannot go.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ userId }),
  output: memberOutput,
  async commit(scope, input) {
    const member = await removeMember(scope.tx, scope.workspace.id, input.userId, changerOf(scope));
    await giveBackTickets(scope, input.userId);
    return memberOf(member);
  },
});

/** @param publicUrl where the invited sign in; the mail names no address where it is left out */
export const inviteMember = (publicUrl: string | undefined) =>
  houseOperation({
    name: 'invite_member',
    title: 'Invite somebody',
    summary: `Mails an invitation that the address can take up within ${invitationDays} days, by signing in with it. An earlier one to the same address ends. Admins invite viewers and operators, owners all.`,
    tier: 'draft',
    access: forMembers('admin'),
    input: z.strictObject({
      email: email.describe('Where the invitation goes; only this address can take it up.'),
      role: role.describe('The role that it gives.'),
    }),
    output: invitationOutput,
    async commit(scope, input) {
      const { tx, workspace, now } = scope;
      const invitation = await invite(tx, workspace.id, { ...input, now }, changerOf(scope));
      await mailInvitation(scope, invitation, publicUrl);
      return invitationOf(invitation);
    },
  });

async function mailInvitation(
  { tx, workspace, ids, now }: Scope,
  { email, role, expiresAt }: Invitation,
  publicUrl: string | undefined,
): Promise<void> {
  const mailFrom = workspaceAddress(workspace.slug);
  const name = workspace.name.replace(/[\p{Cc}\p{Cs}]+/gu, ' ');
  const where = publicUrl ? ` at ${publicUrl}/sign-in` : '';
  await enqueue(tx, {
    workspaceId: workspace.id,
    id: ids('out'),
    ticketId: null,
    messageId: `<${ids('msg')}@${mailFrom.split('@')[1]}>`,
    mailFrom,
    rcptTo: email,
    subject: `Join ${name}`,
    body: `You are invited to work the desk of ${name} as ${role}.\n\nSign in with this address${where}; a link is mailed to you. Then accept the invitation, until ${expiresAt.toISOString().slice(0, 10)}.\n\nIf you do not know why, ignore this mail: nothing happens without you.\n`,
    headers: {},
    createdAt: now,
  });
}

export const listInvitations = readOperation({
  name: 'list_invitations',
  title: 'List open invitations',
  summary: 'Returns the invitations that can still be taken up, the newest first.',
  tier: 'read',
  access: forMembers('admin'),
  price: null,
  input: z.strictObject({}),
  output: z.object({ invitations: z.array(invitationOutput).describe('The newest first.') }),
  read: async ({ tx, workspace, now }) => ({
    invitations: (await pendingInvitations(tx, workspace.id, now)).map(invitationOf),
  }),
});

export const cancelInvitationOperation = houseOperation({
  name: 'cancel_invitation',
  title: 'Cancel an invitation',
  summary: 'Ends an invitation that nobody has taken up yet.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({
    invitationId: reference.describe('Id of the invitation, as `list_invitations` returns it.'),
  }),
  output: z.object({
    invitationId: z.string().describe('Id of the invitation.'),
    state: z.literal('cancelled').describe('It can no longer be taken up.'),
  }),
  async commit(scope, { invitationId }) {
    await cancelInvitation(scope.tx, scope.workspace.id, invitationId, changerOf(scope));
    return { invitationId, state: 'cancelled' as const };
  },
});
