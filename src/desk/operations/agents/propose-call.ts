import type { Scope } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { propose } from '../../proposals.ts';
import type { Ticket } from '../../tickets/tickets.ts';

/**
 * Puts a call about a ticket into the approval queue, as of the thread as it is now: what comes later stops the approval until
 * the reviewer has looked. @returns the proposal's id.
 */
export async function proposeCall(
  scope: Scope,
  ticket: Ticket,
  operation: string,
  input: JsonObject,
): Promise<string> {
  const { tx, workspace, caller, purchaseId = null, ids, now, depth } = scope;
  const id = ids('prp');
  await propose(tx, workspace.id, {
    id,
    operation,
    arguments: input,
    ticketId: ticket.id,
    ticketVersion: ticket.version,
    wallet: caller.kind === 'wallet' ? caller.address : null,
    credentialId: caller.kind === 'credential' ? caller.id : null,
    purchaseId,
    depth,
    now,
  });
  return id;
}
