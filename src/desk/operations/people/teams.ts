/** Teams of the desk. */
import { z } from 'zod';
import { forMembers, houseOperation, readOperation } from '../../../catalogue/operation.ts';
import { addTeamMember, createTeam, listTeams, removeTeamMember, type Team } from '../../../people/teams.ts';
import { line, reference } from '../../fields.ts';
import { changerOf } from './changer.ts';

const teamOutput = z.object({
  teamId: z.string().describe('Id of the team.'),
  name: z.string().describe('Its name.'),
  userIds: z.array(z.string()).describe('Ids of its members.'),
});
const teamOf = ({ id, name, members }: Team) => ({ teamId: id, name, userIds: members });

const membership = z.strictObject({
  teamId: reference.describe('Id of the team, as `list_teams` returns it.'),
  userId: reference.describe('Id of the member, as `list_members` returns it.'),
});

export const listTeamsOperation = readOperation({
  name: 'list_teams',
  title: 'List the teams',
  summary: 'Returns the teams that tickets can be given to, with their members’ ids.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({}),
  output: z.object({ teams: z.array(teamOutput).describe('By name.') }),
  read: async ({ tx, workspace }) => ({ teams: (await listTeams(tx, workspace.id)).map(teamOf) }),
});

export const createTeamOperation = houseOperation({
  name: 'create_team',
  title: 'Make a team',
  summary: 'Makes a team without members. Its name is its own in the workspace, in capitals or not.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ name: line(200).describe('Its name, one line of up to 200 characters.') }),
  output: teamOutput,
  commit: async (scope, { name }) =>
    teamOf(await createTeam(scope.tx, scope.workspace.id, name, changerOf(scope))),
});

const done = z.object({
  teamId: z.string().describe('Id of the team.'),
  userId: z.string().describe('Id of the member.'),
  inTeam: z.boolean().describe('Whether they are in it now.'),
});

export const addTeamMemberOperation = houseOperation({
  name: 'add_team_member',
  title: 'Put a member into a team',
  summary: 'Puts a member of the workspace into a team; one who is in it stays.',
  tier: 'draft',
  access: forMembers('admin'),
  input: membership,
  output: done,
  async commit(scope, who) {
    await addTeamMember(scope.tx, scope.workspace.id, who, changerOf(scope));
    return { ...who, inTeam: true };
  },
});

export const removeTeamMemberOperation = houseOperation({
  name: 'remove_team_member',
  title: 'Take a member out of a team',
  summary: 'Takes a member out of a team; they stay in the workspace.',
  tier: 'draft',
  access: forMembers('admin'),
  input: membership,
  output: done,
  async commit(scope, who) {
    await removeTeamMember(scope.tx, scope.workspace.id, who, changerOf(scope));
    return { ...who, inTeam: false };
  },
});
