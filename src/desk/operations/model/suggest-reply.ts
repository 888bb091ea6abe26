import { z } from 'zod';
import { forMembers, houseOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import type { Draft, DraftRequest, Model } from '../../../model/model.ts';
import { openTicketFor } from '../../agents/visibility.ts';
import { reference } from '../../fields.ts';
import { findPassages } from '../../passages.ts';
import { propose } from '../../proposals.ts';
import { newestMessages } from '../../tickets/tickets.ts';

/** What the model is shown of the thread. */
const maxMessages = 20;

/** What was gathered, and then what the model made of it; JSON, for it crosses from one transaction to the next. */
interface Plan {
  ticketId: string;
  version: number;
  request: DraftRequest;
  draft?: Draft;
}

/** The model drafts a reply from the help centre, and it waits for a person like anybody's. */
export const suggestReply = (model: Model) =>
  houseOperation({
    name: 'suggest_reply',
    title: 'Have a reply drafted',
    summary:
      'Drafts a reply to a ticket from the help centre and puts it into the approval queue, with the passages that it rests on. Where the help centre has no answer it says so, and nothing is queued.',
    tier: 'draft',
    access: forMembers('operator'),
    input: z.strictObject({ ticketId: reference.describe('Id of the ticket.') }),
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
      proposalId: z.string().optional().describe('Id of the proposal; absent where nothing was found.'),
    }),
    prepare: async (scope, { ticketId }): Promise<Plan> => gather(scope, ticketId),
    async compute(plan: Plan) {
      return { ...plan, draft: await model.draft(plan.request) };
    },
    async commit(scope, { ticketId, version, draft }: Plan) {
      if (!draft) throw new PosternError('model_unavailable');
      const { found, body, missing, citations } = draft;
      const told = { found, body, citations: [...citations], ...(missing === undefined ? {} : { missing }) };
      if (!found) return told;
      return { ...told, proposalId: await queue(scope, { ticketId, version, draft }, model.name) };
    },
  });

async function gather(scope: Scope, ticketId: string): Promise<Plan> {
  const { tx, workspace } = scope;
  const { ticket } = await openTicketFor(scope, ticketId);
  const messages = await newestMessages(tx, workspace.id, ticket.id, {
    limit: maxMessages,
    publicOnly: true,
  });
  const asked = messages.findLast(({ author }) => author === 'customer') ?? messages.at(-1);
  const passages = await findPassages(tx, workspace.id, `${ticket.subject}\n${asked?.body ?? ''}`);
  return {
    ticketId: ticket.id,
    version: ticket.version,
    request: {
      workspaceId: workspace.id,
      company: workspace.name,
      subject: ticket.subject,
      thread: messages.map(({ author, body }) => ({ author, body })),
      passages,
    },
  };
}

/** As of the thread that the model saw: what came since stops the approval, until a person has looked. */
async function queue(
  { tx, workspace, ids, now }: Scope,
  { ticketId, version, draft }: { ticketId: string; version: number; draft: Draft },
  model: string,
): Promise<string> {
  const id = ids('prp');
  await propose(tx, workspace.id, {
    id,
    operation: 'send_reply',
    arguments: { ticketId, body: draft.body },
    ticketId,
    ticketVersion: version,
    wallet: null,
    purchaseId: null,
    model,
    evidence: draft.citations.map(({ articleId, title, text }) => ({ articleId, title, passage: text })),
    now,
  });
  return id;
}
