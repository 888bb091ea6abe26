/** Where a workspace's money goes: set once in the browser, changed by the command line alone. */
import { z } from 'zod';
import { forMembers, houseOperation, type Operation, readOperation } from '../../catalogue/operation.ts';
import { readPayTo } from '../../chains/address.ts';
import { findNetwork, type Network, networks } from '../../chains/networks.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { QuotePorts } from '../quote.ts';
import { setFirstPayTo } from '../shop.ts';
import { by } from './by.ts';

/** How much of an address is typed again: enough that a swapped clipboard shows. */
const confirmedCharacters = 6;

type PayToPorts = Pick<QuotePorts, 'serves'>;

const entry = z.object({
  network: z.string().describe('Name of the network.'),
  caip2: z.string().describe('Its CAIP-2 id.'),
  family: z
    .enum(['evm', 'svm'])
    .describe('What its addresses look like: `evm`, 0x and hexadecimal; `svm`, base58.'),
  served: z.boolean().describe('Whether this server takes payments there.'),
  payTo: z.string().nullable().describe('The wallet that is paid; null where none is set yet.'),
});

const entryOf = ({ name, caip2, family }: Network, served: boolean, payTo: string | null) => ({
  network: name,
  caip2,
  family,
  served,
  payTo,
});

export const listPayTo = ({ serves }: PayToPorts): Operation =>
  readOperation({
    name: 'list_pay_to',
    title: 'Show where the money goes',
    summary: 'Lists the networks on which this server takes payments, and the wallet that is paid on each.',
    tier: 'read',
    access: forMembers('viewer'),
    price: null,
    input: z.strictObject({}),
    output: z.object({
      networks: z.array(entry).describe('Those that are served, and those that have a payTo.'),
    }),
    async read({ tx, workspace }) {
      const rows = await tx
        .selectFrom('workspaceNetworks')
        .select(['network', 'payTo'])
        .where('workspaceId', '=', workspace.id)
        .execute();
      const payTos = new Map(rows.map(({ network, payTo }) => [network, payTo]));
      return {
        networks: networks.flatMap((network) => {
          const served = serves(network);
          const payTo = payTos.get(network.name) ?? null;
          return served || payTo !== null ? [entryOf(network, served, payTo)] : [];
        }),
      };
    },
  });

export const setPayToOperation = ({ serves }: PayToPorts): Operation =>
  houseOperation({
    name: 'set_pay_to',
    title: 'Say where the money goes',
    summary:
      'Sets the wallet that agents pay on a network, where none is set yet. It cannot be changed here afterwards: who takes over a session must not turn the money to themselves. Name a cold wallet that is yours.',
    tier: 'draft',
    access: forMembers('owner'),
    input: z.strictObject({
      network: z.string().min(1).max(64).describe('Name of the network, as `list_pay_to` returns it.'),
      address: z
        .string()
        .min(1)
        .max(64)
        .describe('The wallet’s address: on an EVM network with its EIP-55 checksum.'),
      confirm: z
        .string()
        .max(64)
        .describe(
          `The last ${confirmedCharacters} characters of the address, read off the wallet once more.`,
        ),
    }),
    output: entry,
    async prepare({ tx, workspace }, { network: name, address, confirm }) {
      const network = findNetwork(name);
      if (!network || !serves(network))
        throw new PosternError('invalid_arguments', 'network: this server takes no payments on it.');
      const payTo = readPayTo(network, address);
      if (confirm !== payTo.slice(-confirmedCharacters))
        throw new PosternError(
          'invalid_arguments',
          `confirm: these are not the last ${confirmedCharacters} characters of the address.`,
        );
      const set = await tx
        .selectFrom('workspaceNetworks')
        .select('payTo')
        .where('workspaceId', '=', workspace.id)
        .where('network', '=', network.name)
        .executeTakeFirst();
      if (set) throw new PosternError('conflict', `payTo on ${network.name} is set already.`);
      return { network: network.name, address: payTo };
    },
    async commit(scope, { network: name, address }) {
      const network = findNetwork(name)!;
      const payTo = await setFirstPayTo(scope.tx, scope.ids, by(scope), network, address);
      return entryOf(network, serves(network), payTo);
    },
  });
