import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNetwork } from '../networks.ts';
import { topics } from './eip3009.ts';
import { type Rpc, RpcError } from './rpc.ts';
import { readTransfers } from './transfers.ts';

const network = findNetwork('base-sepolia')!;
const word = (digit: string) => `0x${digit.repeat(40).padStart(64, '0')}`;
const address = (digit: string) => `0x${digit.repeat(40)}`;
const hex = (value: number | bigint) => `0x${value.toString(16)}`;

interface Asked {
  fromBlock: string;
  toBlock: string;
  topics: (string | string[] | null)[];
}

/** A chain with a transfer of one unit in every hundredth block, whose node gives at most so many blocks at once. */
function node(most: number) {
  const asked: Asked[] = [];
  const rpc: Rpc = async (calls) =>
    calls.map(({ method, params: [first] }) => {
      if (method === 'eth_getBlockByNumber')
        return { result: { timestamp: hex(1_000n + BigInt(first as string)) } };
      assert.equal(method, 'eth_getLogs');
      const filter = first as Asked;
      asked.push(filter);
      const [from, to] = [Number(filter.fromBlock), Number(filter.toBlock)];
      if (to - from >= most) return { error: { code: -32005, message: 'query exceeds max block range' } };
      const blocks = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((n) => n % 100 === 0);
      return {
        result: blocks.map((number) => ({
          address: network.asset,
          topics: [topics.transfer, word('a'), word('b')],
          data: hex(1),
          logIndex: hex(7),
          blockNumber: hex(number),
          blockHash: word('c'),
          transactionHash: hex(number),
        })),
      };
    });
  return { rpc, asked };
}

test('every block is asked about once, however little the node gives at once', async () => {
  const { rpc, asked } = node(300);
  const found = await readTransfers(rpc, network, { to: [address('B')], from: [] }, { from: 5n, to: 4_321n });
  assert.deepEqual(
    found.map(({ blockNumber }) => Number(blockNumber)),
    Array.from({ length: 43 }, (_, i) => (i + 1) * 100),
  );
  const answered = asked.filter((span) => Number(span.toBlock) - Number(span.fromBlock) < 300);
  assert.equal(Number(answered.at(-1)!.toBlock), 4_321);
  for (const [i, { fromBlock }] of answered.entries())
    assert.equal(Number(fromBlock), i === 0 ? 5 : Number(answered[i - 1]!.toBlock) + 1);
  assert.deepEqual(found[0], {
    transactionHash: '0x64',
    creditIndex: 6,
    from: address('a'),
    to: address('b'),
    amountAtomic: 1n,
    blockNumber: 100n,
    blockHash: word('c'),
    at: 1_100n,
  });
});

test('recipients and senders are asked for apart, in lots, and a transfer that both find counts once', async () => {
  const { rpc, asked } = node(10_000);
  const many = Array.from({ length: 450 }, (_, i) => `0x${i.toString(16).padStart(40, '0')}`);
  const accounts = { to: many, from: [address('a')] };
  const found = await readTransfers(rpc, network, accounts, { from: 100n, to: 199n });
  assert.equal(found.length, 1);
  assert.deepEqual(
    asked.map(({ topics }) => topics.slice(1).map((topic) => topic?.length ?? null)),
    [[null, 200], [null, 200], [null, 50], [1]],
  );
  assert.deepEqual(await readTransfers(rpc, network, { to: [], from: [] }, { from: 0n, to: 99n }), []);
});

test('a node that refuses a single block is an error, not an empty one', async () => {
  const { rpc } = node(0);
  const asking = readTransfers(rpc, network, { to: [address('b')], from: [] }, { from: 0n, to: 9n });
  await assert.rejects(asking, RpcError);
});
