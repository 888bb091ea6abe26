/** What a workspace asks for each tool. */
import { z } from 'zod';
import {
  forMembers,
  houseOperation,
  isPriced,
  type Operation,
  type PricedOperation,
  readOperation,
} from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { parseAtomic } from '../../kernel/money.ts';
import type { QuotePorts } from '../quote.ts';
import { setPrice } from '../shop.ts';
import { by } from './by.ts';

type PricePorts = Pick<QuotePorts, 'catalogue'>;

const price = z.object({
  tool: z.string().describe('Name of the tool.'),
  title: z.string().describe('What it does, in a few words.'),
  tier: z.enum(['read', 'draft', 'send']).describe('What it may come to.'),
  priceAtomic: z.string().describe('What a call costs here, in millionths of a USDC.'),
  defaultAtomic: z.string().describe('What it costs where the workspace sets nothing.'),
});

const priceOf = ({ name, title, tier, price: own }: PricedOperation, set: bigint | undefined) => ({
  tool: name,
  title,
  tier,
  priceAtomic: String(set ?? own),
  defaultAtomic: String(own),
});

export const listPrices = ({ catalogue }: PricePorts): Operation =>
  readOperation({
    name: 'list_prices',
    title: 'Show what the tools cost',
    summary: 'Lists the tools that are sold at the door, with what a call costs in this workspace.',
    tier: 'read',
    access: forMembers('viewer'),
    price: null,
    input: z.strictObject({}),
    output: z.object({ prices: z.array(price).describe('All that is sold, in the catalogue’s order.') }),
    async read({ tx, workspace }) {
      const rows = await tx
        .selectFrom('workspacePrices')
        .select(['operation', 'priceAtomic'])
        .where('workspaceId', '=', workspace.id)
        .execute();
      const set = new Map(rows.map(({ operation, priceAtomic }) => [operation, priceAtomic]));
      const sold = [...catalogue().values()].filter(isPriced).filter(({ access }) => access.anonymous);
      return { prices: sold.map((operation) => priceOf(operation, set.get(operation.name))) };
    },
  });

export const setPriceOperation = ({ catalogue }: PricePorts): Operation =>
  houseOperation({
    name: 'set_price',
    title: 'Change what a tool costs',
    summary:
      'Sets what a call of a tool costs, from the next challenge on; purchases under way keep the price that they were made at.',
    tier: 'draft',
    access: forMembers('admin'),
    input: z.strictObject({
      tool: z.string().min(1).max(64).describe('Name of the tool, as `list_prices` returns it.'),
      priceAtomic: z
        .string()
        .max(20)
        .nullable()
        .describe('In millionths of a USDC: `60000` is $0.06. Null: the tool’s own price again.'),
    }),
    output: price,
    async commit(scope, { tool, priceAtomic: text }) {
      const priceAtomic = text === null ? null : parseAtomic(text);
      if (priceAtomic === undefined)
        throw new PosternError('invalid_arguments', 'priceAtomic: is no whole number of millionths.');
      await setPrice(scope.tx, scope.ids, catalogue(), by(scope), { operation: tool, priceAtomic });
      return priceOf(catalogue().get(tool) as PricedOperation, priceAtomic ?? undefined);
    },
  });
