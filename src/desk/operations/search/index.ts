import type { Operation } from '../../../catalogue/operation.ts';
import { countTicketsOperation } from './count-tickets.ts';
import { listTicketsOperation } from './list-tickets.ts';
import { searchTickets } from './search-tickets.ts';

export const searchOperations: readonly Operation[] = [
  listTicketsOperation,
  searchTickets,
  countTicketsOperation,
];
