import type { Operation } from '../../../catalogue/operation.ts';
import { sentOnce } from '../conversations/once.ts';
import { addNote } from './add-note.ts';
import { getTicket } from './get-ticket.ts';
import { listHistory, listMessages } from './list-thread.ts';
import { updateTicket } from './update-ticket.ts';

export const ticketOperations: readonly Operation[] = [
  getTicket,
  listMessages,
  listHistory,
  updateTicket,
  sentOnce(addNote),
];
