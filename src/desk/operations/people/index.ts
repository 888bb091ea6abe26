import type { Operation } from '../../../catalogue/operation.ts';
import {
  cancelInvitationOperation,
  changeRoleOperation,
  inviteMember,
  listInvitations,
  listMembersOperation,
  removeMemberOperation,
} from './members.ts';
import { getDeskSettings, listAudit, updateDeskSettings } from './settings.ts';
import {
  addTeamMemberOperation,
  createTeamOperation,
  listTeamsOperation,
  removeTeamMemberOperation,
} from './teams.ts';
import { renameWorkspace } from './workspace.ts';

/** Who works the desk, and how it is set. @param publicUrl where the invited sign in */
export const peopleOperations = (publicUrl: string | undefined): readonly Operation[] => [
  listMembersOperation,
  inviteMember(publicUrl),
  changeRoleOperation,
  removeMemberOperation,
  listInvitations,
  cancelInvitationOperation,
  listTeamsOperation,
  createTeamOperation,
  addTeamMemberOperation,
  removeTeamMemberOperation,
  getDeskSettings,
  updateDeskSettings,
  listAudit,
  renameWorkspace,
];
