import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { silent } from '../../../test/harness.ts';
import type { Chain, Receipt } from '../../chains/chain.ts';
import { findNetwork } from '../../chains/networks.ts';
import { randomIds, randomSecret } from '../../kernel/ids.ts';
import type { Book } from '../book.ts';
import { keepNonces } from './nonces.ts';

const network = findNetwork('base')!;

test('what many transactions cost is learnt in one pass, however many there are', async () => {
  const uncounted = Array.from({ length: 250 }, (_, i) => `0x${i}`);
  // Was replaced: it has no receipt.
  const replaced = '0x7';
  const book: Partial<Book> = {
    markMined: async () => {},
    slots: async () => ({ slots: [], missing: 0n }),
    uncounted: async (_, limit) => uncounted.slice(0, limit),
    async countGas(_, costs) {
      for (const { hash } of costs) uncounted.splice(uncounted.indexOf(hash), 1);
    },
  };
  const head = { number: 9n, timestamp: 1_000n, baseFeeWei: 1n };
  const chain: Partial<Chain> = {
    network,
    transactionCount: async () => 250n,
    receipts: async (hashes) => ({
      head,
      receipts: hashes.map((hash) =>
        hash === replaced ? undefined : ({ gasUsed: 50_000n, feeWei: 1n } as Receipt),
      ),
    }),
  };
  const ports = {
    book: book as Book,
    chain: chain as Chain,
    account: privateKeyToAccount(`0x${Buffer.from(randomSecret(32)).toString('hex')}` as Hex),
    clock: () => 0,
    ids: randomIds,
    log: silent,
    limits: network,
  };
  assert.equal(await keepNonces(ports, head), 0n);
  assert.deepEqual(uncounted, [replaced]);
});
