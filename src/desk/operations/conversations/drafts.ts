/** What a member began to write on a ticket: kept for them alone, so that another device of theirs has it. */
import { sql } from 'kysely';
import { z } from 'zod';
import { forMembers, houseOperation, readOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { body, reference, seenVersion } from '../../fields.ts';
import { findTicket } from '../../tickets/tickets.ts';
import { addresses, bcc } from './fields.ts';

const ticketId = reference.describe('Id of the ticket.');

/** Drafts are people's: nobody else sees them, and who is no member has none. @throws {PosternError} */
function authorOf({ caller }: Scope): string {
  if (caller.kind !== 'operator') throw new PosternError('not_permitted', 'Only members have drafts.');
  return caller.id;
}

const mine = (scope: Scope, id: string) =>
  sql`workspace_id = ${scope.workspace.id} and ticket_id = ${id} and user_id = ${authorOf(scope)}`;

/** What was sent is no draft any more, also where the page that sent it was closed before it could say so. */
export async function dropSentDraft({ tx, workspace, caller }: Scope, id: string, text: string) {
  if (caller.kind !== 'operator') return;
  await tx
    .deleteFrom('drafts')
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', id)
    .where('userId', '=', caller.id)
    .where('body', '=', text)
    .execute();
}

export const saveDraft = houseOperation({
  name: 'save_draft',
  title: 'Keep a draft',
  summary:
    'Keeps what you are writing on a ticket, one draft a ticket, in the place of what was kept before. The last to save wins; where `version` is more than one above what you had, another device of yours saved meanwhile.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({
    ticketId,
    kind: z.enum(['reply', 'note']).describe('What it is to be.'),
    body: body.describe('What you have so far, up to 50,000 characters.'),
    cc: addresses.optional().describe('Who is to get a copy; left out: the participants.'),
    bcc,
    seen: seenVersion.describe('The ticket’s version as you had read it when you began.'),
  }),
  output: z.object({
    version: z.int().describe('Rises with every save.'),
    savedAt: z.iso.datetime().describe('When, UTC.'),
  }),
  async commit(scope, { ticketId: id, kind, body: text, cc = null, bcc: unseen, seen }) {
    const { tx, workspace, now } = scope;
    const userId = authorOf(scope);
    // Locked against an erasure, which takes drafts out: what is saved after it would stay.
    const { rows: found } = await sql`
      select from tickets where workspace_id = ${workspace.id} and id = ${id} for share`.execute(tx);
    if (found.length === 0) throw new PosternError('not_found', 'No ticket has this id.');
    const { rows } = await sql<{ version: number }>`
      insert into drafts (workspace_id, ticket_id, user_id, kind, body, cc, bcc, seen, saved_at)
      values (${workspace.id}, ${id}, ${userId}, ${kind}, ${text}, ${cc}, ${unseen}, ${seen}, ${now})
      on conflict (workspace_id, ticket_id, user_id) do update set kind = excluded.kind, body = excluded.body,
        cc = excluded.cc, bcc = excluded.bcc, seen = excluded.seen, saved_at = excluded.saved_at,
        version = drafts.version + 1
      returning version`.execute(tx);
    return { version: rows[0]!.version, savedAt: now.toISOString() };
  },
});

const draft = z.object({
  kind: z.enum(['reply', 'note']).describe('What it is to be.'),
  body: z.string().describe('What you wrote.'),
  cc: z.array(z.string()).nullable().describe('Who is to get a copy; null: the participants.'),
  bcc: z.array(z.string()).describe('Who is to get a copy unseen.'),
  seen: z.int().describe('The ticket’s version as you had read it when you began.'),
  version: z.int().describe('Rises with every save.'),
  savedAt: z.iso.datetime().describe('When it was saved last, UTC.'),
});

export const getDraft = readOperation({
  name: 'get_draft',
  title: 'Read your draft',
  summary: 'Returns what you began to write on a ticket; nobody else sees it.',
  tier: 'read',
  access: forMembers('operator'),
  price: null,
  input: z.strictObject({ ticketId }),
  output: z.object({ draft: draft.nullable().describe('Your draft; null where you have none.') }),
  async read(scope, { ticketId: id }) {
    if (!(await findTicket(scope.tx, scope.workspace.id, id)))
      throw new PosternError('not_found', 'No ticket has this id.');
    const { rows } = await sql<Omit<z.infer<typeof draft>, 'savedAt'> & { savedAt: Date }>`
      select kind, body, cc, bcc, seen, version, saved_at from drafts where ${mine(scope, id)}`.execute(
      scope.tx,
    );
    const [row] = rows;
    return { draft: row ? { ...row, savedAt: row.savedAt.toISOString() } : null };
  },
});

export const deleteDraft = houseOperation({
  name: 'delete_draft',
  title: 'Throw a draft away',
  summary: 'Takes away what you began to write on a ticket. Where there is nothing, nothing happens.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({ ticketId }),
  output: z.object({ deleted: z.boolean().describe('Whether there was one.') }),
  async commit(scope, { ticketId: id }) {
    const { numAffectedRows } = await sql`delete from drafts where ${mine(scope, id)}`.execute(scope.tx);
    return { deleted: numAffectedRows === 1n };
  },
});
