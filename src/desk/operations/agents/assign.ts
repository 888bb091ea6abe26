import { sql } from 'kysely';
import { z } from 'zod';
import { forAgents, pricedOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { usdc } from '../../../kernel/money.ts';
import { listTeams } from '../../../people/teams.ts';
import { isStranger, openTicketFor } from '../../agents/visibility.ts';
import { line, reference } from '../../fields.ts';
import { applyChange } from '../../tickets/change.ts';
import type { Ticket } from '../../tickets/tickets.ts';
import { proposeCall } from './propose-call.ts';

const nobody = 'nobody';
const none = 'none';

const input = z.strictObject({
  ticketId: reference.describe('Id of the ticket.'),
  assignee: line(254)
    .optional()
    .describe('Who gets it: id or email of a member who works tickets; `nobody` takes it away.'),
  team: line(200).optional().describe('Which team gets it: its id or name; `none` takes it away.'),
});
type Asked = z.output<typeof input>;
/** What is not asked for stays. */
type Target = Partial<Pick<Ticket, 'assigneeId' | 'teamId'>>;

export const assign = pricedOperation({
  name: 'assign',
  title: 'Assign a ticket',
  summary:
    'Gives a ticket that you see to a member, to a team, or to both. Reach for it when you know whose it is; `outcome` says whether it was assigned or waits for approval. It tells nobody by mail, changes nothing else, and does not say who works here: to a stranger what is unknown, or so already, is not refused, but waits for a person, who rejects it. Refused, without charge, while the ticket is resolved or closed, or is assigned so already.',
  tier: 'send',
  access: forAgents('operator'),
  private: true,
  price: usdc('0.06'),
  input,
  output: z.object({
    outcome: z
      .enum(['assigned', 'queued'])
      .describe('Whether it is assigned now, or waits for a person to approve or reject it.'),
    proposalId: z.string().optional().describe('Id of the proposal, if it was queued.'),
  }),
  async prepare(scope, asked) {
    const ticket = await assignable(scope, asked);
    // By asking for a price anyone may try for nothing who works here, and whose it is: a stranger learns neither.
    if (isStranger(scope.caller)) return asked;
    refuseSame(ticket, known(await targetOf(scope, asked)));
    return asked;
  },
  queue,
  async commit(scope, asked) {
    const ticket = await assignable(scope, asked, true);
    const target = await targetOf(scope, asked);
    if (!target && isStranger(scope.caller)) return queue(scope, asked);
    await applyChange(scope, ticket, known(target));
    return { outcome: 'assigned' as const };
  },
});

async function queue(scope: Scope, asked: Asked) {
  const ticket = await assignable(scope, asked);
  return { outcome: 'queued' as const, proposalId: await proposeCall(scope, ticket, 'assign', asked) };
}

/** @throws {PosternError} `invalid_arguments` where nothing is asked for; `not_found`; `conflict` where it is done with */
async function assignable(scope: Scope, { ticketId, assignee, team }: Asked, lock = false): Promise<Ticket> {
  if (assignee === undefined && team === undefined)
    throw new PosternError('invalid_arguments', 'Name an assignee, a team, or both.');
  return (await openTicketFor(scope, ticketId, { lock, redacts: true })).ticket;
}

function known(target: Target | undefined): Target {
  if (target) return target;
  throw new PosternError('invalid_arguments', 'No member who works tickets, or no team, is named so.');
}

function refuseSame(ticket: Ticket, target: Target): void {
  const fields = Object.entries(target) as [keyof Target, string | null][];
  if (fields.every(([field, value]) => ticket[field] === value))
    throw new PosternError('conflict', 'The ticket is assigned so already.');
}

/** @returns none where the member or the team is unknown. */
async function targetOf(scope: Scope, { assignee, team }: Asked): Promise<Target | undefined> {
  const target: Target = {};
  if (assignee !== undefined) {
    const assigneeId = assignee === nobody ? null : await memberNamed(scope, assignee);
    if (assigneeId === undefined) return undefined;
    target.assigneeId = assigneeId;
  }
  if (team !== undefined) {
    const teamId = team === none ? null : await teamNamed(scope, team);
    if (teamId === undefined) return undefined;
    target.teamId = teamId;
  }
  return target;
}

async function memberNamed({ tx, workspace }: Scope, name: string): Promise<string | undefined> {
  const member = await tx
    .selectFrom('members')
    .select('userId')
    .where('workspaceId', '=', workspace.id)
    .where('role', '<>', 'viewer')
    .where((eb) => eb.or([eb('userId', '=', name), eb(sql`lower(email)`, '=', name.toLowerCase())]))
    .executeTakeFirst();
  return member?.userId;
}

async function teamNamed({ tx, workspace }: Scope, name: string): Promise<string | undefined> {
  const teams = await listTeams(tx, workspace.id);
  const found =
    teams.find(({ id }) => id === name) ??
    teams.find((team) => team.name.toLowerCase() === name.toLowerCase());
  return found?.id;
}
