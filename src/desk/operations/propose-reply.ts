import type { Scope } from '../../catalogue/operation.ts';
import type { Draft } from '../../model/model.ts';
import type { Evidence } from '../../store/schema.ts';
import { openTicketFor } from '../agents/visibility.ts';
import { propose } from '../proposals.ts';

/** What a model drafted. */
export interface Drafted {
  model: string;
  draft: Draft;
}

/** A reply to be. */
export interface ProposedReply {
  ticketId: string;
  body: string;
  /** The ticket's version as whoever wrote it could have seen it; as of now where it is left out. */
  version?: number | undefined;
  evidence?: readonly Evidence[] | undefined;
}

/**
 * Puts a reply to a ticket that the caller sees into the approval queue. @returns the proposal's id.
 * @throws {PosternError} `not_found`, `conflict`
 */
export async function proposeReply(
  scope: Scope,
  { ticketId, body, version, evidence = [] }: ProposedReply,
  drafted?: Drafted,
): Promise<string> {
  const { tx, workspace, caller, purchaseId = null, ids, now, depth } = scope;
  // Whoever reviews sees at least that much of the thread, and what came later stops the approval until they have looked.
  const { ticket } = await openTicketFor(scope, ticketId, { redacts: true });
  const id = ids('prp');
  await propose(tx, workspace.id, {
    id,
    operation: 'send_reply',
    arguments: { ticketId, body },
    ticketId,
    ticketVersion: version ?? ticket.version,
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
