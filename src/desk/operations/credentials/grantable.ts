import { z } from 'zod';
import { forMembers, readOperation } from '../../../catalogue/operation.ts';
import { permissionOf } from '../../../catalogue/permission.ts';
import type { Catalogue } from '../../../catalogue/registry.ts';

/** @param catalogue what can be granted */
export const listGrantableTools = (catalogue: () => Catalogue) =>
  readOperation({
    name: 'list_grantable_tools',
    title: 'List the tools that can be granted',
    summary:
      'Lists the tools that a credential does not use by itself, and what its calls come to without a grant.',
    tier: 'read',
    access: forMembers('admin'),
    price: null,
    input: z.strictObject({}),
    output: z.object({
      tools: z
        .array(
          z.object({
            tool: z.string().describe('Name of the tool.'),
            title: z.string().describe('What it does, in a few words.'),
            without: z.enum(['queues', 'refused']).describe('What a call comes to without a grant.'),
          }),
        )
        .describe('In the catalogue’s order.'),
    }),
    read: async () => ({
      tools: [...catalogue().values()].flatMap((operation) => {
        if (operation.access.credential === false) return [];
        const without = permissionOf({ kind: 'credential', id: '', granted: [] }, operation);
        return without === 'acts' ? [] : [{ tool: operation.name, title: operation.title, without }];
      }),
    }),
  });
