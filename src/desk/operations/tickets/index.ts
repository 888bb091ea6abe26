import type { Operation } from '../../../catalogue/operation.ts';
import { sentOnce } from '../conversations/once.ts';
import { addNote } from './add-note.ts';
import { getTicket } from './get-ticket.ts';
import { updateTicket } from './update-ticket.ts';

export const ticketOperations: readonly Operation[] = [getTicket, updateTicket, sentOnce(addNote)];
