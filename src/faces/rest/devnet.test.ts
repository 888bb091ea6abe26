import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeApp, get, post } from '../../../test/fakes/app.ts';
import { findNetwork, svmNetworks } from '../../chains/networks.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { DevnetPort } from './devnet.ts';

const network = findNetwork('base-sepolia')!;
const solana = svmNetworks.find(({ testnet }) => testnet)!;
const devnet: DevnetPort = {
  networks: [
    { network, rpcUrl: 'http://127.0.0.1:9' },
    { network: solana, rpcUrl: 'http://127.0.0.1:10' },
  ],
  async fund(name, address) {
    if (name !== network.name) throw new PosternError('not_found');
    return { network: name, address, amountAtomic: '10000000' };
  },
};

describe('the devnet', () => {
  test('lists its networks', async () => {
    const { networks } = await (await get(fakeApp({ devnet }), '/devnet')).json();
    assert.deepEqual(networks, [
      {
        network: 'base-sepolia',
        caip2: 'eip155:84532',
        chainId: 84532,
        rpcUrl: 'http://127.0.0.1:9',
        asset: network.asset,
        domain: { name: 'USDC', version: '2' },
      },
      {
        network: 'solana-devnet',
        caip2: 'solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1',
        rpcUrl: 'http://127.0.0.1:10',
        asset: '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU',
      },
    ]);
  });

  test('funds a wallet, under either name of the network', async () => {
    const address = `0x${'11'.repeat(20)}`;
    for (const name of ['base-sepolia', 'eip155:84532']) {
      const response = await post(fakeApp({ devnet }), '/devnet/faucet', { network: name, address });
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { network: 'base-sepolia', address, amountAtomic: '10000000' });
    }
  });

  test('refuses what it cannot read or does not know', async () => {
    for (const [body, status] of [
      [{ network: 'base', address: '0x' }, 404],
      [{ network: 'base-sepolia' }, 422],
      [[], 422],
      ['{', 400],
    ] as const) {
      assert.equal((await post(fakeApp({ devnet }), '/devnet/faucet', body)).status, status);
    }
    assert.equal((await get(fakeApp({ devnet }), '/devnet/faucet')).status, 405);
  });

  test('is not there beside real networks', async () => {
    assert.equal((await post(fakeApp(), '/devnet/faucet', {})).status, 404);
  });
});
