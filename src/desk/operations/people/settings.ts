/** The desk's settings, and the log of who did what. */
import { sql } from 'kysely';
import { z } from 'zod';
import { forMembers, houseOperation, readOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { audit } from '../../../store/audit.ts';
import { line, seenVersion, tag } from '../../fields.ts';
import { changerOf } from './changer.ts';

const agentsSee = z.enum(['none', 'hand', 'tag', 'all']);
const settingsOutput = z.object({
  agentsSee: agentsSee.describe('Which tickets strangers may read, redacted.'),
  agentsTag: z.string().describe('The tag that opens a ticket to them, where that is the way.'),
  timeZone: z.string().describe('IANA name of the desk’s time zone.'),
  askForRating: z
    .boolean()
    .describe('Whether customers are asked how the help was, an hour after a resolution.'),
  ratingPauseDays: z.int().describe('For how many days a ticket is not asked about again.'),
  contactPage: z.boolean().describe('Whether anybody may write in by the public contact page.'),
  version: z.int().describe('Rises with every change; who changes them says which one they saw.'),
});

const columns = [
  'agentsSee',
  'agentsTag',
  'timeZone',
  'askForRating',
  'ratingPauseDays',
  'contactPage',
] as const;

const readSettings = ({ tx, workspace }: Scope) =>
  tx
    .selectFrom('deskSettings')
    .select([...columns, 'version'])
    .where('workspaceId', '=', workspace.id);

export const getDeskSettings = readOperation({
  name: 'get_desk_settings',
  title: 'Show the desk’s settings',
  summary:
    'Returns what the desk opens to agents and to whoever writes in, its time zone, and whether it asks for ratings.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({}),
  output: settingsOutput,
  read: (scope) => readSettings(scope).executeTakeFirstOrThrow(),
});

export const updateDeskSettings = houseOperation({
  name: 'update_desk_settings',
  title: 'Change the desk’s settings',
  summary:
    'Changes what is given and leaves the rest. Refused where they have changed since you read them: `version` says what you saw.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({
    version: seenVersion.describe('Their version as you read them.'),
    agentsSee: agentsSee
      .optional()
      .describe(
        'Which tickets strangers may read, redacted: none, those opened by hand, those with the tag, all.',
      ),
    agentsTag: tag.optional().describe('The tag that opens a ticket to them.'),
    timeZone: line(64)
      .refine(isTimeZone, 'must be the IANA name of a time zone, such as Europe/Warsaw')
      .optional()
      .describe('IANA name, such as Europe/Warsaw.'),
    askForRating: z
      .boolean()
      .optional()
      .describe('Whether customers with a verified address are asked how the help was. Off unless set.'),
    ratingPauseDays: z
      .int()
      .min(1)
      .max(365)
      .optional()
      .describe('For how many days a ticket is not asked about again: 1 to 365, 30 unless set.'),
    contactPage: z
      .boolean()
      .optional()
      .describe('Whether anybody may write in by the public contact page. On unless set.'),
  }),
  output: settingsOutput,
  async commit(scope, { version, ...input }) {
    const { tx, workspace } = scope;
    const by = changerOf(scope);
    const { version: now, ...before } = await readSettings(scope).forUpdate().executeTakeFirstOrThrow();
    if (now !== version)
      throw new PosternError('conflict', 'The settings have changed since you read them; read them again.', {
        version: now,
      });
    const after = { ...before, ...input };
    const changes: JsonObject = {};
    for (const key of columns)
      if (after[key] !== before[key]) changes[key] = { from: before[key], to: after[key] };
    if (Object.keys(changes).length === 0) return { ...after, version };
    await tx.updateTable('deskSettings').set(after).where('workspaceId', '=', workspace.id).execute();
    await audit(tx, by.ids, {
      workspaceId: workspace.id,
      actor: by.actor,
      action: 'settings.changed',
      subject: null,
      reason: '',
      details: changes,
    });
    return readSettings(scope).executeTakeFirstOrThrow();
  },
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // An offset such as `+02:00` is taken too, and knows no summer.
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

const cursorPattern = /^([0-9 :.+-]{10,40})\|(aud_\w{1,40})$/;

export const listAudit = readOperation({
  name: 'list_audit',
  title: 'Show who did what',
  summary:
    'Returns entries of the audit log, the newest first, of one subject where it is named. A page is 20, at most 50; `nextCursor` leads on.',
  tier: 'read',
  access: forMembers('admin'),
  price: null,
  input: z.strictObject({
    subject: line(200).optional().describe('What it was done to: an id, or a wallet’s address.'),
    limit: z.int().min(1).max(50).default(20).describe('Entries at most, up to 50.'),
    cursor: line(200).optional().describe('`nextCursor` of the page before.'),
  }),
  output: z.object({
    entries: z
      .array(
        z.object({
          auditId: z.string().describe('Id of the entry.'),
          at: z.iso.datetime().describe('When, UTC.'),
          actor: z.string().describe('Who: `operator:` and an id, `rules`, `system`.'),
          action: z.string().describe('What was done.'),
          subject: z.string().nullable().describe('What it was done to; null: the workspace.'),
          reason: z.string().describe('Why, where one was given.'),
          details: z.record(z.string(), z.json()).describe('What changed.'),
        }),
      )
      .describe('The newest first.'),
    nextCursor: z.string().nullable().describe('Leads to the next page; null at the end.'),
  }),
  async read({ tx, workspace }, { subject, limit, cursor }) {
    let rows = tx
      .selectFrom('auditLog')
      .select(['id', 'at', 'actor', 'action', 'subject', 'reason', 'details'])
      // To the microsecond, which a Date does not hold.
      .select(sql<string>`(at at time zone 'UTC')::text`.as('exactly'))
      .where('workspaceId', '=', workspace.id);
    if (subject !== undefined) rows = rows.where('subject', '=', subject);
    if (cursor !== undefined) {
      const [at, id] = readCursor(cursor);
      rows = rows.where(sql<boolean>`(at, id) < (${at}::timestamp at time zone 'UTC', ${id})`);
    }
    const found = await rows
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      entries: page.map(({ id, at, exactly: _, ...entry }) => ({
        ...entry,
        auditId: id,
        at: at.toISOString(),
      })),
      nextCursor:
        last && found.length > limit ? Buffer.from(`${last.exactly}|${last.id}`).toString('base64url') : null,
    };
  },
});

function readCursor(cursor: string): [at: string, id: string] {
  const parts = cursorPattern.exec(Buffer.from(cursor, 'base64url').toString());
  if (!parts || !Number.isFinite(Date.parse(`${parts[1]}Z`)))
    throw new PosternError('invalid_arguments', 'cursor: is none that this operation gave.');
  return [parts[1]!, parts[2]!];
}
