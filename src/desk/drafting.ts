/** What the model is given to draft a reply from. */
import type { Scope } from '../catalogue/operation.ts';
import type { DraftRequest } from '../model/model.ts';
import { findPassages } from './passages.ts';
import { newestMessages, type Ticket } from './tickets/tickets.ts';

/** What the model is shown of the thread. */
const maxMessages = 20;

/** The public thread, and the passages of the help centre that fit what was asked last. */
export async function gatherDraft({ tx, workspace }: Scope, ticket: Ticket): Promise<DraftRequest> {
  const messages = await newestMessages(tx, workspace.id, ticket.id, {
    limit: maxMessages,
    publicOnly: true,
  });
  const asked = messages.findLast(({ author }) => author === 'customer') ?? messages.at(-1);
  const passages = await findPassages(
    tx,
    workspace.id,
    `${ticket.subject}\n${asked?.body ?? ''}`,
    ticket.subject,
  );
  return {
    workspaceId: workspace.id,
    company: workspace.name,
    subject: ticket.subject,
    thread: messages.map(({ author, body }) => ({ author, body })),
    passages,
  };
}
