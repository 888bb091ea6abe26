import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { randomSecret } from '../../kernel/ids.ts';
import { sleep, systemClock, unixSeconds } from '../../kernel/time.ts';
import { startCluster } from '../devnet/solana/cluster.ts';
import { type Rpc, type RpcResult, RpcUnavailable, unwrap } from '../evm/rpc.ts';
import { svmNetworks } from '../networks.ts';
import { toBase58 } from './base58.ts';
import { associatedTokenAddress, memo, transferChecked } from './instructions.ts';
import { svmChain } from './rpc-chain.ts';
import { type SvmSigner, svmSigner } from './signer.ts';
import { encodeTransaction, makeTransaction, signatureOf, signWith } from './transaction.ts';

const network = svmNetworks.find(({ name }) => name === 'solana-devnet')!;
const folder = await mkdtemp(join(tmpdir(), 'svm-chain-'));
const cluster = await startCluster({ folder, network, slotMs: 100 });
after(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});
const chain = svmChain(network, cluster.rpc);
const call = async <T>(method: string, ...params: unknown[]): Promise<T> =>
  unwrap<T>((await cluster.rpc([{ method, params }]))[0]);
const held = (owner: string) =>
  associatedTokenAddress({ owner, mint: network.asset, tokenProgram: network.tokenProgram });

const relayer = svmSigner(randomSecret(32));
await call('devnet_setBalance', relayer.address, '1000000000');

async function wallet(amountAtomic = '1000000'): Promise<SvmSigner> {
  const key = svmSigner(randomSecret(32));
  await call('devnet_mint', key.address, amountAtomic);
  return key;
}

async function transfer(from: SvmSigner, to: SvmSigner, amountAtomic: bigint, blockhash?: string) {
  const plan = transferChecked({
    source: await held(from.address),
    destination: await held(to.address),
    mint: network.asset,
    authority: from.address,
    amountAtomic,
    decimals: network.decimals,
    tokenProgram: network.tokenProgram,
  });
  const made = makeTransaction({
    feePayer: relayer.address,
    blockhash: blockhash ?? (await chain.latestBlockhash()).blockhash,
    instructions: [plan, memo(randomSecret(8).toString('hex'))],
  });
  const signed = await signWith(made, [from, relayer]);
  return { base64: encodeTransaction(signed), signature: signatureOf(signed)! };
}

/** Until what was there when it was asked is final. */
async function passed(): Promise<void> {
  const { slot } = await chain.head();
  while ((await chain.head()).finalizedSlot <= slot) await sleep(20);
}

test('a cluster says which it is and where it is', async () => {
  assert.equal(await chain.identity(), network.genesisHash);
  const before = await chain.head();
  assert.ok(before.finalizedSlot < before.slot && before.finalizedHeight < before.blockHeight);
  assert.ok(before.blockHeight < before.slot);
  const lag = unixSeconds(systemClock) - before.timestamp;
  assert.ok(lag >= 0n && lag < 30n, `${lag}`);
  await call('devnet_warp', 600);
  const later = await chain.head();
  assert.ok(later.slot >= before.slot + 600n && later.timestamp >= before.timestamp + 60n);
});

test('a payment is simulated, sent, confirmed and found again', async () => {
  const [from, to] = [await wallet(), await wallet()];
  const payment = await transfer(from, to, 60_000n);
  // What the faucet gave stands in slots before.
  await passed();
  const [passes] = await chain.simulate([payment.base64], { sigVerify: true });
  assert.equal(passes!.error, undefined);
  assert.ok(passes!.unitsConsumed > 50n && passes!.logs.length > 3);
  const missing = await chain.statuses([payment.signature], { searchHistory: true });
  assert.deepEqual(missing.statuses, [undefined]);
  const lamports = await chain.nativeBalance(relayer.address);
  assert.deepEqual(await chain.send([payment.base64]), [undefined]);
  const { statuses, slot } = await chain.statuses([payment.signature], { searchHistory: false });
  assert.equal(statuses[0]!.error, undefined);
  assert.ok(slot >= statuses[0]!.slot);
  assert.equal(await chain.nativeBalance(relayer.address), lamports - 10_000n);
  await passed();
  const [final] = (await chain.statuses([payment.signature], { searchHistory: true })).statuses;
  assert.equal(final!.confirmation, 'finalized');
  const addresses = [await held(to.address), to.address, await held(from.address), network.asset];
  const accounts = await chain.tokenAccounts(addresses);
  assert.deepEqual(
    accounts.map((account) => account && [account.owner, account.amountAtomic, account.mint]),
    [[to.address, 1_060_000n, network.asset], undefined, [from.address, 940_000n, network.asset], undefined],
  );
  const span = { fromSlot: final!.slot, toSlot: (await chain.head()).slot };
  assert.deepEqual(await chain.transfersTo(await held(to.address), span), [
    { signature: payment.signature, slot: final!.slot, amountAtomic: 60_000n, sourceOwner: from.address },
  ]);
  assert.deepEqual(await chain.transfersTo(await held(from.address), span), []);
  const none = { fromSlot: span.toSlot + 1n, toSlot: span.toSlot + 100n };
  assert.deepEqual(await chain.transfersTo(await held(to.address), none), []);
  assert.match((await chain.simulate([payment.base64], { sigVerify: true }))[0]!.error!, /AlreadyProcessed/);
});

test('what would fail says why; what fails after all has its status', async () => {
  const [from, to] = [await wallet('5'), await wallet()];
  const poor = await transfer(from, to, 6n);
  const [simulated] = await chain.simulate([poor.base64], { sigVerify: true });
  assert.deepEqual(JSON.parse(simulated!.error!), { InstructionError: [0, { Custom: 1 }] });
  assert.deepEqual(await chain.send([poor.base64]), [undefined]);
  const [status] = (await chain.statuses([poor.signature], { searchHistory: false })).statuses;
  assert.deepEqual(JSON.parse(status!.error!), { InstructionError: [0, { Custom: 1 }] });
  const unsigned = await transfer(from, to, 1n);
  const bytes = Buffer.from(unsigned.base64, 'base64');
  bytes.fill(0, 65, 129);
  const half = bytes.toString('base64');
  assert.equal((await chain.simulate([half], { sigVerify: false }))[0]!.error, undefined);
  assert.match((await chain.simulate([half], { sigVerify: true }))[0]!.error!, /signature verification/);
  assert.match((await chain.send(['AAAA']))[0]!, /deserialize/);
});

test('a blockhash lasts 150 blocks and not one more', async () => {
  const [from, to] = [await wallet(), await wallet()];
  const { blockhash, lastValidBlockHeight } = await chain.latestBlockhash();
  const payment = await transfer(from, to, 1n, blockhash);
  const [bound, unknown] = await chain.blockhashBounds([blockhash, toBase58(randomSecret(32))]);
  assert.equal(unknown, undefined);
  assert.ok(bound! >= lastValidBlockHeight && bound! <= lastValidBlockHeight + 10n);
  await call('devnet_warp', 151);
  assert.deepEqual(await chain.blockhashBounds([blockhash]), [undefined]);
  assert.match((await chain.simulate([payment.base64], { sigVerify: true }))[0]!.error!, /BlockhashNotFound/);
  await chain.send([payment.base64]);
  const { statuses } = await chain.statuses([payment.signature], { searchHistory: true });
  assert.deepEqual(statuses, [undefined]);
  await call('devnet_warp', 10);
  const { finalizedHeight } = await chain.head();
  assert.ok(finalizedHeight > lastValidBlockHeight);
});

test('a node that answers wrongly, or of its own troubles, has not answered', async () => {
  const answering = (result: RpcResult) =>
    svmChain(network, (async (calls) => calls.map(() => result)) as Rpc);
  const transaction = (await transfer(await wallet(), await wallet(), 1n)).base64;
  const context = { slot: 7 };
  const answers: RpcResult[] = [
    { result: null },
    { result: 'yes' },
    { result: { context, value: [{}] } },
    { result: { context, value: [null, null] } },
    { result: { context: { slot: -1 }, value: 1 } },
    { result: { context, value: 2 ** 53 } },
    { error: { code: -32005, message: 'Node is behind by 42 slots' } },
  ];
  for (const answer of answers) {
    const bad = answering(answer);
    const asked: (() => Promise<unknown>)[] = [
      () => bad.head(),
      () => bad.latestBlockhash(),
      () => bad.blockhashBounds([network.genesisHash]),
      () => bad.tokenAccounts([network.asset]),
      () => bad.simulate([transaction], { sigVerify: true }),
      () => bad.statuses([toBase58(randomSecret(64))], { searchHistory: true }),
      () => bad.nativeBalance(network.asset),
      () => bad.transfersTo(network.asset, { fromSlot: 0n, toSlot: 1n }),
    ];
    for (const ask of asked) await assert.rejects(ask, RpcUnavailable, `${JSON.stringify(answer)}: ${ask}`);
  }
  const busy = answering({ error: { code: -32005, message: 'Node is behind' } });
  await assert.rejects(busy.send([transaction]), RpcUnavailable);
  await assert.rejects(busy.identity(), RpcUnavailable);
});
