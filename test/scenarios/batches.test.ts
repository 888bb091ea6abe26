/** The relayer's sending half on a real chain: batches and what poisons them, gas and its bounds, several keys, a kill. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { encodeDeployData, encodeFunctionData, type Hex, parseAbi } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { type Artifact, artifactUrl } from '../../src/chains/devnet/contracts/compile.ts';
import { evmChain } from '../../src/chains/evm/chain.ts';
import { authorizationDigest } from '../../src/chains/evm/eip3009.ts';
import { httpRpc } from '../../src/chains/evm/rpc.ts';
import { devnetKey, type LocalSigner, signingAccount } from '../../src/chains/hot-key.ts';
import type { EvmNetwork } from '../../src/chains/networks.ts';
import type { Signer } from '../../src/chains/signer.ts';
import { type Carrier, ownRelayer } from '../../src/facilitator/evm/carrier.ts';
import type { GasLimits } from '../../src/facilitator/evm/fees.ts';
import { look } from '../../src/facilitator/evm/watch.ts';
import { postgresBook } from '../../src/facilitator/postgres-book.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { sleep, systemClock } from '../../src/kernel/time.ts';
import { cancelCall } from '../authorization.ts';
import { startNodeProxy } from '../fakes/proxies.ts';
import { silent } from '../harness.ts';
import {
  type Accept,
  chainRpc,
  signPayment,
  startGround,
  startOnGround,
  startSecondProcess,
  termsOf,
} from '../postern.ts';
import { isBroadcast, reaches, send } from '../stand.ts';

const ground = await startGround();
after(() => ground.stop());
const { network: served, rpcUrl } = ground.devnet.networks[0]!;
const network = served as EvmNetwork;
const chain = evmChain(network, httpRpc(rpcUrl));
const book = postgresBook(ground.db);
const hotKey = await devnetKey(`${ground.dataFolder}/devnet/hot.key`);
const payTo = signingAccount(generatePrivateKey()).address.toLowerCase() as Hex;
const amount = 10_000n;
const rpc = <T = unknown>(method: string, params: unknown[] = []) => chainRpc<T>(ground, method, params);

const transfers = parseAbi(['function transfer(address to, uint256 value) returns (bool)']);

interface Relayer {
  carrier: Carrier;
  alerts: string[];
  /** Looks after the keys, then sends once by each. @returns how many transactions went out */
  round(): Promise<number>;
  /** Looks until so many settlements became final; where none is to be expected, for a second. @returns their ids */
  watch(expected?: number): Promise<string[]>;
}

async function relayer(
  keys: [Signer, ...Signer[]] = [hotKey],
  gas: Partial<GasLimits> = {},
): Promise<Relayer> {
  const alerts: string[] = [];
  const log = Object.create(silent, { error: { value: (_: unknown, text: string) => alerts.push(text) } });
  const ports = { book, chain, clock: systemClock, ids: randomIds, log, limits: { ...network, ...gas } };
  const carrier = ownRelayer(ports, keys);
  await carrier.open();
  return {
    carrier,
    alerts,
    async round() {
      await carrier.keep(await chain.head());
      const head = await chain.head();
      const sent = await Promise.all(carrier.senders.map((send) => send(head)));
      return sent.reduce((sum, count) => sum + count, 0);
    },
    async watch(expected = 1) {
      const all: string[] = [];
      // The node takes a transaction a moment before its block is there, and each of several has a block of its own.
      for (let waitedMs = 0; ; waitedMs += 50) {
        const { final } = await look(ports, new Map(), chain.head);
        all.push(...final);
        const isOver = expected > 0 ? all.length >= expected : all.length > 0;
        if (isOver || waitedMs >= (expected > 0 ? 20_000 : 1_000)) return all;
        await sleep(50);
      }
    },
  };
}

/** Queues a payment of the wallet, signed by its key or by the owner of the contract that it is. */
async function queue(payer: string, key: LocalSigner): Promise<string> {
  const id = randomIds('pur');
  const authorization = {
    from: payer.toLowerCase() as Hex,
    to: payTo,
    value: amount,
    validAfter: 0n,
    validBefore: BigInt(Math.floor(systemClock() / 1000)) + 600n,
    nonce: generatePrivateKey(),
  };
  const { from, to, value, ...rest } = authorization;
  await ground.db
    .insertInto('settlements')
    .values({
      id,
      network: network.name,
      asset: network.asset,
      payer: from,
      payTo: to,
      amountAtomic: value,
      ...rest,
      signature: await key.sign({ hash: authorizationDigest(network, authorization) }),
      verifiedAtBlock: (await chain.head()).number,
    })
    .execute();
  return id;
}

async function wallet(): Promise<LocalSigner> {
  const key = signingAccount(generatePrivateKey());
  await ground.fund(key.address);
  return key;
}

/** Queues a payment of a new wallet. */
async function queueNew(): Promise<string> {
  const key = await wallet();
  return queue(key.address, key);
}

const stateOf = (id: string) =>
  ground.db.selectFrom('settlements').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

const transactionsOf = (id: string) =>
  ground.db
    .selectFrom('relayerTransactionSettlements as l')
    .innerJoin('relayerTransactions as t', 't.id', 'l.transactionId')
    .selectAll('t')
    .where('l.settlementId', '=', id)
    .orderBy('t.createdAt')
    .execute();

/** A transaction of the wallet's own, mined before what waits: it pays more. */
async function jumpAhead(from: Hex, data: Hex): Promise<void> {
  await rpc('anvil_setBalance', [from, '0xde0b6b3a7640000']);
  await rpc('anvil_impersonateAccount', [from]);
  const fees = { maxFeePerGas: '0x2e90edd000', maxPriorityFeePerGas: '0x2e90edd000' };
  await rpc('eth_sendTransaction', [{ from, to: network.asset, data, gas: '0x30d40', ...fees }]);
}

const empty = (key: LocalSigner) =>
  jumpAhead(
    key.address,
    encodeFunctionData({
      abi: transfers,
      functionName: 'transfer',
      args: ['0x2222222222222222222222222222222222222222', 10_000_000n],
    }),
  );

/** As much of the terms as names the token. */
const tokenTerms = { network: network.caip2, asset: network.asset, extra: network.domain } as Accept;

async function cancel(key: LocalSigner, id: string): Promise<void> {
  const { nonce } = await stateOf(id);
  await jumpAhead(key.address, await cancelCall(key, tokenTerms, nonce as Hex));
}

test('a full batch: one emptied, one cancelled and one that is a contract spoil nobody else’s, and each payment takes half the gas', async () => {
  const ours = await relayer();
  const alone = await queueNew();
  assert.equal(await ours.round(), 1);
  assert.deepEqual(await ours.watch(), [alone]);

  const keys: LocalSigner[] = [];
  for (let i = 0; i < 98; i++) keys.push(await wallet());
  const ids: string[] = [];
  for (const key of keys) ids.push(await queue(key.address, key));
  const owner = signingAccount(generatePrivateKey());
  const contract = await contractWallet(owner);
  const contractId = await queue(contract, owner);
  await rpc('evm_setAutomine', [false]);
  try {
    assert.equal(await ours.round(), 2, 'the batch, and the contract wallet by itself');
    await empty(keys[3]!);
    await cancel(keys[7]!, ids[7]!);
    await rpc('evm_mine');
  } finally {
    await rpc('evm_setAutomine', [true]);
  }
  // All but the one that was emptied: the cancelled one is final as void.
  const final = new Set(await ours.watch(98));
  const spoilt = [ids[3]!, ids[7]!];
  for (const id of [...ids, contractId])
    assert.equal(final.has(id), id === ids[7] || !spoilt.includes(id), id);
  assert.equal((await stateOf(ids[7]!)).state, 'void');
  const emptied = await stateOf(ids[3]!);
  assert.deepEqual([emptied.state, emptied.together], ['queued', 1], 'it goes again by itself');
  const failures = await ground.db.selectFrom('gasFailures').select('settlementId').execute();
  assert.deepEqual(failures.map(({ settlementId }) => settlementId).sort(), spoilt.sort());

  await ours.round();
  await book.makeVoid(ids[3]!, 'out of the next tests’ way');
  const [single] = await transactionsOf(alone);
  const [batch] = await transactionsOf(ids[0]!);
  assert.equal((await transactionsOf(ids[97]!))[0]!.id, batch!.id);
  assert.notEqual((await transactionsOf(contractId))[0]!.id, batch!.id);
  const each = Number(batch!.gasUsed) / 98;
  const ratio = each / Number(single!.gasUsed);
  console.log(`gas: ${single!.gasUsed} alone, ${each.toFixed(0)} in a batch of 98: ${ratio.toFixed(2)}`);
  assert.ok(ratio <= 0.75, String(ratio));
  assert.ok(batch!.gasUsed! < batch!.gasLimit, 'it had gas to spare');
});

/** A wallet with code that vouches for what its owner signed. */
async function contractWallet(owner: LocalSigner): Promise<Hex> {
  const { abi, bytecode } = JSON.parse(await readFile(artifactUrl('SignerWallet'), 'utf8')) as Artifact;
  const { address } = signingAccount(generatePrivateKey());
  await ground.fund(address);
  const code = await rpc<Hex>('eth_call', [
    { data: encodeDeployData({ abi, bytecode, args: [owner.address] }) },
    'latest',
  ]);
  await rpc('anvil_setCode', [address, code]);
  return address;
}

test('the base fee rises past the offer: the transaction is replaced at its nonce, and both hashes are watched', async () => {
  const ours = await relayer();
  const id = await queueNew();
  await rpc('evm_setAutomine', [false]);
  try {
    assert.equal(await ours.round(), 1);
    const { baseFeeWei } = await chain.head();
    await rpc('anvil_setNextBlockBaseFeePerGas', [`0x${(baseFeeWei * 4n + 10n ** 9n).toString(16)}`]);
    await rpc('evm_mine');
    assert.deepEqual(await ours.watch(0), [], 'no block takes it at this price');
    await sleep(3_200);
    await ours.round();
    const [first, second] = await transactionsOf(id);
    assert.equal(second!.accountNonce, first!.accountNonce);
    assert.ok(second!.maxFeeWei * 8n >= first!.maxFeeWei * 9n);
    const [open] = await book.open(network.name);
    assert.deepEqual(
      open!.transactions.map(({ hash }) => hash),
      [second!.hash, first!.hash],
    );
    await rpc('evm_mine');
    assert.deepEqual(await ours.watch(), [id]);
    assert.equal((await stateOf(id)).transactionHash, second!.hash);
  } finally {
    await rpc('evm_setAutomine', [true]);
  }
});

test('above the cap nothing is sent and the network is not offered', async () => {
  const ours = await relayer([hotKey], { maxFeeWei: network.priorityFeeWei });
  const id = await queueNew();
  assert.equal(await ours.round(), 0);
  assert.equal(ours.carrier.ready(), false);
  assert.equal((await stateOf(id)).state, 'queued');
  const able = await relayer();
  assert.equal(await able.round(), 1);
  assert.deepEqual(await able.watch(), [id]);
});

test('the daily budget is spent: nothing is sent, the network is not offered, the operator is told once', async () => {
  const unbounded = await relayer();
  await unbounded.round();
  const spent = await book.gasSpent(network.name);
  const rows = await ground.db.selectFrom('relayerTransactions').select('feeWei').execute();
  const cost = rows.reduce((sum, { feeWei }) => sum + BigInt(feeWei ?? 0), 0n);
  assert.equal(spent, cost, 'what the day cost is what its receipts say');
  assert.ok(unbounded.carrier.ready());
  const ours = await relayer([hotKey], { gasBudgetWei: spent + 1n });
  const id = await queueNew();
  for (let i = 0; i < 3; i++) assert.equal(await ours.round(), 0);
  assert.equal(ours.carrier.ready(), false);
  assert.match(ours.alerts.join(), /^the daily gas budget is spent[^,]*$/);
  assert.equal((await stateOf(id)).state, 'queued');
  assert.equal(await unbounded.round(), 1);
  assert.deepEqual(await unbounded.watch(), [id]);
});

test('two keys: each payment goes out once, by either; a key without gas money or with a nonce that hangs stops nobody', async () => {
  const second = signingAccount(generatePrivateKey());
  const ours = await relayer([second, hotKey]);
  const first = await queueNew();
  assert.equal(await ours.round(), 1, 'the second key has nothing, and sends nothing');
  assert.deepEqual(await ours.watch(), [first]);

  await rpc('anvil_setBalance', [second.address, '0xde0b6b3a7640000']);
  const ids: string[] = [];
  for (let i = 0; i < 12; i++) ids.push(await queueNew());
  await ours.round();
  for (const id of ids) assert.equal((await transactionsOf(id)).length, 1);
  assert.deepEqual((await ours.watch(ids.length)).sort(), ids.sort());
});

test('a wallet that made five transactions fail today is refused by all, and not sent for', async () => {
  const ours = await relayer();
  const key = await wallet();
  const id = await queue(key.address, key);
  const failures = [1, 2, 3, 4, 5].map((n) => ({ settlementId: id, transactionHash: `0x${n}` }));
  await book.burnt(failures);
  assert.equal(await ours.round(), 0);
  assert.ok(ours.carrier.refuses(key.address.toLowerCase()));
  assert.equal((await stateOf(id)).state, 'queued');
  await ground.db.deleteFrom('gasFailures').where('settlementId', '=', id).execute();
  await ground.db.updateTable('settlements').set({ state: 'void' }).where('id', '=', id).execute();
});

test('two processes, one key: one is killed between storing and sending, and the other sends', async () => {
  const node = await startNodeProxy(rpcUrl);
  node.refuse = (calls) => (calls.some(isBroadcast) ? 'cut' : undefined);
  const dying = await startSecondProcess(ground, { rpcUrls: { [network.name]: node.url } }, { quiet: true });
  const terms = await termsOf(dying.url, 'create_ticket', { subject: 'a', body: 'b' });
  const payer = await ground.fundedWallet();
  void send({ postern: { url: dying.url } as never }, await signPayment(payer, terms));
  await reaches(ground, payer, ({ settlement }) => settlement === 'sent');
  dying.process.kill('SIGKILL');
  await once(dying.process, 'exit');

  const other = await startOnGround(ground);
  await reaches(ground, payer, 'delivered');
  const { nextNonce } = await ground.db
    .selectFrom('relayerAccounts')
    .select('nextNonce')
    .where('address', '=', hotKey.address.toLowerCase())
    .executeTakeFirstOrThrow();
  assert.equal(await chain.transactionCount(hotKey.address), nextNonce);
  await other.stop();
});
