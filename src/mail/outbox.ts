import { sql } from 'kysely';
import { assert } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Clock } from '../kernel/time.ts';
import { asSystem, type Database, type Tx } from '../store/database.ts';
import { filesOf, type MailFile } from './attachments.ts';
import { maxRecipients } from './recipients.ts';

/** One mail on its way out: plain text, and files. */
export interface Mail {
  /** With angle brackets. Made once and stored, so that a receiver can tell a repeat. */
  messageId: string;
  mailFrom: string;
  rcptTo: string;
  cc?: readonly string[];
  /** In the envelope and in no header. */
  bcc?: readonly string[];
  subject: string;
  body: string;
  /** Further header fields, such as In-Reply-To. */
  headers: Record<string, string>;
  createdAt: Date;
}

/** A mail as the port takes it. */
export interface Parcel extends Mail {
  /** Who of its recipients gets it now; all of them where it is left out. */
  envelope?: readonly string[];
  files?: readonly MailFile[];
  /** A member wrote it: what they wrote bold goes out bold, beside the plain text. */
  rich?: boolean;
}

/** One recipient whom the server did not take the mail for. */
export interface Refusal {
  address: string;
  error: string;
  /** Whether it would be refused again. */
  final: boolean;
}

/** The SMTP port. */
export interface Smtp {
  /**
   * Resolves when the server has taken responsibility for the mail, with the recipients that it did not take it for.
   * @throws {MailRefused} if the same mail would be refused again; any other error may pass.
   */
  send(mail: Parcel): Promise<readonly Refusal[] | undefined>;
  close(): Promise<void>;
}

/** The mail itself was refused for good: a mailbox that does not exist, an address that is none. */
export class MailRefused extends Error {
  override name = 'MailRefused';
}

export interface Sent {
  id: string;
  /** Null: the house's own. */
  workspaceId: string | null;
  state: 'sent' | 'queued' | 'failed';
  /** Of the attempt that failed. */
  error?: string;
}

/** With the delays below: two days of trying. */
export const maxAttempts = 20;

const firstDelayMs = 30_000;
const maxDelayMs = 4 * 3_600_000;

/** How long to wait after the n-th failure: doubling from 30 s to 4 h. */
export const delayAfterMs = (attempts: number): number =>
  Math.min(firstDelayMs * 2 ** Math.min(attempts - 1, 20), maxDelayMs);

/** The workspace's own address, until mail intake gives it another. */
export const workspaceAddress = (slug: string): string => `support@${slug}.localhost`;

/** The house's own address, at the host that it is known by. */
export const houseAddress = (publicUrl: string): string => `postern@${new URL(publicUrl).hostname}`;

/** Everyone whom a mail goes to. */
export const recipientsOf = ({
  rcptTo,
  cc = [],
  bcc = [],
}: Pick<Mail, 'rcptTo' | 'cc' | 'bcc'>): string[] => [rcptTo, ...cc, ...bcc];

/** Where a mail belongs. */
export interface Place {
  workspaceId: string | null;
  id: string;
  ticketId: string | null;
  /** The message that it carries, with that message's files. */
  ofMessage?: string;
  /** False for one that the customer does not get. */
  inThread?: boolean;
}

/** Writes a mail to the outbox, as part of the transaction that decided to send it. Single-line fields must be. */
export async function enqueue(tx: Tx, mail: Mail & Place): Promise<void> {
  const { messageId, mailFrom, subject, headers } = mail;
  for (const field of [messageId, mailFrom, subject, ...Object.values(headers)])
    assert(isHeaderValue(field), 'a mail header is one line');
  const recipients = recipientsOf(mail);
  assert(recipients.length <= maxRecipients, `a mail has at most ${maxRecipients} recipients`);
  for (const address of [mailFrom, ...recipients])
    assert(isAddress(address), 'a mail has plain addresses, one each');
  const { cc = [], bcc = [], ...row } = mail;
  await tx
    .insertInto('outbox')
    .values({
      ...row,
      cc: [...cc],
      bcc: [...bcc],
      headers: JSON.stringify(headers),
      nextAttemptAt: mail.createdAt,
    })
    .execute();
}

/** Writes a mail of the house's own, which no workspace sees. */
export async function enqueueHouseMail(
  db: Database,
  ids: Ids,
  publicUrl: string,
  { to, subject, body }: { to: string; subject: string; body: string },
  createdAt: Date,
): Promise<void> {
  const mailFrom = houseAddress(publicUrl);
  const messageId = `<${ids('msg')}@${new URL(publicUrl).hostname}>`;
  const mail = { messageId, mailFrom, rcptTo: to, subject, body, headers: {}, createdAt };
  // It belongs to no workspace.
  await asSystem(db, (tx) => enqueue(tx, { ...mail, workspaceId: null, id: ids('out'), ticketId: null }));
}

/** Whether text can stand in a header without ending it. */
export const isHeaderValue = (text: string): boolean => !/\p{Cc}/u.test(text) && text.isWellFormed();

/** Whether text is one plain address. An SMTP client takes a comma, and much else, for the start of another. */
export const isAddress = (text: string): boolean =>
  /^[^\s<>()[\]\\,;:"@]+@[^\s<>()[\]\\,;:"@]+$/.test(text) && isHeaderValue(text);

/**
 * Header fields that put a mail behind those already sent about its ticket (RFC 5322, 3.6.4). References keeps the
 * first and the newest nine, so that it stays short however long the thread.
 */
export async function threadHeaders(
  tx: Tx,
  workspaceId: string,
  ticketId: string,
): Promise<Record<string, string>> {
  const earlier = await tx
    .selectFrom('outbox')
    .select('messageId')
    .where('workspaceId', '=', workspaceId)
    .where('ticketId', '=', ticketId)
    .where('inThread', '=', true)
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
  const ids = earlier.map((mail) => mail.messageId);
  if (ids.length === 0) return {};
  return { 'In-Reply-To': ids.at(-1)!, References: [ids[0]!, ...ids.slice(1).slice(-9)].join(' ') };
}

/**
 * Sends what is due, oldest first, at most `limit` mails, each in a transaction of its own that holds its row: other
 * processes skip it, and one that dies lets go of it at once.
 *
 * A mail goes twice only if we die, or lose the database, between the server's last OK and our COMMIT. SMTP has no way
 * to close that gap; the stored Message-ID lets the receiver drop the repeat.
 */
export async function sendDue(
  db: Database,
  smtp: Smtp,
  clock: Clock,
  options: { limit?: number; signal?: AbortSignal } = {},
): Promise<Sent[]> {
  const done: Sent[] = [];
  while (done.length < (options.limit ?? 50) && !options.signal?.aborted) {
    // The outbox is sent for all workspaces by one loop.
    const sent = await asSystem(db, (tx) => sendNext(tx, smtp, clock));
    if (!sent) break;
    done.push(sent);
  }
  return done;
}

async function sendNext(tx: Tx, smtp: Smtp, clock: Clock): Promise<Sent | undefined> {
  // Alone among our transactions this one waits for somebody else: as long as the slowest dialogue may take, with 25 MB of files.
  await sql`set local idle_in_transaction_session_timeout = '30min'`.execute(tx);
  const row = await tx
    .selectFrom('outbox')
    .selectAll()
    .where('state', '=', 'queued')
    .where('nextAttemptAt', '<=', new Date(clock()))
    .orderBy('nextAttemptAt')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (!row) return undefined;
  const files = row.workspaceId && row.ofMessage ? await filesOf(tx, row.workspaceId, row.ofMessage) : [];
  const settled = new Set([...row.delivered, ...row.refused.map(({ address }) => address)]);
  const waiting = recipientsOf(row).filter((address) => !settled.has(address));
  // Nobody waits any more where who did was erased.
  const refusals =
    waiting.length > 0
      ? await attempt(smtp, { ...row, files, envelope: waiting, rich: await isRich(tx, row) })
      : [];
  const now = clock();
  const attempts = row.attempts + 1;
  const isFinal = ({ final }: Refusal) => final || attempts >= maxAttempts;
  const not = new Set(refusals.map(({ address }) => address));
  const delivered = [...row.delivered, ...waiting.filter((address) => !not.has(address))];
  const refused = [
    ...row.refused,
    ...refusals.filter(isFinal).map(({ address, error }) => ({ address, error })),
  ];
  const deferred = refusals.some((refusal) => !isFinal(refusal));
  const state = deferred ? 'queued' : delivered.length > 0 ? 'sent' : 'failed';
  const error = refusals.length > 0 ? inOneLine(refusals) : undefined;
  await tx
    .updateTable('outbox')
    .set({
      state,
      attempts,
      delivered,
      refused: JSON.stringify(refused),
      lastError: error ?? null,
      sentAt: delivered.length > 0 ? (row.sentAt ?? new Date(now)) : null,
      nextAttemptAt: state === 'queued' ? new Date(now + delayAfterMs(attempts)) : sql<Date>`next_attempt_at`,
    })
    .where('workspaceId', 'is not distinct from', row.workspaceId)
    .where('id', '=', row.id)
    .execute();
  return { id: row.id, workspaceId: row.workspaceId, state, ...(error === undefined ? {} : { error }) };
}

/** What a member wrote to a customer. A forward quotes others, whose signs mean nothing. */
async function isRich(
  tx: Tx,
  {
    workspaceId,
    ofMessage,
    inThread,
  }: { workspaceId: string | null; ofMessage: string | null; inThread: boolean },
): Promise<boolean> {
  if (!workspaceId || !ofMessage || !inThread) return false;
  const message = await tx
    .selectFrom('messages')
    .select('author')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', ofMessage)
    .executeTakeFirst();
  return message?.author === 'operator';
}

/** Whom it was not taken for: all of them, where the mail itself was not. */
async function attempt(
  smtp: Smtp,
  parcel: Parcel & { envelope: readonly string[] },
): Promise<readonly Refusal[]> {
  try {
    return ((await smtp.send(parcel)) ?? []).map((refusal) => ({ ...refusal, error: tidy(refusal.error) }));
  } catch (thrown) {
    const error = tidy(thrown instanceof Error ? thrown.message : String(thrown));
    const final = thrown instanceof MailRefused;
    return parcel.envelope.map((address) => ({ address, error, final }));
  }
}

const tidy = (error: string) => error.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').slice(0, 500);

/** The errors, each once. */
const inOneLine = (refusals: readonly Refusal[]) =>
  [...new Set(refusals.map(({ error }) => error))].join('; ').slice(0, 500);
