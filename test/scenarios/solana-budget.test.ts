/** What a day's fees on Solana may cost: past it the network is not offered, and nothing is claimed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyPairSignerFromPrivateKeyBytes } from '@solana/kit';
import { wrapFetchWithPayment, x402Client } from '@x402/fetch';
import { ExactSvmScheme } from '@x402/svm/exact/client';
import { findNetwork } from '../../src/chains/networks.ts';
import { randomSecret } from '../../src/kernel/ids.ts';
import { sleep } from '../../src/kernel/time.ts';
import { startTestPostern } from '../postern.ts';

const network = findNetwork('solana-devnet')!;
// Room for the most that one payment may cost, twice; what two do cost leaves too little for a third.
const postern = await startTestPostern({ devnet: ['solana-devnet'], solanaBudgetLamports: 30_000n });
const { rpcUrl } = postern.devnet.networks[0]!;
const tool = `${postern.url}/api/x402/tools/acme/create_ticket`;
const call = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ subject: 'Shutter stuck', body: 'It will not fire.' }),
};

async function answers(status: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const response = await fetch(tool, call);
    await response.arrayBuffer();
    if (response.status === status) return;
    await sleep(100);
  }
  assert.fail(`the door does not answer ${status}`);
}

async function buy(): Promise<number> {
  const wallet = await createKeyPairSignerFromPrivateKeyBytes(randomSecret(32));
  await postern.devnet.fund(network.name, wallet.address);
  const client = new x402Client().register(network.caip2, new ExactSvmScheme(wallet, { rpcUrl }));
  const response = await wrapFetchWithPayment(fetch, client.setSpendControls(false))(tool, call);
  await response.arrayBuffer();
  return response.status;
}

test('a budget that is spent leaves Solana out of the terms, until the day that spent it is over', async () => {
  await answers(402);
  assert.deepEqual([await buy(), await buy()], [200, 200]);
  await answers(503);
  const claims = await postern.db.selectFrom('claims').select('state').execute();
  assert.deepEqual(claims, [{ state: 'delivered' }, { state: 'delivered' }]);
  await postern.db
    .updateTable('svmTransactions')
    .set({ createdAt: new Date(Date.now() - 25 * 3_600_000) })
    .execute();
  await answers(402);
  assert.equal(await buy(), 200);
});
