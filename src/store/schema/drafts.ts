/** What members began to write. */
import type { Generated } from 'kysely';

export interface DraftSchema {
  drafts: DraftTable;
}

interface DraftTable {
  workspaceId: string;
  ticketId: string;
  userId: string;
  kind: 'reply' | 'note' | 'forward';
  body: string;
  forwardTo: Generated<string | null>;
  cc: string[] | null;
  bcc: Generated<string[]>;
  attachmentIds: Generated<string[]>;
  seen: number;
  version: Generated<number>;
  savedAt: Date;
}
