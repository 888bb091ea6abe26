import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { silent } from '../../../test/harness.ts';
import type { Chain } from '../../chains/chain.ts';
import { findNetwork } from '../../chains/networks.ts';
import { randomIds, randomSecret } from '../../kernel/ids.ts';
import type { Book, Settlement } from '../book.ts';
import { createBudget } from './fees.ts';
import { type RelayerPorts, sendQueued } from './relayer.ts';

const network = findNetwork('base')!;
const head = { number: 9n, timestamp: 1_000n, baseFeeWei: 1_000_000n };

const settlement = (id: string): Settlement =>
  ({
    id,
    payer: `0x${'1'.repeat(40)}`,
    payTo: `0x${'2'.repeat(40)}`,
    amountAtomic: 20_000n,
    validAfter: 0n,
    validBefore: 2_000n,
    nonce: `0x${'3'.repeat(64)}`,
    signature: `0x${'4'.repeat(64)}${'5'.repeat(64)}1b`,
    together: 1_000,
  }) as Settlement;

test('two keys that send at the same moment share what is left of the day’s budget', async () => {
  const queue = ['pur_1', 'pur_2'];
  const sent: bigint[] = [];
  const book: Partial<Book> = {
    gasSpent: async () => 0n,
    due: async () => queue.splice(0, 1).map(settlement),
    take: async (_, groups, sign) =>
      Promise.all(
        groups.map(async (ids) => ({
          ...(await sign([...ids], 7n)),
          settlementIds: ids,
          accountNonce: 7n,
        })),
      ),
  };
  const chain: Partial<Chain> = {
    network,
    simulate: async (transfers) => transfers.map(() => ({ kind: 'passes', gas: 46_000n })),
    async broadcast(raws) {
      sent.push(BigInt(raws.length));
      return raws.map(() => undefined);
    },
  };
  const common = {
    book: book as Book,
    chain: chain as Chain,
    clock: () => 1_000_000,
    ids: randomIds,
    log: silent,
  };
  const fee = 2n * head.baseFeeWei + network.priorityFeeWei;
  // Enough for one that takes some 110,000 gas, and not for two.
  const limits = { maxFeeWei: network.maxFeeWei, gasBudgetWei: 150_000n * fee };
  const budget = createBudget(common, network.name, limits);
  await budget.read(0n);
  const inHand = new Set<string>();
  const key = (): RelayerPorts => {
    const secret: Hex = `0x${Buffer.from(randomSecret(32)).toString('hex')}`;
    return { ...common, limits, account: privateKeyToAccount(secret) };
  };
  const out = [key(), key()].map((ports) =>
    sendQueued(ports, { head, budget, balanceWei: 10n ** 18n, inHand }),
  );
  assert.deepEqual((await Promise.all(out)).toSorted(), [0, 1]);
  assert.deepEqual(sent, [1n]);
});
