/** The facilitator by itself, under the published resource servers and clients of both versions, unchanged. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { registerExactEvmScheme } from '@x402/evm/exact/client';
import { wrapFetchWithPayment, x402Client } from '@x402/fetch';
import { createPaymentHeader } from 'x402/client';
import { exact } from 'x402/schemes';
import { useFacilitator } from 'x402/verify';
import {
  ask,
  caip2,
  coldWallet,
  requestOf,
  requirementsFor,
  startAlone,
  startAloneProcess,
  startReferenceServer,
  tokenFor,
} from '../alone.ts';
import { signPayment, startGround } from '../postern.ts';
import { balanceOf } from '../stand.ts';

const ground = await startGround();
const first = await startAlone(ground);
const payTo = coldWallet();
const token = await tokenFor(ground, payTo);
const terms = requirementsFor(payTo);
const paid = 10_000_000n - 20_000n;
const reference = await startReferenceServer(first.url, token, payTo);

/** Of many answers, how many of each status. */
const tally = (statuses: readonly number[]) =>
  Object.fromEntries(
    [...new Set(statuses)].map((s) => [s, statuses.filter((status) => status === s).length]),
  );

/** The same paid request, so many times at once, spread over the resource servers. */
async function copies(urls: readonly string[], payment: string, count: number): Promise<number[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const response = await fetch(urls[i % urls.length]!, { headers: { 'PAYMENT-SIGNATURE': payment } });
      await response.arrayBuffer();
      return response.status;
    }),
  );
}

test('@x402/hono and @x402/fetch, version 2: paid, served, settled', async () => {
  const wallet = await ground.fundedWallet();
  const client = registerExactEvmScheme(new x402Client(), { signer: wallet });
  const response = await wrapFetchWithPayment(fetch, client)(reference.url);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { thing: true });
  assert.equal(await balanceOf(ground, terms, wallet.address), paid);
  assert.equal(await balanceOf(ground, terms, payTo), 20_000n);
});

test('the package x402, version 1: verify and settle', async () => {
  const wallet = await ground.fundedWallet();
  const requirements = {
    scheme: 'exact' as const,
    network: 'base-sepolia' as const,
    maxAmountRequired: '20000',
    resource: 'https://shop.example/thing' as const,
    description: 'A thing.',
    mimeType: 'application/json',
    payTo,
    maxTimeoutSeconds: 60,
    asset: terms.asset,
    extra: terms.extra,
  };
  const payment = exact.evm.decodePayment(await createPaymentHeader(wallet, 1, requirements));
  const headers = { Authorization: `Bearer ${token}` };
  const { verify, settle, supported } = useFacilitator({
    url: first.url as `http://${string}`,
    createAuthHeaders: async () => ({ verify: headers, settle: headers, supported: headers }),
  });
  const kinds = (await supported()).kinds as { x402Version: number; network: string }[];
  assert.ok(kinds.some((kind) => kind.x402Version === 1 && kind.network === 'base-sepolia'));
  assert.deepEqual(await verify(payment, requirements), {
    isValid: true,
    payer: wallet.address.toLowerCase(),
  });
  const settled = await settle(payment, requirements);
  assert.equal(settled.success, true);
  assert.equal(settled.network, 'base-sepolia');
  assert.match(settled.transaction, /^0x[0-9a-f]{64}$/);
  assert.equal(await balanceOf(ground, terms, wallet.address), paid);
  assert.deepEqual(
    { ...(await settle(payment, requirements)), errorMessage: '' },
    {
      success: false,
      errorReason: 'duplicate_settlement',
      errorMessage: '',
      payer: wallet.address.toLowerCase(),
      transaction: settled.transaction,
      network: 'base-sepolia',
    },
  );
});

test('a thousand copies of one payment through the reference server are served once', async () => {
  const wallet = await ground.fundedWallet();
  const statuses = await copies([reference.url], await signPayment(wallet, terms), 1_000);
  assert.deepEqual(tally(statuses), { 200: 1, 402: 999 });
  assert.equal(await balanceOf(ground, terms, wallet.address), paid);
});

test('so are a thousand through two servers and two facilitators, and those that come after a restart', async () => {
  const second = await startAloneProcess(ground);
  const other = await startReferenceServer(second.url, token, payTo);
  const wallet = await ground.fundedWallet();
  const payment = await signPayment(wallet, terms);
  const statuses = await copies([reference.url, other.url], payment, 1_000);
  assert.deepEqual(tally(statuses), { 200: 1, 402: 999 });
  assert.equal(await balanceOf(ground, terms, wallet.address), paid);

  second.process.kill('SIGTERM');
  await once(second.process, 'exit');
  const third = await startAloneProcess(ground);
  const { body } = await ask(third.url, '/settle', token, requestOf(payment, terms));
  assert.equal(body.success, false);
  assert.equal(body.errorReason, 'duplicate_settlement');
  assert.match(String(body.transaction), /^0x[0-9a-f]{64}$/);
});

test('killed while a payment is on its way: another process settles it, and the key finds the outcome', async () => {
  const wallet = await ground.fundedWallet();
  const payment = await signPayment(wallet, terms);
  const doomed = await startAloneProcess(ground);
  const key = { 'idempotency-key': 'order-17' };
  const cut = ask(doomed.url, '/settle', token, requestOf(payment, terms), key).catch(() => undefined);
  for (let i = 0; i < 500; i++) {
    const row = await ground.db
      .selectFrom('settlements')
      .select('id')
      .where('payer', '=', wallet.address.toLowerCase())
      .executeTakeFirst();
    if (row) break;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  doomed.process.kill('SIGKILL');
  await cut;
  const { body } = await ask(first.url, '/settle', token, requestOf(payment, terms), key);
  assert.equal(body.success, true, JSON.stringify(body));
  assert.equal(body.network, caip2);
  assert.equal(await balanceOf(ground, terms, wallet.address), paid);
  const { settlementId } = body.extra as { settlementId: string };
  const seen = await ask(first.url, `/settlements/${settlementId}`, token);
  assert.equal(seen.body.state, 'settled');
  assert.equal(seen.body.transaction, body.transaction);
});
