/** What a member began to write on a ticket: kept for them alone, so that another device of theirs has it. */
import { sql } from 'kysely';
import { z } from 'zod';
import {
  actorOf,
  forMembers,
  houseOperation,
  readOperation,
  type Scope,
} from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { waitingUploads } from '../../../mail/attachments.ts';
import { body, email, reference, seenVersion } from '../../fields.ts';
import { findTicket } from '../../tickets/tickets.ts';
import { addresses, attachmentIds, attachmentOutput, bcc, fileOf } from './fields.ts';

const ticketId = reference.describe('Id of the ticket.');
const knownVersion = z.int().min(0).default(0);
const kind = z.enum(['reply', 'note', 'forward']);
type Kind = z.infer<typeof kind>;

/** Drafts are people's: nobody else sees them, and who is no member has none. @throws {PosternError} */
function authorOf({ caller }: Scope): string {
  if (caller.kind !== 'operator') throw new PosternError('not_permitted', 'Only members have drafts.');
  return caller.id;
}

const mine = (scope: Scope, id: string) =>
  sql`workspace_id = ${scope.workspace.id} and ticket_id = ${id} and user_id = ${authorOf(scope)}`;

/** What was sent is no draft any more, also where the page that sent it was closed before it could say so. */
export async function dropSentDraft(
  { tx, workspace, caller }: Scope,
  sent: { ticketId: string; kind: Kind; body: string },
): Promise<void> {
  if (caller.kind !== 'operator') return;
  await tx
    .deleteFrom('drafts')
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', sent.ticketId)
    .where('userId', '=', caller.id)
    .where('kind', '=', sent.kind)
    .where('body', '=', sent.body)
    .execute();
}

const elsewhere = 'Another device or tab of yours saved this draft meanwhile; read it first.';

/** Above all that an earlier draft in its place can have had, so that nobody takes it for that one: seconds since 2020. */
const firstVersion = (now: Date): number => Math.floor((now.getTime() - Date.UTC(2020, 0)) / 1000);

export const saveDraft = houseOperation({
  name: 'save_draft',
  title: 'Keep a draft',
  summary:
    'Keeps what you are writing on a ticket, one draft of each kind, in the place of what was kept of that kind before. Refused where another device or tab of yours saved meanwhile: `version` says what you know of; read both, and save what is to be kept.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({
    ticketId,
    kind: kind.describe('What it is to be.'),
    body: body
      .optional()
      .describe(
        'What you have so far, up to 50,000 characters; left out where there are only files, or a recipient.',
      ),
    to: email.optional().describe('Of a forward: who is to get it.'),
    cc: addresses.optional().describe('Who is to get a copy; left out: the participants.'),
    bcc,
    attachmentIds,
    seen: seenVersion.describe('The ticket’s version as you had read it when you began.'),
    version: knownVersion.describe('Of the draft that this takes the place of; 0 where you know of none.'),
  }),
  output: z.object({
    version: z.int().describe('Rises with every save.'),
    savedAt: z.iso.datetime().describe('When, UTC.'),
  }),
  async commit(scope, { ticketId: id, kind: ofKind, body: text = '', to = null, cc = null, ...rest }) {
    const { tx, workspace, now } = scope;
    const { bcc: unseen, attachmentIds: files, seen, version } = rest;
    const userId = authorOf(scope);
    // Locked against an erasure, which takes drafts out: what is saved after it would stay.
    const { rows: found } = await sql`
      select from tickets where workspace_id = ${workspace.id} and id = ${id} for share`.execute(tx);
    if (found.length === 0) throw new PosternError('not_found', 'No ticket has this id.');
    const { rows } = await sql<{ version: number }>`
      insert into drafts (workspace_id, ticket_id, user_id, kind, body, forward_to, cc, bcc, attachment_ids, seen, saved_at, version)
      values (${workspace.id}, ${id}, ${userId}, ${ofKind}, ${text}, ${to}, ${cc}, ${unseen}, ${files}, ${seen}, ${now},
        ${firstVersion(now)})
      on conflict (workspace_id, ticket_id, user_id, kind) do update set body = excluded.body,
        forward_to = excluded.forward_to, cc = excluded.cc, bcc = excluded.bcc, attachment_ids = excluded.attachment_ids,
        seen = excluded.seen, saved_at = excluded.saved_at, version = drafts.version + 1
        where drafts.version = ${version}
      returning version`.execute(tx);
    if (rows.length === 0) throw new PosternError('conflict', elsewhere);
    return { version: rows[0]!.version, savedAt: now.toISOString() };
  },
});

const draft = z.object({
  kind: kind.describe('What it is to be.'),
  body: z.string().describe('What you wrote.'),
  to: z.string().nullable().describe('Of a forward: who is to get it.'),
  cc: z.array(z.string()).nullable().describe('Who is to get a copy; null: the participants.'),
  bcc: z.array(z.string()).describe('Who is to get a copy unseen.'),
  attachments: z
    .array(attachmentOutput)
    .describe('Your uploads that are to go with it; they wait for a day.'),
  seen: z.int().describe('The ticket’s version as you had read it when you began.'),
  version: z.int().describe('Rises with every save.'),
  savedAt: z.iso.datetime().describe('When it was saved last, UTC.'),
});

export const getDrafts = readOperation({
  name: 'get_drafts',
  title: 'Read your drafts',
  summary: 'Returns what you began to write on a ticket, at most one of each kind; nobody else sees it.',
  tier: 'read',
  access: forMembers('operator'),
  price: null,
  input: z.strictObject({ ticketId }),
  output: z.object({ drafts: z.array(draft).describe('Your drafts, the newest first.') }),
  async read(scope, { ticketId: id }) {
    const { tx, workspace, caller } = scope;
    if (!(await findTicket(tx, workspace.id, id)))
      throw new PosternError('not_found', 'No ticket has this id.');
    const { rows } = await sql<
      Omit<z.infer<typeof draft>, 'savedAt' | 'attachments'> & { savedAt: Date; attachmentIds: string[] }
    >`select kind, body, forward_to as "to", cc, bcc, attachment_ids, seen, version, saved_at
      from drafts where ${mine(scope, id)} order by saved_at desc, kind`.execute(tx);
    const ids = rows.flatMap((row) => row.attachmentIds);
    const files = new Map(
      (await waitingUploads(tx, workspace.id, actorOf(caller), ids)).map((file) => [file.id, file]),
    );
    return {
      drafts: rows.map(({ attachmentIds: wanted, savedAt, ...row }) => ({
        ...row,
        savedAt: savedAt.toISOString(),
        attachments: wanted.flatMap((one) => files.get(one) ?? []).map(fileOf),
      })),
    };
  },
});

export const deleteDraft = houseOperation({
  name: 'delete_draft',
  title: 'Throw a draft away',
  summary:
    'Takes away what you began to write on a ticket. Where there is nothing, nothing happens. Refused where `version` is given and another device or tab of yours saved meanwhile.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({
    ticketId,
    kind: kind.describe('Which of them.'),
    version: z.int().min(0).optional().describe('The one that you know of; left out: whichever there is.'),
  }),
  output: z.object({ deleted: z.boolean().describe('Whether there was one.') }),
  async commit(scope, { ticketId: id, kind: ofKind, version }) {
    const { rows } = await sql<{ version: number }>`
      delete from drafts where ${mine(scope, id)} and kind = ${ofKind} returning version`.execute(scope.tx);
    const [gone] = rows;
    // Refused, it is there again.
    if (gone && version !== undefined && gone.version !== version)
      throw new PosternError('conflict', elsewhere);
    return { deleted: gone !== undefined };
  },
});
