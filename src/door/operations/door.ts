import { z } from 'zod';
import { forMembers, type Operation, readOperation } from '../../catalogue/operation.ts';
import { findNetwork } from '../../chains/networks.ts';

/** What this server is, as its members are told. */
export interface DoorFacts {
  /** What the outside calls this server, without a slash at its end. */
  publicUrl: string;
  /** The chains are local ones of our own. */
  devnet: boolean;
}

export const getDoor = (ports: DoorFacts): Operation =>
  readOperation({
    name: 'get_door',
    title: 'Show where agents find the door',
    summary:
      'Returns the addresses at which agents reach this workspace, where it is paid, and whether the chains are a devnet, where money is worth nothing.',
    tier: 'read',
    access: forMembers('viewer'),
    price: null,
    input: z.strictObject({}),
    output: z.object({
      mcpUrl: z.string().describe('The MCP endpoint.'),
      toolsUrl: z.string().describe('Where tools are called without MCP; a tool’s name follows.'),
      devnet: z.boolean().describe('Whether the chains are local ones, with a faucet at `/devnet/faucet`.'),
      networks: z
        .array(
          z.object({
            network: z.string().describe('Its name.'),
            caip2: z.string().describe('Its CAIP-2 id.'),
            payTo: z.string().describe('The wallet that agents pay.'),
          }),
        )
        .describe('Where the workspace is paid.'),
    }),
    async read({ tx, workspace }) {
      const rows = await tx
        .selectFrom('workspaceNetworks')
        .select(['network', 'payTo'])
        .where('workspaceId', '=', workspace.id)
        .orderBy('network')
        .execute();
      const url = ports.publicUrl.replace(/\/+$/, '');
      return {
        mcpUrl: `${url}/api/mcp/${workspace.slug}`,
        toolsUrl: `${url}/api/x402/tools/${workspace.slug}/`,
        devnet: ports.devnet,
        networks: rows.map(({ network, payTo }) => ({
          network,
          caip2: findNetwork(network)?.caip2 ?? network,
          payTo,
        })),
      };
    },
  });
