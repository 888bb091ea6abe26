import type { Operation } from '../../../catalogue/operation.ts';
import {
  cancelInvitationOperation,
  changeRoleOperation,
  inviteMember,
  leaveWorkspace,
  listInvitations,
  listMembersOperation,
  removeMemberOperation,
} from './members.ts';
import { getDeskSettings, listAudit, updateDeskSettings } from './settings.ts';
import {
  addTeamMemberOperation,
  createTeamOperation,
  deleteTeamOperation,
  listTeamsOperation,
  removeTeamMemberOperation,
  renameTeamOperation,
} from './teams.ts';
import { renameWorkspace } from './workspace.ts';

/** Who works the desk, and how it is set. @param publicUrl where the invited sign in */
export const peopleOperations = (publicUrl: string | undefined): readonly Operation[] => [
  listMembersOperation,
  inviteMember(publicUrl),
  changeRoleOperation,
  removeMemberOperation,
  leaveWorkspace,
  listInvitations,
  cancelInvitationOperation,
  listTeamsOperation,
  createTeamOperation,
  renameTeamOperation,
  deleteTeamOperation,
  addTeamMemberOperation,
  removeTeamMemberOperation,
  getDeskSettings,
  updateDeskSettings,
  listAudit,
  renameWorkspace,
];
