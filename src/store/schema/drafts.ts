/** What members began to write, and what they sent lately. */
import type { Generated, JSONColumnType } from 'kysely';
import type { JsonObject } from '../../kernel/json.ts';

export interface DraftSchema {
  drafts: DraftTable;
  sendings: SendingTable;
}

interface SendingTable {
  workspaceId: string;
  actor: string;
  key: string;
  sha256: string;
  output: JSONColumnType<JsonObject>;
  sentAt: Date;
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
