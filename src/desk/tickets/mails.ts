/** The mails that messages of a ticket went out by. */
import type { Tx } from '../../store/database.ts';

export interface MessageMail {
  to: string;
  cc: string[];
  bcc: string[];
  state: 'queued' | 'sent' | 'failed';
  /** Of the attempt that failed last. */
  error: string | null;
  refused: { address: string; error: string }[];
  sentAt: Date | null;
  inThread: boolean;
}

/** By message. What was never mailed is not in it. */
export async function mailsOf(
  tx: Tx,
  workspaceId: string,
  messageIds: readonly string[],
): Promise<Map<string, MessageMail>> {
  if (messageIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('outbox')
    .select([
      'ofMessage',
      'rcptTo as to',
      'cc',
      'bcc',
      'state',
      'lastError as error',
      'refused',
      'sentAt',
      'inThread',
    ])
    .where('workspaceId', '=', workspaceId)
    .where('ofMessage', 'in', messageIds)
    .execute();
  return new Map(rows.map(({ ofMessage, ...mail }) => [ofMessage!, mail]));
}
