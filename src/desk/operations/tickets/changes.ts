/** What may be changed of a ticket beside its thread: one at a time, or many. */
import { z } from 'zod';
import type { Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { roleOf } from '../../../people/members.ts';
import { listTeams } from '../../../people/teams.ts';
import { reference, tag, ticketPriority, ticketStatus } from '../../fields.ts';
import type { TicketChange } from '../../tickets/change.ts';

/** Tags that one ticket has at most. */
export const maxTags = 50;

/** A list of tags, each once. */
export const tagList = z
  .array(tag)
  .max(maxTags)
  .refine((tags) => new Set(tags).size === tags.length, 'must not name a tag twice');

/** Fields of the input. */
export const changeFields = {
  status: ticketStatus.optional().describe('Where it stands from now on.'),
  snoozedUntil: z.iso.datetime().optional().describe('Snoozes it until then, UTC.'),
  priority: ticketPriority.optional().describe('How much it hurries.'),
  assigneeId: reference.nullable().optional().describe('The operator who has it; null for nobody.'),
  teamId: reference.nullable().optional().describe('The team that has it; null for none.'),
  openedToAgents: z.boolean().optional().describe('Whether it is opened to agents by hand.'),
};

/** Those fields as they come in, and what else is written as it is. */
type Given = { snoozedUntil?: string | undefined } & {
  [K in Exclude<keyof TicketChange, 'snoozedUntil'>]?: TicketChange[K] | undefined;
};

/**
 * What is given as a change. It reads.
 * @throws {PosternError} `invalid_arguments` for somebody who is no member, no team, a time that is past, or of a status
 * that has none.
 */
export async function changeOf(scope: Scope, { snoozedUntil, ...given }: Given): Promise<TicketChange> {
  if (snoozedUntil !== undefined && given.status !== undefined && given.status !== 'snoozed')
    throw new PosternError(
      'invalid_arguments',
      `snoozedUntil: a ticket that is ${given.status} is not snoozed.`,
    );
  await assertKnown(scope, given);
  const change = {
    ...given,
    snoozedUntil: snoozedUntil === undefined ? undefined : future(snoozedUntil, scope.now),
  };
  return Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  ) as TicketChange;
}

function future(time: string, now: Date): Date {
  const at = new Date(time);
  if (at <= now) throw new PosternError('invalid_arguments', 'snoozedUntil: must be to come.');
  return at;
}

async function assertKnown({ tx, workspace }: Scope, { assigneeId, teamId }: Given): Promise<void> {
  if (assigneeId) {
    const role = await roleOf(tx, workspace.id, assigneeId);
    if (!role || role === 'viewer')
      throw new PosternError('invalid_arguments', 'assigneeId: no member who works tickets has this id.');
  }
  if (teamId && !(await listTeams(tx, workspace.id)).some(({ id }) => id === teamId))
    throw new PosternError('invalid_arguments', 'teamId: no team has this id.');
}
