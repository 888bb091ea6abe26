import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { randomSecret } from '../../../kernel/ids.ts';
import { sleep, systemClock } from '../../../kernel/time.ts';
import { type Rpc, RpcError, unwrap } from '../../evm/rpc.ts';
import { svmNetworks } from '../../networks.ts';
import { toBase58 } from '../../svm/base58.ts';
import { associatedTokenAddress, memo, tokenProgram } from '../../svm/instructions.ts';
import { svmChain } from '../../svm/rpc-chain.ts';
import { type SvmSigner, svmSigner } from '../../svm/signer.ts';
import { encodeTransaction, makeTransaction, signatureOf, signWith } from '../../svm/transaction.ts';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';

const network = svmNetworks.find(({ testnet }) => testnet)!;
const mint = network.asset;

const call = async <T>(rpc: Rpc, method: string, ...params: unknown[]): Promise<T> =>
  unwrap<T>((await rpc([{ method, params }]))[0]);

/** A folder, and starts in it; whatever still runs there at the end is ended. */
async function place(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'cluster-'));
  const started: Cluster[] = [];
  t.after(async () => {
    for (const cluster of started) await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (options: Partial<ClusterOptions> = {}) => {
    const cluster = await startCluster({ folder, network, slotMs: 100, ...options });
    started.push(cluster);
    return cluster;
  };
  return { folder, start };
}

async function payer(rpc: Rpc): Promise<SvmSigner> {
  const key = svmSigner(randomSecret(32));
  await call(rpc, 'devnet_setBalance', key.address, '1000000000');
  return key;
}

async function note(rpc: Rpc, from: SvmSigner, blockhash?: string) {
  const made = makeTransaction({
    feePayer: from.address,
    blockhash: blockhash ?? (await svmChain(network, rpc).latestBlockhash()).blockhash,
    instructions: [memo(randomSecret(8).toString('hex'))],
  });
  const signed = await signWith(made, [from]);
  return { base64: encodeTransaction(signed), signature: signatureOf(signed)! };
}

const send = (rpc: Rpc, base64: string, options: object = {}) =>
  call<string>(rpc, 'sendTransaction', base64, { encoding: 'base64', ...options });
const landed = async (rpc: Rpc, signature: string) =>
  (await svmChain(network, rpc).statuses([signature], { searchHistory: true })).statuses[0] !== undefined;
const balanceOf = async (rpc: Rpc, owner: string) => {
  const [account] = await svmChain(network, rpc).tokenAccounts([
    await associatedTokenAddress({ owner, mint, tokenProgram }),
  ]);
  return account?.amountAtomic;
};

test('balances, history and time outlive a stop, and half a line at the end of the journal', async (t) => {
  const { folder, start } = await place(t);
  const first = await start();
  const from = await payer(first.rpc);
  const owner = svmSigner(randomSecret(32)).address;
  await call(first.rpc, 'devnet_mint', owner, '5000000');
  await call(first.rpc, 'devnet_warp', 1_000_000);
  const sent = await note(first.rpc, from);
  await send(first.rpc, sent.base64);
  const lamports = await svmChain(network, first.rpc).nativeBalance(from.address);
  const details = await call<object>(first.rpc, 'getTransaction', sent.signature, {
    commitment: 'confirmed',
    maxSupportedTransactionVersion: 0,
  }).catch(() => undefined);
  const { slot } = await svmChain(network, first.rpc).head();
  await first.stop();
  const journal = join(folder, 'journal.jsonl');
  const { size } = await stat(journal);
  await appendFile(journal, '{"kind":"transaction","signature":"');

  const { rpc } = await start();
  assert.equal(await balanceOf(rpc, owner), 5_000_000n);
  assert.equal(await svmChain(network, rpc).nativeBalance(from.address), lamports);
  assert.ok(await landed(rpc, sent.signature));
  assert.ok((await svmChain(network, rpc).head()).slot >= slot);
  await assert.rejects(send(rpc, sent.base64), /already been processed/);
  const again = await call<object>(rpc, 'getTransaction', sent.signature, {
    commitment: 'processed',
    maxSupportedTransactionVersion: 0,
  });
  assert.deepEqual(again, details ?? again);
  await call(rpc, 'devnet_mint', owner, '1');
  assert.equal(await balanceOf(rpc, owner), 5_000_001n);
  assert.ok((await stat(journal)).size > size);
});

test('a cluster that begins anew is ahead of the one before, and knows none of its blockhashes', async (t) => {
  const { folder, start } = await place(t);
  const first = await start();
  const before = await svmChain(network, first.rpc).head();
  const { blockhash } = await svmChain(network, first.rpc).latestBlockhash();
  await first.stop();
  await truncate(join(folder, 'journal.jsonl'));
  const { rpc } = await start();
  const chain = svmChain(network, rpc);
  assert.ok((await chain.head()).blockHeight >= before.blockHeight);
  assert.deepEqual(await chain.blockhashBounds([blockhash]), [undefined]);
  assert.equal(await chain.identity(), network.genesisHash);
});

test('a killed process forgets nothing that it acknowledged', async (t) => {
  const { start } = await place(t);
  const first = await start();
  const from = await payer(first.rpc);
  const sent = await note(first.rpc, from);
  await send(first.rpc, sent.base64);
  process.kill(first.pid, 'SIGKILL');
  await first.stop();
  assert.ok(await landed((await start()).rpc, sent.signature));
});

test('it ends with its parent, however that ends, and the next goes on where it was', async (t) => {
  const { folder, start } = await place(t);
  const script = `
    import { startCluster } from ${JSON.stringify(new URL('./cluster.ts', import.meta.url).href)};
    const network = ${JSON.stringify(network)};
    const { pid, rpcUrl } = await startCluster({ folder: ${JSON.stringify(folder)}, network });
    console.log(JSON.stringify({ pid, rpcUrl }));
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const { pid } = JSON.parse(String(line)) as { pid: number };
  parent.kill('SIGKILL');
  // At once: the new one waits for the old one's folder.
  const { rpc } = await start();
  assert.equal(await call(rpc, 'getHealth'), 'ok');
  // Its entry goes when whoever inherited it has looked.
  for (let waitedMs = 0; isThere(pid) && waitedMs < 10_000; waitedMs += 100) await sleep(100);
  assert.ok(!isThere(pid));
});

test('two do not run on one folder', async (t) => {
  const { start } = await place(t);
  await start();
  await assert.rejects(start(), /did not start .*(already running|lock)/);
});

test('what is dropped is gone, what is held lands later, and a fork that loses is forgotten', async (t) => {
  const { rpc } = await (await place(t)).start();
  const from = await payer(rpc);
  await call(rpc, 'devnet_drop', 1);
  const [lost, kept] = [await note(rpc, from), await note(rpc, from)];
  assert.equal(await send(rpc, lost.base64), lost.signature);
  assert.equal(await landed(rpc, lost.signature), false);
  await send(rpc, kept.base64);
  assert.equal(await landed(rpc, kept.signature), true);

  await call(rpc, 'devnet_hold', true);
  const waiting = await note(rpc, from);
  await send(rpc, waiting.base64);
  assert.equal(await landed(rpc, waiting.signature), false);
  assert.equal(await call(rpc, 'devnet_hold', false), 1);
  assert.equal(await landed(rpc, waiting.signature), true);

  const point = await call<number>(rpc, 'devnet_snapshot');
  const before = await svmChain(network, rpc).nativeBalance(from.address);
  const forked = await note(rpc, from);
  await send(rpc, forked.base64);
  await call(rpc, 'devnet_revert', point);
  assert.equal(await landed(rpc, forked.signature), false);
  assert.equal(await landed(rpc, waiting.signature), true);
  assert.equal(await svmChain(network, rpc).nativeBalance(from.address), before);
  await send(rpc, forked.base64);
  assert.equal(await landed(rpc, forked.signature), true);
  await assert.rejects(call(rpc, 'devnet_revert', point), /no such point/);
});

test('it goes by the clock it is given, and confirms by slots', async (t) => {
  const hourMs = 3_600_000;
  const slotMs = 60_000;
  // A slot has just begun, so that none ends by itself between what is sent and what is asked of it.
  const aheadMs = hourMs - (systemClock() % slotMs);
  const { rpc } = await (await place(t)).start({ clock: () => systemClock() + aheadMs, slotMs });
  const chain = svmChain(network, rpc);
  const { timestamp } = await chain.head();
  assert.ok(Math.abs(Number(timestamp) - (systemClock() + aheadMs) / 1000) < 300);
  const sent = await note(rpc, await payer(rpc));
  await send(rpc, sent.base64);
  const commitment = async () => {
    const { statuses } = await chain.statuses([sent.signature], { searchHistory: false });
    return statuses[0]!.confirmation;
  };
  const seen = [await commitment()];
  for (const slots of [1, 3]) {
    await call(rpc, 'devnet_warp', slots);
    seen.push(await commitment());
  }
  assert.deepEqual(seen, ['processed', 'confirmed', 'finalized']);
});

test('a transaction is refused as a node refuses it', async (t) => {
  const { rpc } = await (await place(t)).start();
  const from = await payer(rpc);
  const refused = async (base64: string, code: number, message: RegExp, options = {}) => {
    const error = await send(rpc, base64, options).then(
      () => assert.fail('it was taken'),
      (error) => error,
    );
    assert.ok(error instanceof RpcError, String(error));
    assert.match(error.message, message);
    assert.equal(error.code, code);
    return error.data as { err: unknown; logs: string[] };
  };
  const good = await note(rpc, from);
  const bytes = Buffer.from(good.base64, 'base64');
  const bent = Buffer.from(bytes);
  bent[70]! ^= 1;
  await refused(bent.toString('base64'), -32003, /signature verification failure/);
  await refused(bytes.subarray(0, 50).toString('base64'), -32602, /deserialize/);
  await refused(good.base64, -32602, /base58/, { encoding: 'base58' });
  await refused(good.base64, -32602, /encoding/, { encoding: 'hex' });
  const stale = await note(rpc, from, toBase58(randomSecret(32)));
  const { err, logs } = await refused(stale.base64, -32002, /simulation failed: Blockhash not found/);
  assert.deepEqual([err, logs], ['BlockhashNotFound', []]);
  const penniless = await note(rpc, svmSigner(randomSecret(32)));
  const data = await refused(penniless.base64, -32002, /no record of a prior credit/);
  assert.equal(data.err, 'AccountNotFound');
  // Without preflight the node takes all that is a transaction, and what cannot pay for itself is in no block.
  for (const { base64, signature } of [stale, penniless]) {
    await send(rpc, base64, { skipPreflight: true });
    assert.equal(await landed(rpc, signature), false);
  }
  await send(rpc, bent.toString('base64'), { skipPreflight: true });
  await send(rpc, good.base64);
  assert.equal(await landed(rpc, good.signature), true);
});

test('no request brings the node down, and each is answered as JSON-RPC has it', async (t) => {
  const { rpc, rpcUrl } = await (await place(t)).start();
  const post = (body: string) => fetch(rpcUrl, { method: 'POST', body });
  const one = (change: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getSlot', ...change });
  const bad: [string, number][] = [
    ['', -32700],
    ['{', -32700],
    ['\u0000', -32700],
    ['null', -32600],
    ['7', -32600],
    ['[]', -32600],
    [JSON.stringify(Array.from({ length: 101 }, () => ({}))), -32600],
    [one({ jsonrpc: '1.0' }), -32600],
    [one({ id: {} }), -32600],
    [one({ method: 7 }), -32600],
    [one({ method: 'nope' }), -32601],
    [one({ method: 'constructor' }), -32601],
    [one({ method: '__proto__' }), -32601],
    [one({ params: {} }), -32602],
    [one({ params: ['x'] }), -32602],
    [one({ params: [{ commitment: 'max' }] }), -32602],
    [one({ params: [{ minContextSlot: 9e15 }] }), -32016],
    [one({ method: 'getAccountInfo', params: [] }), -32602],
    [one({ method: 'getAccountInfo', params: ['0'.repeat(44)] }), -32602],
    [one({ method: 'getBalance', params: [[]] }), -32602],
    [one({ method: 'getMultipleAccounts', params: [Array(101).fill(mint)] }), -32602],
    [one({ method: 'getTokenAccountBalance', params: [mint] }), -32602],
    [one({ method: 'getSignatureStatuses', params: [['x']] }), -32602],
    [one({ method: 'simulateTransaction', params: ['====', { encoding: 'base64' }] }), -32602],
    [one({ method: 'sendTransaction', params: [7] }), -32602],
    [one({ method: 'sendTransaction', params: ['a'.repeat(200_000)] }), -32602],
    [one({ method: 'getFeeForMessage', params: ['AAAA'] }), -32602],
    [one({ method: 'devnet_warp', params: [-1] }), -32602],
    [one({ method: 'devnet_mint', params: [mint, '-1'] }), -32602],
    [one({ method: 'devnet_setBalance', params: [mint, 1] }), -32602],
    [one({ method: 'devnet_revert', params: [99] }), -32602],
  ];
  for (const [body, code] of bad) {
    const response = await post(body);
    const { error } = (await response.json()) as { error: { code: number } };
    assert.deepEqual([response.status, error?.code], [200, code], body.slice(0, 100));
  }
  assert.equal((await post('x'.repeat(300_000))).status, 413);
  assert.equal((await fetch(rpcUrl)).status, 405);
  assert.equal(await (await fetch(`${rpcUrl}/health`)).text(), 'ok');
  assert.equal(await (await post(one({ id: undefined }))).text(), '');
  const batch = await (await post(`[${one({ id: 'a' })},${one({ method: 'nope', id: 7 })}]`)).json();
  assert.deepEqual(
    (batch as { id: unknown }[]).map(({ id }) => id),
    ['a', 7],
  );
  const text = await (
    await post(one({ method: 'getAccountInfo', params: [mint, { encoding: 'base64' }] }))
  ).text();
  assert.match(text, /"rentEpoch":18446744073709551615[,}]/);
  assert.equal(await call(rpc, 'getHealth'), 'ok');
});

/** Whether the process lives, or its entry still waits to be taken away. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
