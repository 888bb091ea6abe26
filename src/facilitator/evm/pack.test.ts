import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNetwork } from '../../chains/networks.ts';
import type { Settlement } from '../book.ts';
import { dearerFees, feesFor } from './fees.ts';
import { type Passing, pack, transactionOf } from './pack.ts';

const network = findNetwork('base')!;
const data = `0x${'11'.repeat(292)}` as const;
const item = (id: number, change: Partial<Passing> = {}, together = 1_000): Passing => ({
  settlement: { id: String(id), together } as Settlement,
  request: { from: '0x01', to: network.asset, data },
  gas: 46_000n,
  isAlone: false,
  ...change,
});
const items = (count: number, ...rest: [Partial<Passing>?, number?]) =>
  Array.from({ length: count }, (_, i) => item(i, ...rest));
const sizes = (groups: Passing[][]) => groups.map((group) => group.length);
const plenty = 10n ** 12n;

test('what is due goes together; a wallet with code, and what failed among others, alone', () => {
  assert.deepEqual(sizes(pack(items(40), plenty)), [40]);
  const mixed = [item(1), item(2, { isAlone: true }), item(3), item(4, {}, 1), item(5, {}, 1)];
  assert.deepEqual(
    pack(mixed, plenty).map((group) => group.map(({ settlement }) => settlement.id)),
    [['1', '3'], ['2'], ['4'], ['5']],
  );
});

test('what failed as a whole goes in parts no larger than each row allows', () => {
  assert.deepEqual(sizes(pack(items(40, {}, 16), plenty)), [16, 16, 8]);
});

test('no batch takes more gas than a block of the smallest network has, nor than there is money for', () => {
  const groups = pack(items(300), plenty);
  assert.ok(groups.length > 1);
  for (const group of groups) assert.ok(transactionOf(group, network).gas <= 8_000_000n);
  const [most] = pack(items(100), 2_000_000n);
  assert.ok(most!.length > 10 && transactionOf(most!, network).gas <= 2_000_000n);
  assert.deepEqual(pack(items(5), 10_000n), []);
});

test('one by itself goes to the token, several to Multicall3', () => {
  assert.equal(transactionOf([item(1)], network).to, network.asset);
  const both = transactionOf(items(2), network);
  assert.notEqual(both.to, network.asset);
  assert.ok(both.data.includes(data.slice(2)));
});

test('fees: twice the base fee up to the cap; a replacement an eighth more of both, or none', () => {
  const head = { number: 1n, timestamp: 1n, baseFeeWei: 1_000n };
  const terms = { ...network, priorityFeeWei: 100n };
  const limits = { maxFeeWei: 2_500n, gasBudgetWei: 0n };
  const fees = feesFor(head, terms, limits);
  assert.deepEqual(fees, { maxFeePerGas: 2_100n, maxPriorityFeePerGas: 100n });
  const dearer = dearerFees(fees, feesFor({ ...head, baseFeeWei: 1n }, terms, limits), limits);
  assert.deepEqual(dearer, { maxFeePerGas: 2_363n, maxPriorityFeePerGas: 113n });
  assert.equal(dearerFees(dearer!, fees, limits), undefined, 'beyond the cap');
  assert.equal(feesFor({ ...head, baseFeeWei: 2_000n }, terms, limits).maxFeePerGas, 2_500n);
});

test('one that was simulated behind others, and goes alone, has gas for what they had paid for', () => {
  // Slots and code of the token's proxy, and the balance of a payTo that was empty: EIP-2929 and EIP-2200.
  const warm = 100n + 100n + 100n + 200n;
  const cold = 2_100n + 2_600n + 2_100n + 22_100n;
  const { gas } = transactionOf([item(1, { gas: 40_000n + warm })], network);
  assert.ok(gas >= 21_000n + 292n * 16n + 40_000n + cold, `${gas}`);
});
