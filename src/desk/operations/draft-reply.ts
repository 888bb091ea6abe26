import { z } from 'zod';
import { forAgents, pricedOperation, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { usdc } from '../../kernel/money.ts';
import type { Draft, DraftRequest, Model } from '../../model/model.ts';
import type { Evidence } from '../../store/schema.ts';
import { openTicketFor, refuseAnswered } from '../agents/visibility.ts';
import { citedArticles } from '../articles.ts';
import { gatherDraft } from '../drafting.ts';
import { body, reference } from '../fields.ts';
import { customerOf } from '../tickets/reply.ts';
import { proposeReply } from './propose-reply.ts';
import { refuseBlocked } from './send-reply.ts';

/** The caller's reply, or what the model is to draft it from, or what it drafted. */
interface Plan {
  ticketId: string;
  body?: string;
  /** What the caller says that its reply rests on. */
  evidence?: Evidence[];
  /** Of the ticket, as the caller or the model could see it. */
  version?: number;
  request?: DraftRequest;
  draft?: Draft;
}

export const draftReply = (model: Model) =>
  pricedOperation({
    name: 'draft_reply',
    title: 'Draft a reply to a ticket',
    summary:
      "Puts a reply to a ticket that you see into the team's approval queue, and returns the id of the proposal. Reach for it when you know what the customer should be told; without `body` the reply is drafted from the company's help centre, and the call is refused, without charge, where that is known to have no answer. A person of the company reads it and approves or rejects it; only an approved reply is added to the ticket and mailed. It sends nothing by itself. Refused, without charge, while the ticket is resolved or closed, and once it is answered, until the customer writes again.",
    tier: 'draft',
    access: forAgents('operator'),
    proposes: true,
    // Its arguments may be no more than a ticket's id, which is no secret where tickets are opened.
    private: true,
    price: usdc('0.06'),
    input: z.strictObject({
      ticketId: reference.describe('Id of the ticket.'),
      body: body
        .optional()
        .describe(
          'The reply as the customer would read it: plain text, up to 50,000 characters. Left out, it is drafted from the help centre.',
        ),
      articleIds: z
        .array(reference)
        .max(5)
        .refine((ids) => new Set(ids).size === ids.length, 'must not name an article twice')
        .optional()
        .describe(
          'Ids of the articles that `body` rests on, as `search_kb` returns them: the reviewer sees what they say. Up to 5.',
        ),
    }),
    output: z.object({
      proposalId: z.string().describe('Id of the proposal.'),
      state: z.literal('waiting').describe('It waits for a person to approve or reject it.'),
    }),
    prepare: async (scope, { ticketId, body, articleIds = [] }): Promise<Plan> => {
      const seen = await openTicketFor(scope, ticketId, { redacts: true });
      const { ticket } = seen;
      await refuseAnswered(scope, ticket);
      refuseBlocked(scope, seen, await customerOf(scope, ticket));
      if (body !== undefined)
        return {
          ticketId,
          body,
          version: ticket.version,
          evidence: await citedArticles(scope.tx, scope.workspace.id, articleIds, body),
        };
      if (articleIds.length > 0)
        throw new PosternError('invalid_arguments', 'articleIds: of what? Give body with it.');
      return {
        ticketId,
        version: ticket.version,
        ...(await askable(scope, model, await gatherDraft(scope, ticket))),
      };
    },
    async compute({ request, ...plan }: Plan) {
      return request ? { ...plan, draft: await model.draft(request) } : plan;
    },
    commit: async (scope, plan) => ({
      proposalId: await proposed(scope, model, plan),
      state: 'waiting' as const,
    }),
  });

const noAnswer = () =>
  new PosternError(
    'conflict',
    'The help centre has no answer to this ticket. Give `body`, the reply that you propose.',
  );

/**
 * What the model is to be asked, or what it says where asking costs nothing.
 * @throws {PosternError} `conflict` where it is known to find nothing; `model_unavailable` where its budget is spent
 */
async function askable(
  { tx }: Scope,
  model: Model,
  request: DraftRequest,
): Promise<Pick<Plan, 'request' | 'draft'>> {
  if (request.passages.length === 0) throw noAnswer();
  await model.ready(tx, request);
  if (!model.local) return { request };
  const draft = await model.draft(request);
  if (!draft.found) throw noAnswer();
  return { draft };
}

async function proposed(
  scope: Scope,
  model: Model,
  { ticketId, body, evidence, version, draft }: Plan,
): Promise<string> {
  // While it was paid for, or drafted, somebody may have answered.
  const { ticket } = await openTicketFor(scope, ticketId, { redacts: true });
  await refuseAnswered(scope, ticket);
  if (body !== undefined) return proposeReply(scope, { ticketId, body, version, evidence });
  if (!draft || version === undefined) throw new PosternError('model_unavailable');
  // Only a model that costs something says so as late as this: the call is owed, and paid back.
  if (!draft.found) throw noAnswer();
  return proposeReply(scope, { ticketId, body: draft.body, version }, { model: model.name, draft });
}
