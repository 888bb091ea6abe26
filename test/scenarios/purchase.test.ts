/** The money path, end to end on a real chain: what is bought, what is refused, and that nothing is bought twice. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { type Hex, toHex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import {
  callTool,
  chainRpc,
  type PaymentChange,
  signPayment,
  startSecondProcess,
  startTestPostern,
  termsOf,
} from '../postern.ts';

const postern = await startTestPostern();
after(() => postern.stop());
const ticket = { subject: 'Shutter stuck', body: 'It will not fire below zero.' };
const terms = await termsOf(postern.url, 'create_ticket', ticket);

const count = async (table: 'claims' | 'purchases' | 'settlements' | 'tickets' | 'relayerTransactions') =>
  Number(
    (await postern.db.selectFrom(table).select(sql<bigint>`count(*)`.as('n')).executeTakeFirstOrThrow()).n,
  );
const balanceOf = async (address: string) => {
  const data = `0x70a08231${address.slice(2).toLowerCase().padStart(64, '0')}`;
  return BigInt(await chainRpc<Hex>(postern, 'eth_call', [{ to: terms.asset, data }, 'latest']));
};

test('a paid call settles on the chain, delivers, and leaves a receipt', async () => {
  const wallet = await postern.fundedWallet();
  const [paidBefore, heldBefore] = [await balanceOf(terms.payTo), await balanceOf(wallet.address)];
  const answer = await callTool(postern.url, 'create_ticket', ticket, await signPayment(wallet, terms));
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.match(String(answer.body.ticketId), /^tkt_/);

  assert.equal(await balanceOf(terms.payTo), paidBefore + 20_000n);
  assert.equal(await balanceOf(wallet.address), heldBefore - 20_000n);
  const settlement = JSON.parse(Buffer.from(answer.headers.get('payment-response')!, 'base64').toString());
  assert.equal(settlement.success, true);
  const receipt = await chainRpc<{ status: string }>(postern, 'eth_getTransactionReceipt', [
    settlement.transaction,
  ]);
  assert.equal(receipt.status, '0x1');
  const stored = await postern.db
    .selectFrom('tickets')
    .selectAll()
    .where('id', '=', String(answer.body.ticketId))
    .executeTakeFirst();
  assert.equal(stored?.wallet, wallet.address.toLowerCase());
});

test('the same payment again is answered from its purchase; for another call it is a conflict', async () => {
  const wallet = await postern.fundedWallet();
  const payment = await signPayment(wallet, terms);
  const first = await callTool(postern.url, 'create_ticket', ticket, payment);
  const before = await count('claims');
  const again = await callTool(postern.url, 'create_ticket', ticket, payment);
  assert.equal(again.status, 200);
  assert.deepEqual(again.body, first.body);
  const other = await callTool(postern.url, 'create_ticket', { ...ticket, body: 'Something else.' }, payment);
  assert.equal(other.status, 409);
  assert.equal(other.body.code, 'authorization_conflict');
  assert.equal(await count('claims'), before);
});

test('a payment that bends the terms is refused with a reason, and nothing is claimed', async () => {
  const wallet = await postern.fundedWallet();
  const stranger = privateKeyToAccount(generatePrivateKey());
  const now = BigInt(Math.floor(Date.now() / 1000));
  const flipS = (signature: Hex) => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = toHex(order - BigInt(`0x${signature.slice(66, 130)}`), { size: 32 }).slice(2);
    return `${signature.slice(0, 66)}${s}${signature.endsWith('1b') ? '1c' : '1b'}`;
  };
  const bent: [string, PaymentChange, string][] = [
    ['less than asked', { signed: { value: 19_999n } }, 'invalid_exact_evm_payload_authorization_value'],
    ['more than asked', { signed: { value: 20_001n } }, 'invalid_exact_evm_payload_authorization_value'],
    ['to someone else', { signed: { to: stranger.address } }, 'invalid_exact_evm_payload_recipient_mismatch'],
    [
      'not valid yet',
      { signed: { validAfter: now + 60n } },
      'invalid_exact_evm_payload_authorization_valid_after',
    ],
    [
      'ends too soon',
      { signed: { validBefore: now + 20n } },
      'invalid_exact_evm_payload_authorization_valid_before',
    ],
    [
      'ends in a year',
      { signed: { validBefore: now + 31_536_000n } },
      'invalid_exact_evm_payload_authorization_valid_before',
    ],
    [
      'another value than signed',
      { authorization: { value: '20000' }, signed: { value: 1n } },
      'invalid_exact_evm_payload_signature',
    ],
    ['a high s', { signature: flipS }, 'invalid_exact_evm_payload_signature'],
    ['another wallet named', { authorization: { from: stranger.address } }, 'insufficient_funds'],
    ['other terms accepted', { accepted: { amount: '1' } }, 'invalid_payment_requirements'],
    ['another payTo accepted', { accepted: { payTo: stranger.address } }, 'invalid_payment_requirements'],
  ];
  const before = await count('claims');
  for (const [what, change, reason] of bent) {
    const answer = await callTool(
      postern.url,
      'create_ticket',
      ticket,
      await signPayment(wallet, terms, change),
    );
    assert.equal(answer.status, 402, `${what}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.body.error, reason, what);
  }
  const empty = privateKeyToAccount(generatePrivateKey());
  const broke = await callTool(postern.url, 'create_ticket', ticket, await signPayment(empty, terms));
  assert.equal(broke.body.error, 'insufficient_funds');
  assert.equal(await count('claims'), before);
});

test('arguments and preparation are checked before anything is charged', async () => {
  const wallet = await postern.fundedWallet();
  const before = await count('claims');
  const bad = await callTool(postern.url, 'create_ticket', { subject: '' }, await signPayment(wallet, terms));
  assert.equal(bad.body.code, 'invalid_arguments');
  const context = { ticketId: 'tkt_000000000000000000000000' };
  const asked = await termsOf(postern.url, 'get_ticket_context', context);
  const missing = await callTool(
    postern.url,
    'get_ticket_context',
    context,
    await signPayment(wallet, asked),
  );
  assert.equal(missing.body.code, 'not_found');
  assert.equal(await count('claims'), before);
});

test('what an authorization bought with a private output is shown to its buyer, not to a repeat of it', async () => {
  const wallet = await postern.fundedWallet();
  const made = await callTool(postern.url, 'create_ticket', ticket, await signPayment(wallet, terms));
  const context = { ticketId: made.body.ticketId };
  const asked = await termsOf(postern.url, 'get_ticket_context', context);
  const payment = await signPayment(wallet, asked);
  const first = await callTool(postern.url, 'get_ticket_context', context, payment);
  assert.match(JSON.stringify(first.body), /below zero/);
  const repeat = await callTool(postern.url, 'get_ticket_context', context, payment);
  assert.doesNotMatch(JSON.stringify(repeat.body), /below zero|pur_/);
});

test('a call that its client named is answered to that client alone, and a new signature does not buy it twice', async () => {
  const wallet = await postern.fundedWallet();
  const made = await callTool(postern.url, 'create_ticket', ticket, await signPayment(wallet, terms));
  const context = { ticketId: made.body.ticketId };
  const asked = await termsOf(postern.url, 'get_ticket_context', context);
  const named = { identifier: 'call_0123456789abcdef' };
  const payment = await signPayment(wallet, asked, named);
  const first = await callTool(postern.url, 'get_ticket_context', context, payment);
  const held = await balanceOf(wallet.address);

  assert.deepEqual((await callTool(postern.url, 'get_ticket_context', context, payment)).body, first.body);
  const signedAnew = await signPayment(wallet, asked, named);
  assert.deepEqual((await callTool(postern.url, 'get_ticket_context', context, signedAnew)).body, first.body);
  const other = await callTool(postern.url, 'create_ticket', ticket, await signPayment(wallet, terms, named));
  assert.equal(other.body.code, 'authorization_conflict');
  assert.equal(await balanceOf(wallet.address), held);

  // The header rebuilt from the chain has no name; somebody else's wallet has not this payer.
  const { x402Version, accepted, payload } = JSON.parse(Buffer.from(payment, 'base64').toString());
  const rebuilt = Buffer.from(JSON.stringify({ x402Version, accepted, payload })).toString('base64');
  const stranger = await postern.fundedWallet();
  for (const header of [rebuilt, await signPayment(stranger, asked, named)]) {
    const answer = await callTool(postern.url, 'get_ticket_context', context, header);
    assert.doesNotMatch(JSON.stringify(answer.body), /below zero|pur_/);
  }
});

test('one wallet, two different payments at once: one is bought, the other told to wait', async () => {
  const wallet = await postern.fundedWallet();
  const answers = await Promise.all(
    [1, 2].map(async (n) =>
      callTool(
        postern.url,
        'create_ticket',
        { ...ticket, subject: `Call ${n}` },
        await signPayment(wallet, terms),
      ),
    ),
  );
  const codes = answers.map(({ status }) => status).sort();
  // Both may pass where the first is delivered before the second claims; never more than one is in flight.
  assert.ok(codes.join() === '200,409' || codes.join() === '200,200', codes.join());
});

test('a hundred presentations of one payment to two processes: one delivery, one transaction', async () => {
  const second = await startSecondProcess(postern);
  const wallet = await postern.fundedWallet();
  const body = { ...ticket, subject: 'A hundred at once' };
  const payment = await signPayment(wallet, terms);
  const [claims, sent] = [await count('claims'), await count('relayerTransactions')];
  const urls = [postern.url, second.url];
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => callTool(urls[i % 2]!, 'create_ticket', body, payment)),
  );
  const statuses = new Set(answers.map(({ status }) => status));
  assert.deepEqual([...statuses], [200], JSON.stringify(answers.find(({ status }) => status !== 200)?.body));
  assert.equal(new Set(answers.map(({ body }) => body.ticketId)).size, 1);
  assert.equal(await count('claims'), claims + 1);
  assert.equal(await count('relayerTransactions'), sent + 1);
  const tickets = await postern.db
    .selectFrom('tickets')
    .select('id')
    .where('subject', '=', body.subject)
    .execute();
  assert.equal(tickets.length, 1);
  assert.equal(await balanceOf(wallet.address), 10_000_000n - 20_000n);
});
