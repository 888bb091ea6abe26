import type { Scope } from '../../catalogue/operation.ts';
import type { Draft } from '../../model/model.ts';
import type { Evidence } from '../../store/schema.ts';
import { openTicketFor } from '../agents/visibility.ts';
import { propose } from '../proposals.ts';

/** What a model drafted, and from which version of the ticket. */
export interface Drafted {
  model: string;
  draft: Draft;
  version: number;
}

/**
 * Puts a reply to a ticket that the caller sees into the approval queue. @returns the proposal's id.
 * @throws {PosternError} `not_found`, `conflict`
 */
export async function proposeReply(
  scope: Scope,
  {
    ticketId,
    body,
    evidence = [],
  }: { ticketId: string; body: string; evidence?: readonly Evidence[] | undefined },
  drafted?: Drafted,
): Promise<string> {
  const { tx, workspace, caller, purchaseId = null, ids, now, depth } = scope;
  // The version as of now: whoever reviews sees at least this much of the thread, and what comes later stops the approval.
  // What a model drafted is as of the thread that it saw.
  const { ticket } = await openTicketFor(scope, ticketId, { redacts: true });
  const id = ids('prp');
  await propose(tx, workspace.id, {
    id,
    operation: 'send_reply',
    arguments: { ticketId, body },
    ticketId,
    ticketVersion: drafted?.version ?? ticket.version,
    wallet: caller.kind === 'wallet' ? caller.address : null,
    credentialId: caller.kind === 'credential' ? caller.id : null,
    purchaseId,
    depth,
    model: drafted?.model ?? null,
    evidence: drafted
      ? drafted.draft.citations.map(({ articleId, title, text }) => ({ articleId, title, passage: text }))
      : evidence,
    flags: drafted?.draft.missing ? ['incomplete'] : [],
    now,
  });
  return id;
}
