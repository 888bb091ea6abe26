import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent } from '../../../test/harness.ts';
import type { Chain, Receipt } from '../../chains/chain.ts';
import { findNetwork } from '../../chains/networks.ts';
import type { Book, GasFailure, OpenSettlement } from '../book.ts';
import { look } from './watch.ts';

const network = findNetwork('base')!;
const head = { number: 100n, timestamp: 1_000n, baseFeeWei: 1n };

/** Looks at a settlement that a mined transaction of 400,000 gas did not move. @returns the failures that are counted. */
async function blamed(receipt: Partial<Receipt>, carries: number): Promise<GasFailure[]> {
  const failures: GasFailure[] = [];
  const transaction = {
    hash: '0xa',
    sender: '0x1',
    accountNonce: 7n,
    ageSeconds: 9,
    carries,
    gasLimit: 400_000n,
  };
  const payment = { asset: network.asset, payer: `0x${'1'.repeat(40)}`, nonce: `0x${'2'.repeat(64)}` };
  const settlement = {
    id: 'pur_1',
    state: 'sent',
    attempts: 0,
    validBefore: 2_000n,
    together: 1_000,
    ...payment,
  };
  const book: Partial<Book> = {
    open: async () => [{ ...settlement, transactions: [transaction] } as unknown as OpenSettlement],
    credit: async () => [],
    requeue: async () => {},
    burnt: async (some) => void failures.push(...some),
  };
  const mined = { transactionHash: '0xa', blockNumber: 90n, succeeded: true, logs: [], ...receipt };
  const chain: Partial<Chain> = {
    network,
    receipts: async () => ({ head, receipts: [mined as unknown as Receipt] }),
    authorizations: async () => ({ block: head, states: [{ used: false, balance: 0n, hasCode: false }] }),
    transactionCount: async () => 8n,
  };
  const ports = { book: book as Book, chain: chain as Chain, clock: () => 1_000_000, log: silent };
  await look(ports, new Map(), async () => head);
  return failures;
}

test('who emptied its wallet is blamed; who was left no gas by another in its batch is not', async () => {
  const failure = [{ settlementId: 'pur_1', transactionHash: '0xa' }];
  assert.deepEqual(await blamed({ gasUsed: 260_000n }, 5), failure, 'failed among others that passed');
  assert.deepEqual(await blamed({ gasUsed: 395_000n }, 5), [], 'another burnt the gas of the batch');
  assert.deepEqual(await blamed({ gasUsed: 400_000n, succeeded: false }, 5), [], 'the whole batch failed');
  assert.deepEqual(await blamed({ gasUsed: 400_000n, succeeded: false }, 1), failure, 'alone');
});
