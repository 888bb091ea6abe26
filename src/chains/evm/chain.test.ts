import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNetwork } from '../networks.ts';
import { evmChain } from './chain.ts';
import type { RpcResult } from './rpc.ts';

const block = { number: '0x9', timestamp: '0x1', baseFeePerGas: '0x1' };
const receipt = (transactionHash: unknown) => ({
  transactionHash,
  blockNumber: '0x8',
  blockHash: '0xb',
  status: '0x1',
  gasUsed: '0x2',
  effectiveGasPrice: '0x3',
  logs: [],
});

test('an error to one receipt leaves the others readable; one to the head leaves none', async () => {
  const unknown: RpcResult = { error: { code: -32000, message: 'transaction not found' } };
  const chain = evmChain(findNetwork('sei')!, async (calls) =>
    calls.map(({ method, params: [first] }): RpcResult => {
      if (method === 'eth_getBlockByNumber') return { result: block };
      return first === '0xreplaced' ? unknown : { result: receipt(first) };
    }),
  );
  const { head, receipts } = await chain.receipts(['0x1', '0xreplaced', '0x2']);
  assert.equal(head.number, 9n);
  assert.deepEqual(
    receipts.map((found) => found?.transactionHash),
    ['0x1', undefined, '0x2'],
  );
  const headless = evmChain(findNetwork('sei')!, async (calls) => calls.map(() => unknown));
  await assert.rejects(headless.receipts(['0x1']), { name: 'RpcError' });
});
