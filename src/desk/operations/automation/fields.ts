import { z } from 'zod';
import { line, reference } from '../../fields.ts';

export const name = line(200);
export const limit = z
  .int()
  .min(1)
  .max(50)
  .default(20)
  .describe('How many at most: 1 to 50, 20 unless given.');
export const after = reference.optional().describe('`next` of the page before this one.');
export const next = z.string().optional().describe('For the next page; absent on the last.');
/** What taking away returns. */
export const removed = z.object({ removed: z.literal(true).describe('It is gone.') });
