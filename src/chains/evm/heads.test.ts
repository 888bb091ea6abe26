import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silent } from '../../../test/harness.ts';
import { type Anvil, startAnvil } from '../devnet/anvil.ts';
import { findNetwork } from '../networks.ts';
import { connectEvm } from './chain.ts';
import { followHeads } from './heads.ts';
import { RpcUnavailable } from './rpc.ts';

const network = findNetwork('base-sepolia')!;
let folder: string;
let anvil: Anvil;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heads-'));
  anvil = await startAnvil({ folder, chainId: network.chainId, log: silent });
});

after(async () => {
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('each new block is told of, with its time and base fee, and costs no method', async () => {
  const chain = connectEvm(network, anvil.rpcUrl);
  const stop = new AbortController();
  const told: bigint[] = [];
  let hear = (_number: bigint) => {};
  const following = chain.follow(({ number, timestamp, baseFeeWei }) => {
    assert.ok(timestamp > 0n && baseFeeWei > 0n);
    told.push(number);
    hear(number);
  }, stop.signal);
  // Blocks before the subscription stands are nobody's news.
  const first = await new Promise<bigint>((resolve) => {
    hear = resolve;
    const mining = setInterval(() => void anvil.rpc([{ method: 'evm_mine', params: [] }]), 50);
    stop.signal.addEventListener('abort', () => clearInterval(mining));
  });
  await new Promise<void>((resolve) => {
    hear = (number) => number >= first + 3n && resolve();
  });
  stop.abort();
  await following;
  assert.deepEqual(told.slice(0, 4), [first, first + 1n, first + 2n, first + 3n]);
  assert.equal(chain.methods().size, 0);
});

test('a node that takes no WebSockets, or none at all, says so, and its address stays out of the message', async () => {
  const server = createServer((_, response) => response.writeHead(405).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { signal } = new AbortController();
  const refused = (error: Error) => error instanceof RpcUnavailable && !error.message.includes('secret');
  await assert.rejects(
    followHeads(`http://127.0.0.1:${port}/secret`, () => {}, signal),
    refused,
  );
  server.close();
  await assert.rejects(
    followHeads(`http://127.0.0.1:${port}/secret`, () => {}, signal),
    refused,
  );
});

test('a node that goes away ends what it began', async () => {
  const other = await mkdtemp(join(tmpdir(), 'heads-'));
  const dying = await startAnvil({ folder: other, chainId: network.chainId, log: silent });
  const { signal } = new AbortController();
  let ended: Promise<void> | undefined;
  await new Promise<void>((resolve) => {
    ended = followHeads(dying.rpcUrl, () => resolve(), signal);
    const mining = setInterval(
      () => void dying.rpc([{ method: 'evm_mine', params: [] }]).catch(() => {}),
      50,
    );
    ended.catch(() => clearInterval(mining));
  });
  await dying.stop();
  await assert.rejects(ended!, RpcUnavailable);
  await rm(other, { recursive: true, force: true });
});
