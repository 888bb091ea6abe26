import { z } from 'zod';
import { forMembers, houseOperation } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import type { Draft, DraftRequest, Model } from '../../../model/model.ts';
import { openTicketFor } from '../../agents/visibility.ts';
import { gatherDraft } from '../../drafting.ts';
import { reference } from '../../fields.ts';
import { proposeReply } from '../propose-reply.ts';

/** What was gathered, and then what the model made of it; JSON, for it crosses from one transaction to the next. */
interface Plan {
  ticketId: string;
  version: number;
  propose: boolean;
  request: DraftRequest;
  draft?: Draft;
}

/** The model drafts a reply from the help centre, and it waits for a person like anybody's. */
export const suggestReply = (model: Model) =>
  houseOperation({
    name: 'suggest_reply',
    title: 'Have a reply drafted',
    summary:
      'Drafts a reply to a ticket from the help centre and puts it into the approval queue, with the passages that it rests on. Where the help centre has no answer it says so, and nothing is queued. With `propose` false it only returns the draft: for a person who writes the reply themselves.',
    tier: 'draft',
    access: forMembers('operator'),
    input: z.strictObject({
      ticketId: reference.describe('Id of the ticket.'),
      propose: z.boolean().default(true).describe('Whether it goes into the approval queue.'),
    }),
    output: z.object({
      found: z.boolean().describe('Whether the help centre answers it.'),
      body: z.string().describe('The reply as the customer would read it.'),
      missing: z.string().optional().describe('What was not found.'),
      citations: z
        .array(
          z.object({
            articleId: z.string().describe('Id of the article.'),
            title: z.string().describe('Its title.'),
            text: z.string().describe('The passage, as it stands there.'),
          }),
        )
        .describe('What the reply rests on.'),
      proposalId: z.string().optional().describe('Id of the proposal; absent where nothing was queued.'),
    }),
    async prepare(scope, { ticketId, propose }): Promise<Plan> {
      const { ticket } = await openTicketFor(scope, ticketId);
      return { ticketId, propose, version: ticket.version, request: await gatherDraft(scope, ticket) };
    },
    async compute(plan: Plan) {
      return { ...plan, draft: await model.draft(plan.request) };
    },
    async commit(scope, { ticketId, version, propose, draft }: Plan) {
      if (!draft) throw new PosternError('model_unavailable');
      const { found, body, missing, citations } = draft;
      const told = { found, body, citations: [...citations], ...(missing === undefined ? {} : { missing }) };
      if (!found || !propose) return told;
      const proposalId = await proposeReply(scope, { ticketId, body, version }, { model: model.name, draft });
      return { ...told, proposalId };
    },
  });
