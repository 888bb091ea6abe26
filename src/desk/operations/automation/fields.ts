import { z } from 'zod';
import { line, reference, seenVersion } from '../../fields.ts';

export const name = line(200);
export const limit = z
  .int()
  .min(1)
  .max(50)
  .default(20)
  .describe('How many at most: 1 to 50, 20 unless given.');
export const after = reference.optional().describe('`next` of the page before this one.');
export const next = z.string().optional().describe('For the next page; absent on the last.');
export const seen = seenVersion.describe('Its version as you read it.');
export const version = z.int().describe('Rises with every change; who changes it says which one they saw.');
/** What taking away returns. */
export const removed = z.object({ removed: z.literal(true).describe('It is gone.') });
