import { z } from 'zod';
import { forMembers, houseOperation, readOperation } from '../../../catalogue/operation.ts';
import { text } from '../../fields.ts';
import { renderedSignature, setSignature as set, signatureOf } from '../../tickets/signature.ts';

const output = z.object({
  signature: z.string().nullable().describe('As you wrote it; null where you have none.'),
  rendered: z.string().nullable().describe('As your replies have it.'),
});

const input = z.strictObject({
  signature: text(2_000)
    .nullable()
    .describe(
      'Plain text of up to 2,000 characters; {{operator.name}} and {{workspace.name}} are filled in. Null takes it away.',
    ),
});

export const setSignature = houseOperation({
  name: 'set_signature',
  title: 'Set your signature',
  summary: 'Sets what stands under your replies.',
  tier: 'draft',
  access: forMembers('operator'),
  input,
  output,
  async commit(scope, { signature }) {
    await set(scope, signature);
    return { signature, rendered: (await renderedSignature(scope)) ?? null };
  },
});

export const getSignature = readOperation({
  name: 'get_signature',
  title: 'Read your signature',
  summary: 'Returns what stands under your replies.',
  tier: 'read',
  access: forMembers('operator'),
  price: null,
  input: z.strictObject({}),
  output,
  read: async (scope) => ({
    signature: (await signatureOf(scope)) ?? null,
    rendered: (await renderedSignature(scope)) ?? null,
  }),
});
