import { z } from 'zod';
import { forAgents, pricedOperation, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { usdc } from '../../kernel/money.ts';
import type { Model, Triage, TriageRequest } from '../../model/model.ts';
import { isStranger, openTicketFor } from '../agents/visibility.ts';
import { line, reference, tag, ticketPriority } from '../fields.ts';
import { applyChange } from '../tickets/change.ts';
import type { Ticket } from '../tickets/tickets.ts';
import { changeOf, checkFiling, type Filing, filingOf, gatherTriage, proposeFiling } from '../triage.ts';

/** How the caller would have it filed, or what the model is to be asked, or what it said. */
export interface TriagePlan {
  ticketId: string;
  filing?: Filing;
  request?: TriageRequest;
  said?: Triage;
}

export const triage = (model: Model) =>
  pricedOperation({
    name: 'triage',
    title: 'File a ticket',
    summary:
      'Sets priority and team of a ticket that you see, and adds tags. Reach for it when a ticket is filed wrongly or not at all; without `priority`, `tags` and `teamId` the company’s own model says how, from the ticket and from how resolved tickets like it were filed. Returns the values, and no text of the ticket; `outcome` says whether they were applied. It takes no tag away, answers nobody and closes nothing. Refused, without charge, while the ticket is resolved or closed, and where it is filed so already.',
    tier: 'draft',
    access: forAgents('operator'),
    private: true,
    price: usdc('0.03'),
    input: z.strictObject({
      ticketId: reference.describe('Id of the ticket.'),
      priority: ticketPriority.optional().describe('How much it hurries.'),
      tags: z.array(tag).min(1).max(20).optional().describe('Tags to add to those it has: 1 to 20.'),
      teamId: reference.optional().describe('Id of the team that it is for.'),
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
      teamId: z.string().optional().describe('The team; absent where it stays.'),
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
      const { ticket, filing } = await decided(scope, plan);
      const change = changeOf(ticket, filing);
      if (!change) return told(scope, 'unchanged', filing);
      await applyChange(scope, ticket, change);
      return told(scope, 'applied', filing);
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
  const { ticket } = await openTicketFor(scope, ticketId, { redacts: true });
  if (Object.values(values).some((value) => value !== undefined)) {
    const filing = { ...values, reason };
    await checkFiling(scope, ticket, filing);
    if (!changeOf(ticket, filing)) throw filedSo();
    return { ticketId, filing };
  }
  if (reason !== undefined)
    throw new PosternError('invalid_arguments', 'reason: of what? Give priority, tags or teamId with it.');
  const request = await gatherTriage(scope, ticket);
  await model.ready(scope.tx, request);
  if (!model.local) return { ticketId, request };
  const said = await model.triage(request);
  if (!changeOf(ticket, filingOf(ticket, said))) throw filedSo();
  return { ticketId, said };
}

/** A plan that needs no model stays as it is. */
export const computeTriage = async (model: Model, { request, ...plan }: TriagePlan): Promise<TriagePlan> =>
  request ? { ...plan, said: await model.triage(request) } : plan;

/** Proposes it, whoever calls. */
export async function queueTriage(scope: Scope, model: Model, plan: TriagePlan) {
  const { ticket, filing } = await decided(scope, plan);
  if (!changeOf(ticket, filing)) return told(scope, 'unchanged', filing);
  const proposalId = await proposeFiling(scope, ticket, filing, plan.said ? model.name : null);
  return { ...told(scope, 'queued', filing), proposalId };
}

/** The ticket, locked, and how it is to be filed. @throws {PosternError} `model_unavailable` where nobody has said so. */
async function decided(
  scope: Scope,
  { ticketId, filing, said }: TriagePlan,
): Promise<{ ticket: Ticket; filing: Filing }> {
  if (!filing && !said) throw new PosternError('model_unavailable');
  const { ticket } = await openTicketFor(scope, ticketId, { lock: true, redacts: true });
  const how = filing ?? filingOf(ticket, said!);
  await checkFiling(scope, ticket, how);
  return { ticket, filing: how };
}

const filedSo = () => new PosternError('conflict', 'The ticket is filed so already; nothing would change.');

/** A model's reason may quote the ticket, which a stranger may not read. */
function told<Outcome extends string>(
  { caller }: Scope,
  outcome: Outcome,
  { priority, tags, teamId, reason }: Filing,
) {
  return {
    outcome,
    ...(priority === undefined ? {} : { priority }),
    ...(tags === undefined ? {} : { tags: [...tags] }),
    ...(teamId === undefined ? {} : { teamId }),
    ...(reason === undefined || isStranger(caller) ? {} : { reason }),
  };
}
