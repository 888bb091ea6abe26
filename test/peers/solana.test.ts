/** The published x402 client and facilitator for Solana, unmodified, on the cluster that the devnet runs. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { address, createKeyPairSignerFromBytes, createSolanaRpc, isSolanaError } from '@solana/kit';
import { type ClientSvmSigner, toFacilitatorSvmSigner } from '@x402/svm';
import { ExactSvmScheme } from '@x402/svm/exact/client';
import { ExactSvmScheme as ExactSvmFacilitator } from '@x402/svm/exact/facilitator';
import { type Devnet, startDevnet } from '../../src/chains/devnet/devnet.ts';
import { svmNetworks } from '../../src/chains/networks.ts';
import { associatedTokenAddress } from '../../src/chains/svm/instructions.ts';
import { writeKeypair } from '../../src/chains/svm/keypair.ts';
import { randomSecret } from '../../src/kernel/ids.ts';
import { atEnd, silent } from '../harness.ts';

const network = svmNetworks.find(({ testnet }) => testnet)!;
const newSigner = () =>
  createKeyPairSignerFromBytes(Uint8Array.from(JSON.parse(writeKeypair(randomSecret(32))) as number[]));
const feePayer = await newSigner();
const wallet = await newSigner();
const payTo = await newSigner();
let devnet: Devnet;
let rpcUrl: string;

before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'peers-solana-'));
  devnet = await startDevnet({
    folder,
    networks: [network],
    relayerAddress: '',
    svmRelayerAddress: feePayer.address,
    log: silent,
    solana: { slotMs: 100 },
  });
  atEnd(async () => {
    await devnet.stop();
    await rm(folder, { recursive: true, force: true });
  });
  rpcUrl = devnet.networks[0]!.rpcUrl;
  for (const { address } of [wallet, payTo]) await devnet.fund(network.name, address);
});

const requirements = {
  scheme: 'exact',
  network: network.caip2,
  amount: '60000',
  asset: network.asset,
  payTo: payTo.address,
  maxTimeoutSeconds: 60,
  extra: { feePayer: feePayer.address },
} as const;

const balance = async (owner: string) => {
  const account = await associatedTokenAddress({
    owner,
    mint: network.asset,
    tokenProgram: network.tokenProgram,
  });
  const { value } = await createSolanaRpc(rpcUrl).getTokenAccountBalance(address(account)).send();
  return value.amount;
};

test('the reference client pays through the reference facilitator, for 10,001 lamports', async () => {
  const rpc = createSolanaRpc(rpcUrl);
  const client = new ExactSvmScheme(wallet as ClientSvmSigner, { rpcUrl });
  const signer = toFacilitatorSvmSigner(feePayer, { defaultRpcUrl: rpcUrl });
  const facilitator = new ExactSvmFacilitator(signer);
  const { x402Version, payload } = await client.createPaymentPayload(2, requirements);
  const payment = { x402Version, payload, accepted: requirements, resource: { url: 'http://localhost/' } };
  const verified = await facilitator.verify(payment as never, requirements);
  assert.deepEqual([verified.isValid, verified.payer], [true, wallet.address]);
  const { value: lamports } = await rpc.getBalance(feePayer.address).send();
  const settled = await facilitator.settle(payment as never, requirements);
  assert.equal(settled.success, true, JSON.stringify(settled));
  assert.deepEqual([await balance(wallet.address), await balance(payTo.address)], ['9940000', '10060000']);
  const { value: left } = await rpc.getBalance(feePayer.address, { commitment: 'confirmed' }).send();
  assert.equal(lamports - left, 10_001n);
  const signature = settled.transaction as Parameters<typeof rpc.getTransaction>[0];
  const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
  const landed = await rpc.getTransaction(signature, config).send();
  assert.equal(landed!.meta!.fee, 10_001n);
  assert.equal(landed!.transaction.message.accountKeys[0], feePayer.address);
});

test('the reference client of version 1 signs what a node takes, once', async () => {
  const { ExactSvmSchemeV1 } = await import('@x402/svm/exact/v1/client');
  const rpc = createSolanaRpc(rpcUrl);
  const client = new ExactSvmSchemeV1(wallet as ClientSvmSigner, { rpcUrl });
  const { payload } = await client.createPaymentPayload(1, {
    ...requirements,
    network: network.name,
    maxAmountRequired: requirements.amount,
  } as never);
  const signed = await toFacilitatorSvmSigner(feePayer).signTransaction(
    (payload as { transaction: string }).transaction,
    feePayer.address,
    network.caip2,
  );
  const send = () => rpc.sendTransaction(signed as never, { encoding: 'base64' }).send();
  const before = BigInt(await balance(payTo.address));
  await send();
  assert.equal(BigInt(await balance(payTo.address)), before + 60_000n);
  await assert.rejects(send(), (error) => isSolanaError(error) && /simulation failed/i.test(error.message));
});
