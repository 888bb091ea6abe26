import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { rpc, rpcBatch, startChain } from './chain.ts';
import { startCountingProxy } from './counting-proxy.ts';

const chain = await startChain();
const proxy = await startCountingProxy(chain.rpcUrl);
after(async () => {
  proxy.stop();
  await chain.stop();
});

test('each method of a batch counts, in one request', async () => {
  proxy.reset();
  await rpc(proxy.url, 'eth_chainId');
  await rpcBatch(proxy.url, [
    { method: 'eth_chainId', params: [] },
    { method: 'eth_blockNumber', params: [] },
  ]);
  assert.deepEqual(proxy.counts(), {
    methods: { eth_chainId: 2, eth_blockNumber: 1 },
    requests: 2,
    pushes: 0,
  });
});

test('a WebSocket passes, its messages count, and pushes apart', async () => {
  // No block but the one of this test: the chain makes one now and then.
  await rpc(chain.rpcUrl, 'evm_setAutomine', [false]);
  proxy.reset();
  const socket = new WebSocket(proxy.url.replace('http:', 'ws:'));
  const texts: string[] = [];
  const heard = (count: number) =>
    new Promise<void>((resolve) => {
      socket.onmessage = ({ data }) => {
        texts.push(String(data));
        if (texts.length === count) resolve();
      };
    });
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  const answered = heard(2);
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] }));
  const long = ['0x'.padEnd(70_002, '0')];
  socket.send(JSON.stringify([{ jsonrpc: '2.0', id: 2, method: 'web3_sha3', params: long }]));
  await answered;
  const pushed = heard(3);
  await rpc(chain.rpcUrl, 'evm_mine');
  await pushed;
  socket.close();

  assert.equal(JSON.parse(texts[2]!).method, 'eth_subscription');
  assert.deepEqual(proxy.counts(), { methods: { eth_subscribe: 1, web3_sha3: 1 }, requests: 2, pushes: 1 });
});
