import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadOperation, Scope } from '../../catalogue/operation.ts';
import type { NetworkTreasury, Treasury, WorkspaceTreasury } from '../treasury.ts';
import { getTreasury } from './treasury.ts';

const none = { amountAtomic: '0', count: 0 };
const never = { today: none, days30: none, total: none };
const noGas = { feeNativeAtomic: '0', transactions: 0 };

const network = (name: string): NetworkTreasury => ({
  network: name,
  reached: true,
  hotKeys: [{ address: '0xhot', balanceNativeAtomic: '2000000000', coversPayments: 20 }],
  feePerPayment: { nativeAtomic: '100000000', from: 'receipts' },
  gasBudget: null,
  queued: 1,
  sent: 0,
  oldestUnsettledSeconds: null,
  gas: { today: noGas, days30: noGas, total: noGas },
  revenue: { ...never, total: { amountAtomic: '999000000', count: 9_000 } },
  refunds: never,
  settledWithin: [],
  settledSecondsSum: 0,
  reconciled: null,
});

const ofWorkspace = (workspace: string, on: string, earned: string): WorkspaceTreasury => ({
  workspace,
  network: on,
  payTo: `0x${workspace}`,
  float: { address: `0xfloat${workspace}`, balanceAtomic: '5' },
  purchases: {
    settling: none,
    paid: none,
    delivered: { amountAtomic: earned, count: 3 },
    void: none,
    owed: none,
    refunding: none,
    refunded: none,
    lost: none,
  },
  owes: none,
  inDoubt: [],
});

const treasury: Treasury = {
  at: '2026-11-28T15:00:00.000Z',
  networks: [network('base'), network('solana')],
  workspaces: [
    ofWorkspace('acme', 'base', '60000'),
    ofWorkspace('acme-rival', 'base', '777'),
    ofWorkspace('rival', 'solana', '888'),
  ],
  alerts: [
    'base: the hot key covers 20 more payments',
    'solana: the chain cannot be asked',
    'base: ledger and chain differ, see npx postern treasury reconcile: pur_of_another is unpaid',
    'acme on base: 2 in doubt',
    'acme-rival on base: the float holds $0.00, less than is owed',
    'rival on solana: 1 in doubt',
  ],
};

const ask = (slug: string) => {
  const operation = getTreasury({ treasury: () => ({ treasury, ageSeconds: 1 }) }) as ReadOperation;
  const workspace = { id: 'wsp_x', slug, name: slug };
  return operation.read({ workspace } as Scope, {}) as Promise<Record<string, unknown>>;
};

test('a workspace is shown its own money, and what settles it; nothing that is another’s', async () => {
  const shown = await ask('acme');
  const text = JSON.stringify(shown);
  for (const theirs of ['rival', '777', '888', '999000000', 'pur_of_another', 'solana'])
    assert.ok(!text.includes(theirs), `${theirs} is told to acme`);
  const [base] = shown.networks as Record<string, unknown>[];
  assert.deepEqual(
    [base!.revenueAtomic, base!.purchases, base!.feePerPayment, base!.feesEstimate],
    ['60000', 3, '0.0000000001', '0.0000000003'],
  );
  assert.deepEqual(shown.alerts, [
    'base: the hot key covers 20 more payments',
    'base: ledger and chain differ; who runs this server can see how',
    'base: 2 in doubt',
  ]);
});

test('coins of Solana have nine places', async () => {
  const [solana] = (await ask('rival')).networks as { hotKeys: { balance: string }[] }[];
  assert.equal(solana!.hotKeys[0]!.balance, '2.00');
});
