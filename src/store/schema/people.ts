/** Tables of people: who signs in, members of workspaces, invitations. */
import type { Generated } from 'kysely';
import type { Defaulted } from './columns.ts';

export interface PeopleSchema {
  users: UserTable;
  sessions: SessionTable;
  verifications: VerificationTable;
  members: MemberTable;
  invitations: InvitationTable;
  attempts: AttemptTable;
}

/** The least first; the catalogue's `Role`. */
export type MemberRole = 'viewer' | 'operator' | 'admin' | 'owner';

interface UserTable {
  id: string;
  name: string;
  email: string;
  emailVerified: Generated<boolean>;
  image: string | null;
  createdAt: Defaulted<Date>;
  updatedAt: Defaulted<Date>;
}

interface SessionTable {
  id: string;
  token: string;
  userId: string;
  expiresAt: Date;
  ipAddress: string | null;
  userAgent: string | null;
  createdAt: Defaulted<Date>;
  updatedAt: Defaulted<Date>;
}

interface VerificationTable {
  id: string;
  identifier: string;
  value: string;
  expiresAt: Date;
  createdAt: Defaulted<Date>;
  updatedAt: Defaulted<Date>;
}

interface MemberTable {
  workspaceId: string;
  userId: string;
  role: MemberRole;
  name: string;
  email: string;
  createdAt: Defaulted<Date>;
}

interface InvitationTable {
  workspaceId: string;
  id: string;
  email: string;
  role: MemberRole;
  state: Generated<'pending' | 'accepted' | 'cancelled'>;
  invitedBy: string;
  expiresAt: Date;
  createdAt: Defaulted<Date>;
}

/** Of what was tried, by a hash of who or where; of no workspace. */
interface AttemptTable {
  key: string;
  count: number;
  endsAt: Date;
}
