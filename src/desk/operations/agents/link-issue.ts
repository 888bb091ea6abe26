import { z } from 'zod';
import {
  forAgents,
  forMembers,
  houseOperation,
  pricedOperation,
  type Scope,
} from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { usdc } from '../../../kernel/money.ts';
import { type Seen, ticketFor } from '../../agents/visibility.ts';
import { holdIssue, issueFor } from '../../content/issues.ts';
import { isLinked, link, refuseLinked, unlink } from '../../content/links.ts';
import { reference } from '../../fields.ts';
import { lockSeen } from '../../tickets/change.ts';
import { type AsOf, proposeCall } from './propose-call.ts';

const input = z.strictObject({
  ticketId: reference.describe('Id of the ticket.'),
  issueId: reference.describe('Id of the issue, as `list_issues` returns it.'),
});

type Asked = z.output<typeof input>;

export const linkIssue = pricedOperation({
  name: 'link_issue',
  title: 'Link a ticket to a known issue',
  summary:
    'Says that a ticket that you see is about an issue of `list_issues`, so that people see how many it concerns and whom to tell when it is fixed. Reach for it when the ticket describes that problem; `create_issue` writes down one that is not known yet. It returns whether the link is made or waits for a person. It changes nothing else of the ticket, and tells the customer nothing. Refused, without charge, on a closed ticket and, unless the ticket is shown to you masked, where the two are linked already.',
  tier: 'draft',
  access: forAgents('operator'),
  // A ticket's id and an issue's are no secret where tickets are opened: by them alone nobody shall find the purchase.
  private: true,
  price: usdc('0.03'),
  input,
  output: z.object({
    outcome: z
      .enum(['linked', 'queued'])
      .describe('Whether they are linked now, or it waits for a person to approve or reject it.'),
    proposalId: z.string().optional().describe('Id of the proposal, if it was queued.'),
  }),
  async prepare(scope, asked): Promise<AsOf<Asked>> {
    return { ...asked, asOf: (await linkable(scope, asked)).ticket.version };
  },
  async queue(scope, { asOf, ...asked }) {
    const { ticket } = await linkable(scope, asked);
    const proposalId = await proposeCall(scope, { ticket, asOf }, 'link_issue', asked);
    return { outcome: 'queued' as const, proposalId };
  },
  async commit(scope, asked) {
    const { ticket, sight } = await linkable(scope, asked, true);
    if (sight === 'full' || !(await isLinked(scope, ticket.id, asked.issueId)))
      await link(scope, ticket, asked.issueId);
    return { outcome: 'linked' as const };
  },
});

/** @throws {PosternError} `not_found` for either; `conflict` where they are linked already, or an agent names a closed ticket */
async function linkable(scope: Scope, { ticketId, issueId }: Asked, lock = false): Promise<Seen> {
  const seen = await ticketFor(scope, ticketId, { lock, redacts: true });
  const { ticket, sight } = seen;
  if (lock) await holdIssue(scope, issueId);
  await issueFor(scope, issueId);
  const over = ticket.status === 'closed' || ticket.status === 'spam';
  if (over && scope.caller.kind !== 'operator')
    throw new PosternError('conflict', `The ticket is ${ticket.status}; no agent links it.`);
  // What a ticket is linked to is not shown to whom it is shown masked, and a refusal would tell, for nothing.
  if (sight === 'full') await refuseLinked(scope, ticketId, issueId);
  return seen;
}

export const unlinkIssue = houseOperation({
  name: 'unlink_issue',
  title: 'Take a ticket from an issue',
  summary: 'Takes the link between a ticket and an issue away; both stay.',
  tier: 'send',
  access: forMembers('operator'),
  input,
  output: z.object({ version: z.int().describe('The ticket’s version after it.') }),
  commit: async (scope, { ticketId, issueId }) => ({
    version: await unlink(scope, await lockSeen(scope, ticketId), issueId),
  }),
});
