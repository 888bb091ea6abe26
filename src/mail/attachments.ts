/** Files of messages: their bytes once a workspace, by hash; uploads wait for the message that takes them. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { Tx } from '../store/database.ts';

/** Bytes of one file, of all that one message carries, and of all that one uploader has waiting. */
export const maxFileBytes = 10_000_000;
export const maxMessageBytes = 25_000_000;
const maxWaitingBytes = 250_000_000;
/** Files of one message, and of one uploader waiting. */
export const maxFiles = 20;
const maxWaiting = 100;
/** How long an upload waits for its message. */
export const uploadLifeMs = 86_400_000;

/** A file as lists show it. */
export interface Attachment {
  id: string;
  name: string;
  mediaType: string;
  size: number;
}

/** A file with its bytes, as a mail carries it. */
export interface MailFile {
  name: string;
  mediaType: string;
  bytes: Buffer;
}

const columns = ['id', 'name', 'mediaType', 'size'] as const;

/**
 * Keeps an upload until a message takes it, or for a day. @returns its SHA-256, in hexadecimal.
 * @throws {PosternError} `invalid_arguments` for too many bytes; `conflict` where the uploader has too much waiting
 */
export async function storeUpload(
  tx: Tx,
  workspaceId: string,
  upload: { id: string; uploadedBy: string; now: Date } & MailFile,
): Promise<string> {
  const { id, uploadedBy, now, name, mediaType, bytes } = upload;
  if (bytes.length === 0 || bytes.length > maxFileBytes)
    throw new PosternError('invalid_arguments', `A file has 1 to ${maxFileBytes} bytes.`);
  // One after the other, or many at once would all see room.
  const key = `uploads ${workspaceId} ${uploadedBy}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
  const { files, size } = await tx
    .selectFrom('attachments')
    .select(sql<number>`count(*)::int4`.as('files'))
    .select(sql<number>`coalesce(sum(size), 0)::int4`.as('size'))
    .where('workspaceId', '=', workspaceId)
    .where('uploadedBy', '=', uploadedBy)
    .where('messageId', 'is', null)
    .executeTakeFirstOrThrow();
  if (files >= maxWaiting || size + bytes.length > maxWaitingBytes)
    throw new PosternError('conflict', 'Too many of your uploads wait for a message; send some first.');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  // The update locks the row: whoever takes unused content away waits, and then sees that it is used.
  await sql`insert into blobs (workspace_id, sha256, size, bytes) values (${workspaceId}, ${sha256}, ${bytes.length}, ${bytes})
    on conflict (workspace_id, sha256) do update set size = excluded.size`.execute(tx);
  const row = { workspaceId, id, messageId: null, name, mediaType, sha256, uploadedBy, createdAt: now };
  await tx
    .insertInto('attachments')
    .values({ ...row, size: bytes.length })
    .execute();
  return sha256;
}

/**
 * The caller's own uploads, in the order given, locked until the transaction ends.
 * @throws {PosternError} `invalid_arguments` for too many or too much; `not_found` for one that is not theirs or not waiting
 */
export async function takeUploads(
  tx: Tx,
  workspaceId: string,
  uploadedBy: string,
  ids: readonly string[],
): Promise<Attachment[]> {
  if (ids.length === 0) return [];
  if (ids.length > maxFiles || new Set(ids).size !== ids.length)
    throw new PosternError('invalid_arguments', `A message has at most ${maxFiles} files, each once.`);
  const rows = await tx
    .selectFrom('attachments')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('uploadedBy', '=', uploadedBy)
    .where('messageId', 'is', null)
    .where('id', 'in', ids)
    .orderBy('id')
    .forUpdate()
    .execute();
  if (rows.length < ids.length)
    throw new PosternError('not_found', 'An attachment is not yours, was sent already, or has expired.');
  assertFit(rows);
  return ids.map((id) => rows.find((row) => row.id === id)!);
}

/** Those of these uploads that are the caller's own and still wait for a message. */
export const waitingUploads = async (
  tx: Tx,
  workspaceId: string,
  uploadedBy: string,
  ids: readonly string[],
): Promise<Attachment[]> =>
  ids.length === 0
    ? []
    : tx
        .selectFrom('attachments')
        .select(columns)
        .where('workspaceId', '=', workspaceId)
        .where('uploadedBy', '=', uploadedBy)
        .where('messageId', 'is', null)
        .where('id', 'in', ids)
        .execute();

/** @throws {PosternError} `invalid_arguments` where files are too many or too large for one message */
export function assertFit(files: readonly Pick<Attachment, 'size'>[]): void {
  if (files.length > maxFiles)
    throw new PosternError('invalid_arguments', `A message has at most ${maxFiles} files.`);
  if (files.reduce((sum, { size }) => sum + size, 0) > maxMessageBytes)
    throw new PosternError('invalid_arguments', `A message's files have at most ${maxMessageBytes} bytes.`);
}

/** Gives uploads that were taken to their message, in this order. */
export async function attach(
  tx: Tx,
  workspaceId: string,
  messageId: string,
  files: readonly Attachment[],
): Promise<void> {
  for (const [position, { id }] of files.entries())
    await tx
      .updateTable('attachments')
      .set({ messageId, position })
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', id)
      .execute();
}

/** The same files once more, on another message, from this place on. The bytes are not copied. */
export async function attachCopies(
  tx: Tx,
  workspaceId: string,
  messageId: string,
  files: readonly Attachment[],
  by: { newId(): string; uploadedBy: string; now: Date; from: number },
): Promise<void> {
  for (const [position, { id }] of files.entries())
    await sql`insert into attachments (workspace_id, id, message_id, position, name, media_type, size, sha256, uploaded_by,
        created_at)
      select workspace_id, ${by.newId()}, ${messageId}, ${by.from + position}::int2, name, media_type, size, sha256,
        ${by.uploadedBy}, ${by.now}
      from attachments where workspace_id = ${workspaceId} and id = ${id}`.execute(tx);
}

/** The files of messages, in their order, by message. */
export async function attachmentsOf(
  tx: Tx,
  workspaceId: string,
  messageIds: readonly string[],
): Promise<Map<string, Attachment[]>> {
  const found = new Map<string, Attachment[]>();
  if (messageIds.length === 0) return found;
  const rows = await tx
    .selectFrom('attachments')
    .select([...columns, 'messageId'])
    .where('workspaceId', '=', workspaceId)
    .where('messageId', 'in', messageIds)
    .orderBy('messageId')
    .orderBy('position')
    .execute();
  for (const { messageId, ...file } of rows) found.set(messageId!, [...(found.get(messageId!) ?? []), file]);
  return found;
}

/** A file with its bytes. `waitingFor`: who sees it while no message has it. */
export const readAttachment = (tx: Tx, workspaceId: string, id: string, waitingFor: string) =>
  tx
    .selectFrom('attachments')
    .innerJoin('blobs', (join) =>
      join
        .onRef('blobs.workspaceId', '=', 'attachments.workspaceId')
        .onRef('blobs.sha256', '=', 'attachments.sha256'),
    )
    .select(['attachments.id', 'name', 'mediaType', 'attachments.size', 'attachments.sha256', 'bytes'])
    .where('attachments.workspaceId', '=', workspaceId)
    .where('attachments.id', '=', id)
    .where((eb) => eb.or([eb('messageId', 'is not', null), eb('uploadedBy', '=', waitingFor)]))
    .executeTakeFirst();

/** What a message's mail carries. */
export const filesOf = (tx: Tx, workspaceId: string, messageId: string): Promise<MailFile[]> =>
  tx
    .selectFrom('attachments')
    .innerJoin('blobs', (join) =>
      join
        .onRef('blobs.workspaceId', '=', 'attachments.workspaceId')
        .onRef('blobs.sha256', '=', 'attachments.sha256'),
    )
    .select(['name', 'mediaType', 'bytes'])
    .where('attachments.workspaceId', '=', workspaceId)
    .where('messageId', '=', messageId)
    .orderBy('position')
    .execute();

/** Takes away uploads from before `before` that no message took, of all workspaces, with what nothing else uses. */
export async function expireUploads(tx: Tx, before: Date): Promise<number> {
  const { rows } = await sql<{ workspaceId: string; sha256: string }>`
    delete from attachments where message_id is null and created_at < ${before}
    returning workspace_id, sha256`.execute(tx);
  const byWorkspace = Map.groupBy(rows, ({ workspaceId }) => workspaceId);
  for (const [workspaceId, gone] of byWorkspace)
    await dropUnused(
      tx,
      workspaceId,
      gone.map(({ sha256 }) => sha256),
    );
  return rows.length;
}

/** Takes away those of these contents that no attachment has any more. */
export async function dropUnused(tx: Tx, workspaceId: string, hashes: readonly string[]): Promise<void> {
  if (hashes.length === 0) return;
  // Locked first, and looked at after: an upload of the same bytes has either come before, or comes again.
  await sql`select from blobs where workspace_id = ${workspaceId} and sha256 = any(${hashes})
    order by sha256 for update`.execute(tx);
  await sql`delete from blobs b where workspace_id = ${workspaceId} and sha256 = any(${hashes}) and not exists (
    select from attachments a where a.workspace_id = b.workspace_id and a.sha256 = b.sha256)`.execute(tx);
}
