/** Anonymous is not unbounded: caps as a caller of the running server meets them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  type Accept,
  callTool,
  signPayment,
  startSecondProcess,
  startTestPostern,
  termsOf,
} from '../postern.ts';

const postern = await startTestPostern({}, { caps: 'default' });
after(() => postern.stop());
// Or they would be known before they meet a cap of the new.
await postern.db.updateTable('workspacePolicies').set({ knownAfterPurchases: 100 }).execute();
const ticket = { subject: 'Shutter stuck', body: 'It will not fire below zero.' };
const terms: Accept = await termsOf(postern.url, 'create_ticket', ticket);

/** Every call of the MCP door that carries a payment. */
async function callMcp(payment: string) {
  const params = { name: 'create_ticket', arguments: ticket };
  const response = await fetch(postern.door, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'PAYMENT-SIGNATURE': payment },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what is asked
  return { status: response.status, body: (await response.json()) as any };
}

const claimsOf = (payer: string) =>
  postern.db.selectFrom('claims').select('id').where('payer', '=', payer.toLowerCase()).execute();

test('the eleventh call of a new wallet’s minute is refused over two processes, and nothing is charged', async () => {
  const second = await startSecondProcess(postern);
  const wallet = await postern.fundedWallet();
  let first = '';
  for (let i = 0; i < 10; i++) {
    const payment = await signPayment(wallet, terms);
    first ||= payment;
    const { status, body } = await callTool(
      [postern.url, second.url][i % 2]!,
      'create_ticket',
      ticket,
      payment,
    );
    assert.equal(status, 200, JSON.stringify(body));
  }
  const over = await signPayment(wallet, terms);
  for (const url of [postern.url, second.url]) {
    const refused = await callTool(url, 'create_ticket', ticket, over);
    assert.equal(refused.status, 429);
    const { code, cap, of, limit, freesAt, retryable } = refused.body;
    assert.deepEqual(
      [code, cap, of, limit, retryable],
      ['over_cap', 'calls_per_minute', 'wallet', '10', true],
    );
    const seconds = Number(refused.headers.get('retry-after'));
    assert.ok(seconds > 0 && seconds <= 60, `${seconds} s`);
    assert.ok(Math.abs(Date.parse(String(freesAt)) - Date.now() - seconds * 1000) < 5_000);
    // A 402 would ask it to sign again.
    assert.equal(refused.headers.get('payment-required'), null);
  }
  const { status, body } = await callMcp(over);
  assert.equal(status, 200);
  assert.equal(body.result.isError, true);
  assert.equal(body.result.structuredContent.error.cap, 'calls_per_minute');
  assert.equal((await claimsOf(wallet.address)).length, 10);

  // A retry is answered from its row and meets no cap; a question without payment is none of a wallet's.
  const repeat = await callTool(postern.url, 'create_ticket', ticket, first);
  assert.equal(repeat.status, 200);
  assert.equal((await callTool(postern.url, 'create_ticket', ticket)).status, 402);

  // The window is over: the same payment is good.
  await postern.db
    .updateTable('wallets')
    .set({ minuteAt: new Date(Date.now() - 61_000) })
    .execute();
  assert.equal((await callTool(postern.url, 'create_ticket', ticket, over)).status, 200);
});

test('a blocked wallet is refused, also where its payment is no good, and its earlier calls are answered', async () => {
  const wallet = await postern.fundedWallet();
  const before = await signPayment(wallet, terms);
  const bought = await callTool(postern.url, 'create_ticket', ticket, before);
  assert.equal(bought.status, 200);
  await postern.db
    .updateTable('wallets')
    .set({ standing: 'blocked' })
    .where('address', '=', wallet.address.toLowerCase())
    .execute();
  for (const payment of [
    await signPayment(wallet, terms),
    await signPayment(wallet, terms, { signed: { value: 10n ** 12n } }),
  ]) {
    const refused = await callTool(postern.url, 'create_ticket', ticket, payment);
    assert.deepEqual([refused.status, refused.body.code], [403, 'wallet_blocked']);
    const { status, body } = await callMcp(payment);
    assert.deepEqual([status, body.result.structuredContent.error.code], [200, 'wallet_blocked']);
  }
  assert.equal((await claimsOf(wallet.address)).length, 1);
  const repeat = await callTool(postern.url, 'create_ticket', ticket, before);
  assert.deepEqual([repeat.status, repeat.body], [200, bought.body]);
});

test('all new wallets together have a bound of their own', async () => {
  await postern.db
    .updateTable('workspaceCaps')
    .set({ callsPerMinute: 2 })
    .where('standing', '=', 'all new')
    .execute();
  await postern.db
    .updateTable('newWalletSpending')
    .set({ minuteAt: new Date(Date.now() - 61_000) })
    .execute();
  const statuses: number[] = [];
  let refused: Record<string, unknown> = {};
  for (let i = 0; i < 3; i++) {
    const wallet = await postern.fundedWallet();
    const { status, body } = await callTool(
      postern.url,
      'create_ticket',
      ticket,
      await signPayment(wallet, terms),
    );
    statuses.push(status);
    refused = body;
  }
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.deepEqual([refused.cap, refused.of, refused.limit], ['calls_per_minute', 'new wallets', '2']);
});
