/** Tables of credentials: the workspace's own agents. */

export interface CredentialSchema {
  credentials: CredentialTable;
  credentialTools: {
    workspaceId: string;
    credentialId: string;
    tool: string;
    grantedBy: string;
    grantedAt: Date;
  };
  credentialReplies: { workspaceId: string; credentialId: string; day: Date; replies: number };
  ticketReplies: { workspaceId: string; ticketId: string; recent: Date[] };
}

interface CredentialTable {
  workspaceId: string;
  id: string;
  name: string;
  secretHash: string;
  dailyReplies: number;
  createdBy: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}
