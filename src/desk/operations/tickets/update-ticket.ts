import { z } from 'zod';
import { forMembers, houseOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { roleOf } from '../../../people/members.ts';
import { listTeams } from '../../../people/teams.ts';
import { reference, seenVersion, subject, tag, ticketPriority, ticketStatus } from '../../fields.ts';
import { changeTicket, type TicketChange } from '../../tickets/change.ts';
import { lineOf, ticketLine } from '../search/shown.ts';

export const updateTicket = houseOperation({
  name: 'update_ticket',
  title: 'Change a ticket',
  summary:
    'Changes what is given of a ticket and leaves the rest. Refused where it has changed since you read it: `version` says what you saw.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({
    ticketId: reference.describe('Id of the ticket.'),
    version: seenVersion.describe('Its version as you read it.'),
    subject: subject.optional().describe('In one line of up to 200 characters.'),
    status: ticketStatus.optional().describe('Where it stands from now on.'),
    snoozedUntil: z.iso.datetime().optional().describe('Snoozes it until then, UTC.'),
    priority: ticketPriority.optional().describe('How much it hurries.'),
    tags: z
      .array(tag)
      .max(50)
      .refine((tags) => new Set(tags).size === tags.length, 'must not name a tag twice')
      .optional()
      .describe('All of its tags; an empty list takes them away.'),
    assigneeId: reference.nullable().optional().describe('The operator who has it; null for nobody.'),
    teamId: reference.nullable().optional().describe('The team that has it; null for none.'),
    openedToAgents: z.boolean().optional().describe('Whether it is opened to agents by hand.'),
  }),
  output: ticketLine,
  async commit(scope, { ticketId, version, snoozedUntil, ...given }) {
    await assertKnown(scope, given);
    const change = defined({
      ...given,
      snoozedUntil: snoozedUntil === undefined ? undefined : future(snoozedUntil, scope.now),
    });
    return lineOf(await changeTicket(scope, ticketId, change, { version }));
  },
});

const defined = (change: { [K in keyof TicketChange]: TicketChange[K] | undefined }): TicketChange =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as TicketChange;

/** @throws {PosternError} `invalid_arguments` for a time that is past */
function future(time: string, now: Date): Date {
  const at = new Date(time);
  if (at <= now) throw new PosternError('invalid_arguments', 'snoozedUntil: must be to come.');
  return at;
}

/** @throws {PosternError} `invalid_arguments` for somebody who is no member, or no team */
async function assertKnown(
  { tx, workspace }: Scope,
  { assigneeId, teamId }: { assigneeId?: string | null | undefined; teamId?: string | null | undefined },
): Promise<void> {
  if (assigneeId) {
    const role = await roleOf(tx, workspace.id, assigneeId);
    if (!role || role === 'viewer')
      throw new PosternError('invalid_arguments', 'assigneeId: no member who works tickets has this id.');
  }
  if (teamId && !(await listTeams(tx, workspace.id)).some(({ id }) => id === teamId))
    throw new PosternError('invalid_arguments', 'teamId: no team has this id.');
}
