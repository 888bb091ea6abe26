import { z } from 'zod';
import { forMembers, houseOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { reference, seenVersion } from '../../fields.ts';
import { applyChange, type TicketChange } from '../../tickets/change.ts';
import { type Ticket, ticketsOf } from '../../tickets/tickets.ts';
import { changeFields, changeOf, maxTags, tagList } from '../tickets/changes.ts';

const maxTickets = 100;

const result = z.object({
  ticketId: z.string().describe('Id of the ticket, as it was given.'),
  outcome: z
    .enum(['ok', 'conflict', 'not_found'])
    .describe('Whether it is so now, could not be changed, or is not there.'),
  version: z.int().optional().describe('Its version now.'),
  reason: z.string().optional().describe('Why it could not be changed.'),
});
type Result = z.infer<typeof result>;

export const bulkUpdate = houseOperation({
  name: 'bulk_update',
  title: 'Change many tickets',
  summary:
    'Makes the same change to up to 100 tickets. Each is judged by itself: one that has changed since you read it, where `versions` says what you saw, or that is gone, is left as it is and named; the others change.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({
    ticketIds: z
      .array(reference)
      .min(1)
      .max(maxTickets)
      .refine((ids) => new Set(ids).size === ids.length, 'must not name a ticket twice')
      .describe('Ids of the tickets, up to 100.'),
    versions: z
      .array(seenVersion)
      .optional()
      .describe('Their versions as you read them, in the same order; left out, each changes as it stands.'),
    addTags: tagList.optional().describe('Tags that each has from now on.'),
    removeTags: tagList.optional().describe('Tags that none has any more.'),
    ...changeFields,
  }),
  output: z.object({
    results: z.array(result).describe('What became of each, in the order given.'),
    changed: z.int().describe('How many of them changed; others that are `ok` were so already.'),
  }),
  async commit(scope, { ticketIds, versions, addTags = [], removeTags = [], ...given }) {
    if (versions && versions.length !== ticketIds.length)
      throw new PosternError('invalid_arguments', 'versions: one for each ticket, or none at all.');
    if (addTags.some((tag) => removeTags.includes(tag)))
      throw new PosternError('invalid_arguments', 'removeTags: names a tag that is to be added.');
    const change = await changeOf(scope, given);
    if (Object.keys(change).length + addTags.length + removeTags.length === 0)
      throw new PosternError('invalid_arguments', 'Nothing is said that is to change.');
    if (change.status === 'snoozed' && !change.snoozedUntil)
      throw new PosternError('invalid_arguments', 'A snoozed ticket needs a time to come back at.');
    const tickets = await lockAll(scope, ticketIds);
    const judged = new Map<string, Result>();
    // In the order of their locks, so that events of two bulks do not cross.
    for (const ticket of tickets) {
      const seen = versions?.[ticketIds.indexOf(ticket.id)];
      judged.set(ticket.id, await changeOne(scope, ticket, { change, addTags, removeTags, seen }));
    }
    const results = ticketIds.map(
      (ticketId): Result => judged.get(ticketId) ?? { ticketId, outcome: 'not_found' },
    );
    const was = new Map(tickets.map(({ id, version }) => [id, version]));
    const isChanged = ({ ticketId, outcome, version }: Result) =>
      outcome === 'ok' && version !== was.get(ticketId);
    return { results, changed: results.filter(isChanged).length };
  },
});

/** In the order of their ids, whoever names them in which: two bulks at once wait for each other, never both. */
const lockAll = ({ tx, workspace }: Scope, ids: readonly string[]): Promise<Ticket[]> =>
  ticketsOf(tx, workspace.id).where('id', 'in', ids).orderBy('id').forUpdate().execute();

interface One {
  change: TicketChange;
  addTags: readonly string[];
  removeTags: readonly string[];
  /** The version that the caller saw. */
  seen: number | undefined;
}

/** What refuses is found before anything of the ticket is written. */
async function changeOne(scope: Scope, ticket: Ticket, { change, seen, ...tags }: One): Promise<Result> {
  const refused = (reason: string): Result => ({
    ticketId: ticket.id,
    outcome: 'conflict',
    version: ticket.version,
    reason,
  });
  if (seen !== undefined && seen !== ticket.version) return refused('It has changed since you read it.');
  if (ticket.mergedInto !== null) return refused('It was merged into another ticket.');
  const after = tagsAfter(ticket.tags, tags);
  if (after.length > maxTags) return refused(`It would have more than ${maxTags} tags.`);
  const changed = await applyChange(scope, ticket, { ...change, tags: after });
  return { ticketId: ticket.id, outcome: 'ok', version: changed.version };
}

const tagsAfter = (
  tags: readonly string[],
  { addTags, removeTags }: Pick<One, 'addTags' | 'removeTags'>,
): string[] => [...new Set([...tags, ...addTags])].filter((tag) => !removeTags.includes(tag));
