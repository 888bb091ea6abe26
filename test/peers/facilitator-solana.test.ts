/** The facilitator by itself on Solana: the published client and resource server, unchanged, around `postern facilitator`. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createKeyPairSignerFromPrivateKeyBytes, type KeyPairSigner } from '@solana/kit';
import { wrapFetchWithPayment, x402Client } from '@x402/fetch';
import { ExactSvmScheme } from '@x402/svm/exact/client';
import { ExactSvmScheme as ExactSvmServer } from '@x402/svm/exact/server';
import { ExactSvmSchemeV1 } from '@x402/svm/exact/v1/client';
import { httpRpc } from '../../src/chains/evm/rpc.ts';
import { findNetwork } from '../../src/chains/networks.ts';
import { associatedTokenAddress } from '../../src/chains/svm/instructions.ts';
import { svmChain } from '../../src/chains/svm/rpc-chain.ts';
import { randomSecret } from '../../src/kernel/ids.ts';
import { sleep } from '../../src/kernel/time.ts';
import { ask, runFacilitatorCommand, startReferenceServer } from '../alone.ts';
import { atEnd, testDatabaseUrl } from '../harness.ts';

const network = findNetwork('solana-devnet')!;
const { asset } = network;
const folder = await mkdtemp(join(tmpdir(), 'postern-data-'));
atEnd(() => rm(folder, { recursive: true, force: true }));
const settings = {
  POSTERN_DATA: folder,
  DATABASE_URL: await testDatabaseUrl(),
  POSTERN_DEVNET: 'solana-devnet',
  POSTERN_LOG_LEVEL: 'error',
};
const first = await runFacilitatorCommand(settings);

async function command(...args: string[]): Promise<string> {
  const bin = new URL('../../bin/postern.js', import.meta.url).pathname;
  const env = { PATH: process.env.PATH, ...settings };
  return (await promisify(execFile)(process.execPath, [bin, 'facilitator', ...args], { env })).stdout.trim();
}

const newWallet = () => createKeyPairSignerFromPrivateKeyBytes(randomSecret(32));
const payTo = (await newWallet()).address;
const token = await command('token', 'new', '--name', 'shop', '--pay-to', `solana-devnet=${payTo}`);
const listed = (await ask(first.url, '/devnet', undefined)).body.networks as { rpcUrl: string }[];
const rpcUrl = listed[0]!.rpcUrl;

/** Atomic units; undefined where there is no token account. */
async function held(owner: string): Promise<bigint | undefined> {
  const { asset: mint, tokenProgram } = network;
  const account = await associatedTokenAddress({ owner, mint, tokenProgram });
  const [found] = await svmChain(network, httpRpc(rpcUrl)).tokenAccounts([account]);
  return found?.amountAtomic;
}

async function fundedWallet(): Promise<KeyPairSigner> {
  const wallet = await newWallet();
  const { status } = await ask(first.url, '/devnet/faucet', undefined, {
    network: network.name,
    address: wallet.address,
  });
  assert.equal(status, 200);
  return wallet;
}

const clientOf = (wallet: KeyPairSigner) =>
  new x402Client()
    .register(network.caip2, new ExactSvmScheme(wallet, { rpcUrl }))
    .registerV1(network.name, new ExactSvmSchemeV1(wallet, { rpcUrl }))
    .setSpendControls(false);

interface Kind {
  x402Version: number;
  network: string;
  extra: { feePayer: string };
}

const supported = async (url: string) => (await ask(url, '/supported', undefined)).body;
const feePayer = ((await supported(first.url)).kinds as Kind[])[0]!.extra.feePayer;
const terms = {
  scheme: 'exact',
  network: network.caip2,
  amount: '20000',
  asset,
  payTo,
  maxTimeoutSeconds: 60,
  extra: { feePayer },
};

/** What the reference client makes of the terms, as a resource server passes it on. */
async function requestOf(wallet: KeyPairSigner, accepted = terms) {
  const resource = { url: 'https://shop.example/thing', description: 'A thing.', mimeType: 'text/plain' };
  const required = { x402Version: 2, error: '', resource, accepts: [accepted] };
  const paymentPayload = await clientOf(wallet).createPaymentPayload(required as never);
  return { x402Version: 2, paymentPayload, paymentRequirements: accepted };
}

test('a token’s payTo is given its token account before anyone pays, and then can be paid', async () => {
  for (let i = 0; i < 100 && (await held(payTo)) === undefined; i++) await sleep(100);
  assert.equal(await held(payTo), 0n);
  const wallet = await fundedWallet();
  // The reference client reads finalized accounts only, and the cluster has just begun.
  for (let i = 0; i < 100; i++) {
    const request = await requestOf(wallet).catch(() => undefined);
    if (request && (await ask(first.url, '/verify', token, request)).body.isValid === true) return;
    await sleep(100);
  }
  assert.fail('nobody can pay');
});

test('what is supported names the fee payer, in both versions', async () => {
  const kind = { scheme: 'exact', extra: { feePayer } };
  assert.deepEqual(await supported(first.url), {
    kinds: [
      { x402Version: 2, network: network.caip2, ...kind },
      { x402Version: 1, network: network.name, ...kind },
    ],
    extensions: [],
    signers: { 'solana:*': [feePayer] },
  });
});

test('@x402/hono and @x402/fetch: paid, served, settled', async () => {
  const ways = { network: network.caip2, scheme: new ExactSvmServer() };
  const reference = await startReferenceServer(first.url, token, payTo, ways);
  const wallet = await fundedWallet();
  const response = await wrapFetchWithPayment(fetch, clientOf(wallet))(reference.url);
  assert.equal(response.status, 200, await response.clone().text());
  assert.deepEqual(await response.json(), { thing: true });
  assert.deepEqual([await held(wallet.address), await held(payTo)], [9_980_000n, 20_000n]);
});

test('of many copies of one payment one is settled, whatever stands in the fee payer’s place; after a restart none', async () => {
  const wallet = await fundedWallet();
  const request = await requestOf(wallet);
  const verified = await ask(first.url, '/verify', token, request);
  assert.deepEqual(verified.body, { isValid: true, payer: wallet.address });
  const bytes = Buffer.from(request.paymentPayload.payload.transaction as string, 'base64');
  const copies = await Promise.all(
    Array.from({ length: 20 }, (_, i) => {
      const bent = Buffer.from(bytes).fill(i, 1, 65).toString('base64');
      const paymentPayload = { ...request.paymentPayload, payload: { transaction: bent } };
      return ask(first.url, '/settle', token, { ...request, paymentPayload });
    }),
  );
  const won = copies.filter(({ body }) => body.success === true);
  assert.equal(won.length, 1, JSON.stringify(copies));
  assert.equal(won[0]!.body.network, network.caip2);
  for (const { body } of copies)
    if (body.success !== true) assert.equal(body.errorReason, 'duplicate_settlement');
  assert.equal(await held(wallet.address), 9_980_000n);

  first.process.kill('SIGTERM');
  await once(first.process, 'exit');
  const second = await runFacilitatorCommand(settings);
  const { body } = await ask(second.url, '/settle', token, request);
  assert.deepEqual(
    [body.success, body.errorReason, body.transaction],
    [false, 'duplicate_settlement', won[0]!.body.transaction],
  );
  second.process.kill('SIGTERM');
  await once(second.process, 'exit');
});
