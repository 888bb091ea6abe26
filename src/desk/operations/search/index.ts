import type { Operation } from '../../../catalogue/operation.ts';
import { listTicketsOperation } from './list-tickets.ts';
import { searchTickets } from './search-tickets.ts';

export const searchOperations: readonly Operation[] = [listTicketsOperation, searchTickets];
