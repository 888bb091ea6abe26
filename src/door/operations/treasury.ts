/** The treasury as one workspace may see it: its own money, and whether what settles it is well. */
import { z } from 'zod';
import { forMembers, type Operation, readOperation } from '../../catalogue/operation.ts';
import { findNetwork } from '../../chains/networks.ts';
import { formatUnits } from '../../kernel/money.ts';
import type { NetworkTreasury, Treasury, WorkspaceTreasury } from '../treasury.ts';
import * as fields from './fields.ts';

/**
 * The treasury as it was read last, undefined before the first time; asking for it has it read anew. It waits for nothing: it
 * is asked inside a transaction, and reading it asks chains.
 */
export type TreasuryGlance = () => { treasury: Treasury; ageSeconds: number } | undefined;

const native = (what: string) => z.string().describe(`${what}, in the network’s own coin.`);

const network = z.object({
  network: z.string().describe('Name of the network.'),
  reached: z.boolean().describe('Whether its chain could be asked.'),
  hotKeys: z
    .array(
      z.object({
        address: z.string().describe('Its address.'),
        balance: native('What it holds').nullable(),
        coversPayments: z.int().nullable().describe('Payments whose fees that pays.'),
      }),
    )
    .describe('The keys that pay the fees, of all workspaces together.'),
  gasBudget: z
    .object({ perDay: native('The bound of a day'), spent: native('Spent today') })
    .nullable()
    .describe('What all fees of a day may come to.'),
  feePerPayment: native('What settling one payment costs').nullable(),
  queued: z.int().describe('Payments that wait to be sent, of all workspaces.'),
  sent: z.int().describe('Payments that are sent and not final.'),
  payTo: z.string().nullable().describe('Where the workspace is paid.'),
  revenueAtomic: fields.amountAtomic('Paid for what was delivered, since the first day'),
  purchases: z.int().describe('Purchases delivered.'),
  feesEstimate: native('What settling those cost, about').nullable(),
  owesAtomic: fields.amountAtomic('Owed, or being paid back'),
  owed: z.int().describe('Purchases that are owed, or being paid back.'),
  inDoubt: z.int().describe('Purchases that should have ended by now.'),
  float: z
    .object({
      address: z.string().describe('Its address: what is sent there pays refunds.'),
      balanceAtomic: z.string().nullable().describe('What it holds, in millionths of a USDC.'),
    })
    .nullable()
    .describe('What refunds are paid from.'),
});

export const getTreasury = (ports: { treasury: TreasuryGlance }): Operation =>
  readOperation({
    name: 'get_treasury',
    title: 'Show the treasury',
    summary:
      'Returns, per network, what the workspace earned and owes, what its refund float holds, what settling costs, and whether the keys that pay the fees and the queue are well; and what to look at. It is some seconds old; where it was never read it is being read, so ask again.',
    tier: 'read',
    access: forMembers('admin'),
    price: null,
    input: z.strictObject({}),
    output: z.object({
      at: z.iso
        .datetime()
        .nullable()
        .describe('When it was read, UTC; null where it is being read: ask again.'),
      networks: z.array(network).describe('Those where the workspace is paid, or was.'),
      alerts: z.array(z.string()).describe('What somebody should look at.'),
    }),
    async read({ workspace: { slug } }) {
      const glance = ports.treasury();
      if (!glance) return { at: null, networks: [], alerts: [] };
      const { at, networks, workspaces, alerts } = glance.treasury;
      const own = workspaces.filter(({ workspace }) => workspace === slug);
      const byName = new Map(networks.map((one) => [one.network, one]));
      return {
        at,
        networks: own.flatMap((mine) => {
          const all = byName.get(mine.network);
          return all ? [shown(mine, all)] : [];
        }),
        alerts: alertsFor(slug, own, alerts),
      };
    },
  });

function shown(mine: WorkspaceTreasury, all: NetworkTreasury): z.input<typeof network> {
  const { payTo, purchases, owes, inDoubt, float } = mine;
  const isSvm = findNetwork(all.network)?.family === 'svm';
  const coins = (atomic: string) => formatUnits(BigInt(atomic), isSvm ? 9 : 18);
  const { feePerPayment: fee, gasBudget } = all;
  const { delivered } = purchases;
  return {
    network: all.network,
    reached: all.reached,
    hotKeys: all.hotKeys.map(({ address, balanceNativeAtomic, coversPayments }) => ({
      address,
      balance: balanceNativeAtomic === null ? null : coins(balanceNativeAtomic),
      coversPayments,
    })),
    gasBudget: gasBudget && {
      perDay: coins(gasBudget.perDayNativeAtomic),
      spent: coins(gasBudget.spentNativeAtomic),
    },
    feePerPayment: fee && coins(fee.nativeAtomic),
    queued: all.queued,
    sent: all.sent,
    payTo,
    revenueAtomic: delivered.amountAtomic,
    purchases: delivered.count,
    feesEstimate: fee && coins(String(BigInt(fee.nativeAtomic) * BigInt(delivered.count))),
    owesAtomic: owes.amountAtomic,
    owed: owes.count,
    inDoubt: inDoubt.length,
    float,
  };
}

/** What concerns the workspace; a difference between ledger and chain may be another's, and names what is theirs. */
function alertsFor(slug: string, own: readonly WorkspaceTreasury[], alerts: readonly string[]): string[] {
  const places = own.map(({ network }) => `${network}: `);
  return alerts.flatMap((alert) => {
    if (alert.startsWith(`${slug} on `)) return [alert.slice(`${slug} on `.length)];
    const place = places.find((one) => alert.startsWith(one));
    if (!place) return [];
    return alert.startsWith(`${place}ledger and chain differ`)
      ? [`${place}ledger and chain differ; who runs this server can see how`]
      : [alert];
  });
}
