import type { Scope } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { propose } from '../../proposals.ts';
import type { Ticket } from '../../tickets/tickets.ts';

/** A plan with the ticket's version as `prepare` saw it. It may be old by delivery: a payment takes its time. */
export type AsOf<T> = T & {
  /** Absent in what was stored before it was kept. */
  asOf?: number | undefined;
};

/** Whether somebody has written since an agent's call was prepared: what would act then waits for a person. */
export const hasMoved = ({ caller }: Scope, { threadVersion }: Ticket, { asOf }: AsOf<unknown>): boolean =>
  (caller.kind === 'wallet' || caller.kind === 'credential') && asOf !== undefined && threadVersion > asOf;

/**
 * Puts a call about a ticket into the approval queue, as of the thread that the agent could have seen: what came later stops
 * the approval until the reviewer has looked. `model`: the one that said it. @returns the proposal's id.
 */
export async function proposeCall(
  scope: Scope,
  { ticket, asOf, model = null }: AsOf<{ ticket: Ticket; model?: string | null }>,
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
    ticketVersion: asOf ?? ticket.version,
    wallet: caller.kind === 'wallet' ? caller.address : null,
    credentialId: caller.kind === 'credential' ? caller.id : null,
    purchaseId,
    model,
    depth,
    now,
  });
  return id;
}
