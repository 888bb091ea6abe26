/** What members began to write. */
import type { Generated } from 'kysely';

export interface DraftSchema {
  drafts: DraftTable;
}

interface DraftTable {
  workspaceId: string;
  ticketId: string;
  userId: string;
  kind: 'reply' | 'note';
  body: string;
  cc: string[] | null;
  bcc: Generated<string[]>;
  seen: number;
  version: Generated<number>;
  savedAt: Date;
}
