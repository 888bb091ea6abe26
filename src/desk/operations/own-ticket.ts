import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { findTicketOfWallet, isOpen, type Ticket } from '../tickets/tickets.ts';

/**
 * The ticket, if the calling wallet opened it.
 * @throws {PosternError} `not_found`, in the same words for another's ticket and for none: ids are not to be probed.
 */
export async function ownTicket({ tx, workspace, caller }: Scope, id: string): Promise<Ticket> {
  const ticket =
    caller.kind === 'wallet' ? await findTicketOfWallet(tx, workspace.id, caller.address, id) : undefined;
  if (!ticket) throw new PosternError('not_found', 'This wallet has opened no ticket of that id.');
  return ticket;
}

/**
 * The ticket, if the calling wallet opened it and it still takes replies.
 * @throws {PosternError} `not_found`, as above; `conflict`.
 */
export const ownOpenTicket = async (scope: Scope, id: string): Promise<Ticket> =>
  takingReplies(await ownTicket(scope, id));

/** @throws {PosternError} `conflict` where the ticket is resolved or closed. */
export function takingReplies(ticket: Ticket): Ticket {
  if (!isOpen(ticket))
    throw new PosternError('conflict', `The ticket is ${ticket.status}; it takes no replies.`);
  return ticket;
}
