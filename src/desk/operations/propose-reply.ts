import type { Scope } from '../../catalogue/operation.ts';
import { openTicketFor } from '../agents/visibility.ts';
import { propose } from '../proposals.ts';

/**
 * Puts a reply to a ticket that the caller sees into the approval queue. @returns the proposal's id.
 * @throws {PosternError} `not_found`, `conflict`
 */
export async function proposeReply(
  scope: Scope,
  { ticketId, body }: { ticketId: string; body: string },
): Promise<string> {
  const { tx, workspace, caller, purchaseId = null, ids, now, depth } = scope;
  // The version as of now: whoever reviews sees at least this much of the thread, and what comes later stops the approval.
  const { ticket } = await openTicketFor(scope, ticketId, { redacts: true });
  const id = ids('prp');
  await propose(tx, workspace.id, {
    id,
    operation: 'send_reply',
    arguments: { ticketId, body },
    ticketId,
    ticketVersion: ticket.version,
    wallet: caller.kind === 'wallet' ? caller.address : null,
    credentialId: caller.kind === 'credential' ? caller.id : null,
    purchaseId,
    depth,
    now,
  });
  return id;
}
