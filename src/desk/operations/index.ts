import type { Operation } from '../../catalogue/operation.ts';
import { createTicket } from './create-ticket.ts';
import { draftReply } from './draft-reply.ts';
import { getTicketContext } from './get-ticket-context.ts';
import { searchKb } from './search-kb.ts';
import { sendReply } from './send-reply.ts';

/** All that the desk can do, in the order in which it is listed. */
export const operations: readonly Operation[] = [
  searchKb,
  createTicket,
  getTicketContext,
  draftReply,
  sendReply,
];
