/** Teams of the desk. */
import { z } from 'zod';
import { forMembers, houseOperation, readOperation } from '../../../catalogue/operation.ts';
import {
  addTeamMember,
  createTeam,
  deleteTeam,
  listTeams,
  removeTeamMember,
  renameTeam,
  type Team,
} from '../../../people/teams.ts';
import { assertUnused } from '../../automation/named.ts';
import { line, reference } from '../../fields.ts';
import { giveBackTeamTickets } from '../../tickets/give-back.ts';
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

const teamId = reference.describe('Id of the team, as `list_teams` returns it.');

export const renameTeamOperation = houseOperation({
  name: 'rename_team',
  title: 'Rename a team',
  summary:
    'Gives a team another name. Its tickets, rules and macros stay its own; a view that asks for it by name asks for the old one.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ teamId, name: line(200).describe('Its name from now on, one line.') }),
  output: z.object({
    teamId: z.string().describe('Id of the team.'),
    name: z.string().describe('Its name.'),
  }),
  async commit(scope, team) {
    await renameTeam(scope.tx, scope.workspace.id, team, changerOf(scope));
    return team;
  },
});

export const deleteTeamOperation = houseOperation({
  name: 'delete_team',
  title: 'Delete a team',
  summary:
    'Takes a team away; its members stay in the workspace, and open tickets that it had are no team’s. Refused while a macro or a rule names it.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ teamId }),
  output: z.object({ removed: z.literal(true).describe('It is gone.') }),
  async commit(scope, { teamId }) {
    // First, for whoever is about to name it holds it.
    await deleteTeam(scope.tx, scope.workspace.id, teamId, changerOf(scope));
    await assertUnused(scope, { teamId });
    await giveBackTeamTickets(scope, teamId);
    return { removed: true as const };
  },
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
