import { z } from 'zod';
import { forMembers, readOperation } from '../../catalogue/operation.ts';
import { findNetwork } from '../../chains/networks.ts';
import { formatUsdc } from '../../kernel/money.ts';
import { awaits, listPurchases, type PurchaseOverview } from '../overview.ts';
import { purchaseStates } from '../states.ts';
import * as fields from './fields.ts';

/** A purchase as lists show it. */
export const purchaseLine = z.object({
  purchaseId: fields.purchaseId,
  state: z.enum(purchaseStates).describe('Where it stands.'),
  operation: z.string().describe('Name of the tool.'),
  wallet: fields.wallet,
  network: z.string().describe('Name of the network.'),
  caip2: z.string().describe('Its CAIP-2 id.'),
  amountAtomic: fields.amountAtomic('What it cost'),
  amountUsd: z.string().describe('The same in dollars.'),
  reason: z.string().optional().describe('Why it is void or owed.'),
  awaits: z.string().optional().describe('What it waits for, where it is not final.'),
  ticketId: z.string().optional().describe('The ticket that it is about, or made.'),
  createdAt: fields.time('When it was claimed'),
  updatedAt: fields.time('When it last moved'),
});

/** @returns a purchase as lists show it */
export function lineOf(purchase: PurchaseOverview): z.input<typeof purchaseLine> {
  const { id, state, operation, payer, network, amountAtomic, reason, ticketId } = purchase;
  const doubt = awaits(purchase);
  return {
    purchaseId: id,
    state,
    operation,
    wallet: payer,
    network,
    caip2: findNetwork(network)?.caip2 ?? network,
    amountAtomic: String(amountAtomic),
    amountUsd: formatUsdc(amountAtomic),
    ...(reason === null ? {} : { reason }),
    ...(doubt === undefined ? {} : { awaits: doubt }),
    ...(ticketId === null ? {} : { ticketId }),
    createdAt: purchase.createdAt.toISOString(),
    updatedAt: purchase.updatedAt.toISOString(),
  };
}

const place = /^([0-9 :.-]{10,40})\|(pur_\w{1,60})$/;

export const listPurchasesOperation = readOperation({
  name: 'list_purchases',
  title: 'List purchases',
  summary:
    'Lists what agents bought, the newest first: by state, wallet or tool, only what is in doubt (it should have ended by now), or only what is owed. `get_purchase_details` shows one, with what happened when.',
  tier: 'read',
  access: forMembers('admin'),
  price: null,
  input: z.strictObject({
    state: z.enum(purchaseStates).optional().describe('Only those that stand so.'),
    wallet: fields.wallet.optional().describe('Only those of this wallet.'),
    operation: z.string().min(1).max(64).optional().describe('Only calls of this tool.'),
    only: z
      .enum(['in_doubt', 'owed'])
      .optional()
      .describe(
        '`in_doubt`: only what should have ended by now. `owed`: only what is paid and not delivered, or being paid back.',
      ),
    limit: fields.limit,
    cursor: fields.cursor,
  }),
  output: z.object({
    purchases: z.array(purchaseLine).describe('The newest first.'),
    next: fields.next,
  }),
  async read({ tx, workspace }, { state, wallet, operation, only, limit, cursor }) {
    const [createdExactly, id] = cursor === undefined ? [] : fields.readCursor(cursor, place);
    const found = await listPurchases(tx, workspace.id, {
      ...(state && { state }),
      ...(wallet !== undefined && { payer: fields.addressOf(wallet) }),
      ...(operation !== undefined && { operation }),
      ...(createdExactly !== undefined && id !== undefined && { after: { createdExactly, id } }),
      inDoubt: only === 'in_doubt',
      owed: only === 'owed',
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      purchases: page.map(lineOf),
      ...(last && found.length > limit ? { next: fields.toCursor([last.createdExactly, last.id]) } : {}),
    };
  },
});
