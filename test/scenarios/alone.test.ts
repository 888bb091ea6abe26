/** Postern settling through `npx postern facilitator`: it is paid, hands over the same request twice, and believes nothing. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { getAddress, type Hex } from 'viem';
import { openDatabase } from '../../src/store/database.ts';
import { ask, startAlone, tokenFor } from '../alone.ts';
import { atEnd, silent, testDatabaseUrl } from '../harness.ts';
import { type Ground, signPayment } from '../postern.ts';
import { balanceOf, pass, purchaseOf, reaches, send, stand, ticketsOf } from '../stand.ts';

/** What stands between the two, and may bend the answers. */
let bend = (_path: string, answer: object): object => answer;
let target = '';
/** The next settle is kept from it, and refused. */
let lost = false;
let token = '';
const keys: (string | undefined)[] = [];
const bodies: string[] = [];
const between = createServer(async (incoming, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const path = incoming.url!;
  const key = incoming.headers['idempotency-key'] as string | undefined;
  if (path === '/settle') {
    keys.push(key);
    bodies.push(body);
  }
  const answer =
    target && !(path === '/settle' && lost)
      ? await ask(target, path, token, body || undefined, key ? { 'idempotency-key': key } : {})
      : { status: 200, body: { kinds: [{ x402Version: 2, scheme: 'exact', network: 'eip155:84532' }] } };
  if (path === '/settle') lost = false;
  response.setHeader('content-type', 'application/json').end(JSON.stringify(bend(path, answer.body)));
});
between.listen(0, '127.0.0.1');
await once(between, 'listening');
atEnd(async () => {
  between.close();
  between.closeAllConnections();
});

const cleanups: (() => unknown)[] = [];
const it = await stand(
  { after: (cleanup) => void cleanups.push(cleanup as () => unknown) },
  {
    settings: {
      POSTERN_HOT_KEY_FILE: '',
      POSTERN_FACILITATOR_URL: `http://127.0.0.1:${(between.address() as AddressInfo).port}`,
    },
  },
);
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});
const { ground, terms } = it;
const price = BigInt(terms.amount);

// The other house: the same chain, a database of its own.
const databaseUrl = await testDatabaseUrl();
const db = openDatabase({ url: databaseUrl, poolSize: 2, log: silent });
atEnd(() => db.destroy());
const theirs: Ground = { ...ground, databaseUrl, db };
const alone = await startAlone(theirs);
token = await tokenFor(theirs, getAddress(terms.payTo) as Hex);
target = alone.url;

test('it settles for us, by the settlement’s id as its key', async () => {
  const wallet = await ground.fundedWallet();
  const { status, body } = await send(it, await signPayment(wallet, terms));
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(await ticketsOf(ground, wallet), 1);
  assert.equal(await balanceOf(ground, terms, wallet.address), 10_000_000n - price);
  const purchase = await purchaseOf(ground, wallet);
  assert.deepEqual(keys, [purchase!.id]);
  const [row] = await db.selectFrom('facilitatorSettlements').select('idempotencyKey').execute();
  assert.equal(row!.idempotencyKey, purchase!.id);
});

test('handed over again it is the same request to the letter, and settled once', async () => {
  keys.length = 0;
  bodies.length = 0;
  bend = (path, answer) => (path === '/settle' && keys.length < 2 ? { success: false } : answer);
  lost = true;
  const wallet = await ground.fundedWallet();
  send(it, await signPayment(wallet, terms));
  await reaches(ground, wallet, 'delivered');
  assert.equal(await ticketsOf(ground, wallet), 1);
  assert.equal(await balanceOf(ground, terms, wallet.address), 10_000_000n - price);
  assert.equal(keys.length, 2);
  assert.equal(new Set(keys).size, 1);
  assert.equal(new Set(bodies).size, 1);
});

test('it says that it settled, and did not: nothing is delivered', async () => {
  target = '';
  bend = (path, answer) =>
    path === '/settle'
      ? { success: true, transaction: `0x${'12'.repeat(32)}`, network: 'eip155:84532', payer: '0x' }
      : answer;
  const wallet = await ground.fundedWallet();
  send(it, await signPayment(wallet, terms));
  await reaches(ground, wallet, ({ settlement }) => settlement === 'sent');
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  assert.equal((await purchaseOf(ground, wallet))!.state, 'settling');
  assert.equal(await ticketsOf(ground, wallet), 0);
  await pass(ground, 400);
  await reaches(ground, wallet, 'void');
});
