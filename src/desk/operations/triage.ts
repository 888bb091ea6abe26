import { z } from 'zod';
import { forAgents, pricedOperation, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { usdc } from '../../kernel/money.ts';
import type { Model, Triage, TriageRequest } from '../../model/model.ts';
import { isStranger, openTicketFor, type Seen, type Sight } from '../agents/visibility.ts';
import { line, reference, tag, teamName, ticketPriority } from '../fields.ts';
import { applyChange } from '../tickets/change.ts';
import {
  type Filed,
  type Filing,
  filed,
  filingOf,
  gatherTriage,
  refuseAgentsTag,
  unfitFiling,
} from '../triage.ts';
import { type AsOf, proposeCall } from './agents/propose-call.ts';

/** How the caller would have it filed, or what the model is to be asked, or what it said. */
export type TriagePlan = AsOf<{
  ticketId: string;
  filing?: Filing;
  request?: TriageRequest;
  said?: Triage;
}>;

export const triage = (model: Model) =>
  pricedOperation({
    name: 'triage',
    title: 'File a ticket',
    summary:
      'Sets priority and team of a ticket that you see, and adds tags. Reach for it when a ticket is filed wrongly or not at all; without `priority`, `tags` and `team` the company’s own model says how, from the ticket and from how resolved tickets like it were filed. Returns the values, and no text of the ticket, to who is not of the company only those that it gave; `outcome` says whether they were applied. It takes no tag away, answers nobody and closes nothing. From who is not of the company a team that is unknown is not refused, but waits for a person. Refused, without charge, while the ticket is resolved or closed, where `tags` has the tag that opens tickets to agents, and, unless the ticket is shown to you masked, where it is filed so already.',
    tier: 'draft',
    access: forAgents('operator'),
    private: true,
    price: usdc('0.03'),
    input: z.strictObject({
      ticketId: reference.describe('Id of the ticket.'),
      priority: ticketPriority.optional().describe('How much it hurries.'),
      tags: z.array(tag).min(1).max(20).optional().describe('Tags to add to those it has: 1 to 20.'),
      team: teamName.optional().describe('Which team it is for: its id or name.'),
      reason: line(500).optional().describe('Why, in one line, for who reviews it.'),
    }),
    output: z.object({
      outcome: z
        .enum(['applied', 'queued', 'unchanged'])
        .describe(
          'Whether the ticket is filed so now, or waits for a person to approve or reject it, or is filed as the model would file it.',
        ),
      priority: ticketPriority.optional().describe('The priority; absent where it stays.'),
      tags: z.array(z.string()).optional().describe('The tags that are added; absent where none are.'),
      team: z
        .string()
        .optional()
        .describe('The team, as you named it, or its id where the model says; absent where it stays.'),
      reason: z
        .string()
        .optional()
        .describe('Why, in the model’s words; shown to those of the company only.'),
      proposalId: z.string().optional().describe('Id of the proposal, if it was queued.'),
    }),
    prepare: async (scope, input) => prepareTriage(scope, model, input),
    compute: async (plan: TriagePlan) => computeTriage(model, plan),
    queue: async (scope, plan) => queueTriage(scope, model, plan),
    async commit(scope, plan) {
      const { ticket, sight, filing } = await decided(scope, plan);
      const to = await filed(scope, ticket, filing);
      if ('unfit' in to) {
        if (isForPerson(scope, sight, to.unfit)) return queueTriage(scope, model, plan);
        throw unfitFiling(to.unfit);
      }
      if (to.change) await applyChange(scope, ticket, to.change);
      // How a ticket was filed that is shown masked is not told.
      const hides = plan.filing && sight === 'redacted';
      return told(scope, to.change || hides ? 'applied' : 'unchanged', plan, filing);
    },
  });

/**
 * Proves that the ticket can be filed so; without values, that the model can be asked. One that costs nothing is asked here,
 * so that what would change nothing is not paid for.
 * @throws {PosternError} `not_found`, `conflict`, `invalid_arguments`, `model_unavailable`
 */
export async function prepareTriage(
  scope: Scope,
  model: Model,
  { ticketId, reason, ...values }: Filing & { ticketId: string },
): Promise<TriagePlan> {
  const { ticket, sight } = await openTicketFor(scope, ticketId, { redacts: true });
  const asOf = ticket.version;
  if (Object.values(values).some((value) => value !== undefined)) {
    const filing = { ...values, reason };
    await refuseAgentsTag(scope, filing);
    const to = sight === 'full' && (await filed(scope, ticket, filing));
    // How it is filed is not shown to whom it is shown masked, and a refusal would tell, for nothing: `quote` comes here too.
    if (!to || ('unfit' in to && isForPerson(scope, sight, to.unfit))) return { ticketId, asOf, filing };
    if ('unfit' in to) throw unfitFiling(to.unfit);
    if (!to.change) throw filedSo();
    return { ticketId, asOf, filing };
  }
  if (reason !== undefined)
    throw new PosternError('invalid_arguments', 'reason: of what? Give priority, tags or team with it.');
  const request = await gatherTriage(scope, ticket);
  await model.ready(scope.tx, request);
  if (!model.local) return { ticketId, asOf, request };
  const said = await model.triage(request);
  if (!changes(await filed(scope, ticket, filingOf(ticket, said)))) throw filedSo();
  return { ticketId, asOf, said };
}

/** Whether it would be filed otherwise than it is. */
const changes = (to: Filed): boolean => 'change' in to && to.change !== undefined;

/**
 * Whether the caller is not to be told that this of a filing does not fit, and a person judges: a stranger may try names for
 * teams' names, and learns nothing of how a ticket is filed that is shown masked.
 */
const isForPerson = ({ caller }: Scope, sight: Sight, unfit: 'team' | 'tags'): boolean =>
  isStranger(caller) && (unfit === 'team' || sight === 'redacted');

/** A plan that needs no model stays as it is. */
export const computeTriage = async (model: Model, { request, ...plan }: TriagePlan): Promise<TriagePlan> =>
  request ? { ...plan, said: await model.triage(request) } : plan;

/** Proposes it, whoever calls. */
export async function queueTriage(scope: Scope, model: Model, plan: TriagePlan) {
  const { ticket, sight, filing } = await decided(scope, plan);
  // What is proposed of a ticket that is shown masked a person judges.
  const to = sight === 'full' && (await filed(scope, ticket, filing));
  if (to && 'unfit' in to && !isForPerson(scope, sight, to.unfit)) throw unfitFiling(to.unfit);
  if (to && 'change' in to && !to.change) return told(scope, 'unchanged', plan, filing);
  const about = { ticket, asOf: plan.asOf, model: plan.said ? model.name : null };
  const proposalId = await proposeCall(scope, about, 'triage', { ticketId: ticket.id, ...given(filing) });
  return { ...told(scope, 'queued', plan, filing), proposalId };
}

/** The ticket, locked, and how it is to be filed. @throws {PosternError} `model_unavailable` where nobody has said so. */
async function decided(
  scope: Scope,
  { ticketId, filing, said }: TriagePlan,
): Promise<Seen & { filing: Filing }> {
  if (!filing && !said) throw new PosternError('model_unavailable');
  const seen = await openTicketFor(scope, ticketId, { lock: true, redacts: true });
  const how = filing ?? filingOf(seen.ticket, said!);
  await refuseAgentsTag(scope, how);
  return { ...seen, filing: how };
}

const filedSo = () => new PosternError('conflict', 'The ticket is filed so already; nothing would change.');

/**
 * A stranger is told the values that it gave itself, and none of the model's: those come from other tickets, and its reason may
 * quote this one.
 */
function told<Outcome extends string>(
  { caller }: Scope,
  outcome: Outcome,
  { said }: TriagePlan,
  filing: Filing,
) {
  if (said && isStranger(caller)) return { outcome };
  const { reason, ...values } = given(filing);
  return { outcome, ...values, ...(reason === undefined || isStranger(caller) ? {} : { reason }) };
}

/** What of a filing is said, as a proposal holds it. */
const given = ({ priority, tags, team, reason }: Filing) => ({
  ...(priority === undefined ? {} : { priority }),
  ...(tags === undefined ? {} : { tags: [...tags] }),
  ...(team === undefined ? {} : { team }),
  ...(reason === undefined ? {} : { reason }),
});
