import { sql } from 'kysely';
import { z } from 'zod';
import { forAgents, pricedOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { usdc } from '../../../kernel/money.ts';
import { teamNamed } from '../../../people/teams.ts';
import { isStranger, openTicketFor } from '../../agents/visibility.ts';
import { line, reference, teamName } from '../../fields.ts';
import { applyChange } from '../../tickets/change.ts';
import type { Ticket } from '../../tickets/tickets.ts';
import { type AsOf, proposeCall } from './propose-call.ts';

const nobody = 'nobody';
const none = 'none';

const input = z.strictObject({
  ticketId: reference.describe('Id of the ticket.'),
  assignee: line(254)
    .optional()
    .describe('Who gets it: id or email of a member who works tickets; `nobody` takes it away.'),
  team: teamName.optional().describe('Which team gets it: its id or name; `none` takes it away.'),
});
type Asked = AsOf<z.output<typeof input>>;
/** What is not asked for stays. */
type Target = Partial<Pick<Ticket, 'assigneeId' | 'teamId'>>;

export const assign = pricedOperation({
  name: 'assign',
  title: 'Assign a ticket',
  summary:
    'Gives a ticket that you see to a member, to a team, or to both. Reach for it when you know whose it is; `outcome` says whether it was assigned or waits for approval. It tells nobody by mail, changes nothing else, and does not say who works here: from who is not of the company what names a member always waits for a person, as does a team that is unknown, and nothing is refused for being so already. Refused, without charge, while the ticket is resolved or closed, or, to who is of the company, is assigned so already.',
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
  async prepare(scope, asked): Promise<Asked> {
    const ticket = await assignable(scope, asked);
    const plan = { ...asked, asOf: ticket.version };
    // By asking for a price anyone may try for nothing who works here, and whose it is: a stranger learns neither.
    if (isStranger(scope.caller)) return plan;
    refuseSame(ticket, known(await targetOf(scope, asked)));
    return plan;
  },
  queue,
  wouldQueue: async ({ caller }, asked) => isStranger(caller) && namesMember(asked),
  async commit(scope, asked) {
    const ticket = await assignable(scope, asked, true);
    const target = await targetOf(scope, asked);
    // Also from one that is trusted: what is done for one name and waits for another would tell which of them works here.
    if (isStranger(scope.caller) && (!target || namesMember(asked))) return queue(scope, asked);
    await applyChange(scope, ticket, known(target));
    return { outcome: 'assigned' as const };
  },
});

const namesMember = ({ assignee }: Asked): boolean => assignee !== undefined && assignee !== nobody;

async function queue(scope: Scope, { asOf, ...asked }: Asked) {
  const ticket = await assignable(scope, asked);
  const proposalId = await proposeCall(scope, { ticket, asOf }, 'assign', asked);
  return { outcome: 'queued' as const, proposalId };
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
    const teamId = team === none ? null : await teamNamed(scope.tx, scope.workspace.id, team);
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
