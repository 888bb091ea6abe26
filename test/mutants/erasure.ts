/** What is held of a customer is handed out whole, and gone after an erasure. */
import type { Kept } from './mutant.ts';

export const erasure: readonly Kept[] = [
  {
    promise: 'exports: all that is held of a customer is handed out',
    lines: [],
  },
  {
    promise: 'erasure: no word, name or address of a customer stays',
    lines: [],
  },
];
