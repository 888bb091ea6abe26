/** Tags are made by being used; here they are counted, renamed and taken away. */
import { sql } from 'kysely';
import { z } from 'zod';
import {
  forMembers,
  houseOperation,
  type Operation,
  readOperation,
  type Scope,
} from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { audit } from '../../../store/audit.ts';
import { tag } from '../../fields.ts';
import {
  assertNowhereNamed,
  type Followed,
  followTag,
  lockProposalsNaming,
} from '../../teamwork/tag-names.ts';
import { applyChange } from '../../tickets/change.ts';
import { type Ticket, ticketsOf } from '../../tickets/tickets.ts';
import { changerOf } from '../people/changer.ts';

/** Tickets that one call changes: each gets a new version and an entry in its history. */
const atOnce = 500;

const count = z.int().describe('Tickets that have it.');
const next = z.string().optional();

const listTags = readOperation({
  name: 'list_tags',
  title: 'List the tags in use',
  summary: 'Lists the tags that tickets have, by name, with how many have each. A page is 20, at most 50.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({
    after: tag.optional().describe('`next` of the page before this one.'),
    limit: z.int().min(1).max(50).default(20).describe('Tags at most, up to 50.'),
  }),
  output: z.object({
    tags: z.array(z.object({ tag: z.string().describe('The tag.'), tickets: count })).describe('By name.'),
    next: next.describe('For the next page; absent on the last.'),
  }),
  async read({ tx, workspace }, { after = '', limit }) {
    const { rows } = await sql<{ tag: string; tickets: number }>`
      select tag collate "C" as tag, count(*)::int4 as tickets from tickets, unnest(tags) as tag
      where workspace_id = ${workspace.id} and merged_into is null and tag collate "C" > ${after}
      group by 1 order by 1 limit ${limit + 1}`.execute(tx);
    const tags = rows.slice(0, limit);
    return { tags, ...(rows.length > limit && { next: tags.at(-1)!.tag }) };
  },
});

const renameTag = houseOperation({
  name: 'rename_tag',
  title: 'Rename a tag, or take it away',
  summary: `Gives every ticket that has a tag another one in its place, or none. Rules, macros, due times, views, waiting proposals and the setting that opens tickets to agents follow at once. A tag that one of them names, proposals and members’ own views aside, is not taken away. Changes up to ${atOnce} tickets; where \`left\` is more than 0, call it again.`,
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({
    tag: tag.describe('The tag, as `list_tags` returns it.'),
    to: tag
      .nullable()
      .describe('Its new name; a tag that is there already takes its tickets over. Null: none.'),
  }),
  output: z.object({
    changed: z.int().describe('Tickets that were changed.'),
    left: z.int().describe('Tickets that still have it.'),
    followed: z
      .int()
      .describe(
        'Rules, macros, due times, views, proposals and settings that named it, and name the other now.',
      ),
  }),
  async commit(scope, { tag: from, to }) {
    const { tx, workspace } = scope;
    if (from === to) throw new PosternError('invalid_arguments', 'to: is the same tag.');
    const by = changerOf(scope);
    const proposals = to === null ? [] : await lockProposalsNaming(scope, from);
    const tickets = await tagged(scope, from);
    // Before the tickets are written: what happens to them then is judged by rules that know the new name.
    if (to === null) await assertNowhereNamed(scope, from);
    const named: Partial<Followed> = to === null ? {} : await followTag(scope, { from, to, proposals });
    const followed = Object.values(named).reduce((sum, count) => sum + count, 0);
    for (const ticket of tickets) await applyChange(scope, ticket, { tags: withTag(ticket.tags, from, to) });
    const left = await countTagged(scope, from);
    if (tickets.length + followed > 0)
      await audit(tx, by.ids, {
        workspaceId: workspace.id,
        actor: by.actor,
        action: 'tag.renamed',
        subject: from,
        reason: '',
        details: { to, tickets: tickets.length, ...named },
      });
    return { changed: tickets.length, left, followed };
  },
});

/** What was merged away cannot be changed any more. */
const changeable = ({ tx, workspace }: Scope, name: string) =>
  ticketsOf(tx, workspace.id)
    .where(sql<boolean>`tags @> array[${name}]::text[]`)
    .where('mergedInto', 'is', null);

/** In the order of their ids, as all who lock several do. */
const tagged = (scope: Scope, name: string): Promise<Ticket[]> =>
  changeable(scope, name).orderBy('id').limit(atOnce).forUpdate().execute();

async function countTagged(scope: Scope, name: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int4 as count from tickets
    where workspace_id = ${scope.workspace.id} and tags @> array[${name}]::text[] and merged_into is null`.execute(
    scope.tx,
  );
  return rows[0]!.count;
}

const withTag = (tags: readonly string[], from: string, to: string | null): string[] => [
  ...new Set(tags.flatMap((one) => (one !== from ? [one] : to === null ? [] : [to]))),
];

export const tagOperations: readonly Operation[] = [listTags, renameTag];
