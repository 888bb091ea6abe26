import { z } from 'zod';
import type { Customer } from '../../customers/customers.ts';
import { line, reference } from '../../fields.ts';

export const customerId = reference.describe('Id of the customer.');
export const reason = line(500).describe('Why, for the audit log; it outlives an erasure, so name nobody.');

/** A customer as lists and changes show one. */
export const customerOutput = z.object({
  id: z.string().describe('Id of the customer.'),
  name: z.string().nullable().describe('As they gave it.'),
  email: z.string().nullable().describe('Where mail goes.'),
  emailVerified: z.boolean().describe('Whether they wrote from it, or an operator vouched for it.'),
  blocked: z.boolean().describe('Whether they are blocked.'),
  erased: z.boolean().describe('Whether all that was known of them was taken out.'),
  createdAt: z.iso.datetime().describe('Since when they are known, UTC.'),
});

export const shown = ({ blockedAt, erasedAt, createdAt, ...customer }: Customer) => ({
  ...customer,
  blocked: blockedAt !== null,
  erased: erasedAt !== null,
  createdAt: createdAt.toISOString(),
});
