/** Tables of mail beside the outbox: files, who gets copies, signatures. */
import type { Generated } from 'kysely';

export interface MailSchema {
  blobs: BlobTable;
  attachments: AttachmentTable;
  ticketParticipants: {
    workspaceId: string;
    ticketId: string;
    /** Lower case. */
    address: string;
    createdAt: Date;
  };
  signatures: {
    workspaceId: string;
    userId: string;
    /** With its variables as they were written. */
    body: string;
  };
}

interface BlobTable {
  workspaceId: string;
  /** Of the bytes, in hexadecimal. */
  sha256: string;
  size: number;
  bytes: Buffer;
}

export interface AttachmentTable {
  workspaceId: string;
  id: string;
  /** Null: uploaded, and no message has it yet. */
  messageId: string | null;
  position: Generated<number>;
  name: string;
  mediaType: string;
  size: number;
  sha256: string;
  uploadedBy: string;
  createdAt: Date;
}
