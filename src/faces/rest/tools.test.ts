import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http';
import { PaymentRequiredV1Schema, PaymentRequiredV2Schema } from '@x402/core/schemas';
import { fakeApp, get, post, publicUrl } from '../../../test/fakes/app.ts';
import { termsOn } from '../../../test/fakes/door.ts';
import { encode, paymentV1, paymentV2 } from '../../../test/fakes/payments.ts';
import { refuse } from '../../door/policy.ts';
import { PosternError } from '../../kernel/errors.ts';

const terms = termsOn(['base-sepolia'], 20000n)[0]!;
const path = '/api/x402/tools/acme/create_ticket';
const ticket = { subject: 'Stuck lens', body: 'It does not move.' };
const paid = { 'payment-signature': encode(paymentV2(terms)) };

describe('a tool over plain HTTP', () => {
  test('that is free just answers', async () => {
    const response = await post(fakeApp(), '/api/x402/tools/acme/search_kb', { query: 'lens' });
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { articles: [{ title: 'lens' }] });
  });

  test('that is priced is challenged in both versions', async () => {
    const response = await post(fakeApp(), path, ticket);
    assert.equal(response.status, 402);
    const v2 = decodePaymentRequiredHeader(response.headers.get('payment-required')!);
    PaymentRequiredV2Schema.parse(v2);
    assert.equal(v2.resource.url, `${publicUrl}${path}`);
    PaymentRequiredV1Schema.strict().parse(await response.json());
  });

  for (const headers of [paid, { 'x-payment': encode(paymentV1(terms)) }]) {
    test(`takes a payment: ${Object.keys(headers)[0]}`, async () => {
      const response = await post(fakeApp(), path, ticket, headers);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('cache-control'), 'private, no-store');
      assert.deepEqual(await response.json(), { ticketId: 'tkt_1', number: 1 });
      assert.equal(decodePaymentResponseHeader(response.headers.get('payment-response')!).success, true);
      assert.equal(response.headers.get('postern-purchase'), 'pur_1');
      assert.equal(response.headers.get('postern-receipt'), 'rcp_1');
    });
  }

  test('says where to ask while the outcome is open', async () => {
    const app = fakeApp();
    app.door.outcome = { state: 'settling', output: undefined, receiptId: undefined, transaction: undefined };
    const response = await post(app, path, ticket, paid);
    assert.equal(response.status, 202);
    assert.match(response.headers.get('retry-after')!, /^\d+$/);
    assert.equal(response.headers.get('location'), `${publicUrl}/api/purchases/pur_1`);
    for (const name of ['payment-required', 'payment-response', 'x-payment-response']) {
      assert.equal(response.headers.get(name), null, name);
    }
    assert.equal((await response.json()).code, 'settlement_pending');
  });

  test('says that a payment is void, and asks for no other', async () => {
    const app = fakeApp();
    app.door.outcome = { state: 'void', output: undefined, reason: 'payment_expired' };
    const response = await post(app, path, ticket, paid);
    assert.equal(response.status, 402);
    assert.equal(response.headers.get('payment-required'), null);
    assert.equal((await response.json()).code, 'settlement_void');
  });

  test('asks again for a payment that is refused, with the reason', async () => {
    const cheap = encode(paymentV1({ ...terms, amountAtomic: 1n }));
    for (const [payment, reason] of [
      [cheap, 'invalid_exact_evm_payload_authorization_value_mismatch'],
      [encode({ ...paymentV1(terms), network: 'eip155:84532' }), 'invalid_network'],
    ] as const) {
      const response = await post(fakeApp(), path, ticket, { 'x-payment': payment });
      assert.equal(response.status, 402);
      assert.equal(decodePaymentRequiredHeader(response.headers.get('payment-required')!).error, reason);
      assert.equal((await response.json()).error, reason);
    }
  });

  test('takes the longest text however its JSON is spelt', async () => {
    const escaped = `{"subject":"${'\\u4e2d'.repeat(200)}","body":"${'\\u4e2d'.repeat(50_000)}"}`;
    const response = await post(fakeApp(), path, escaped);
    assert.equal(response.status, 402);
  });

  for (const [what, address, body, headers, status, code] of [
    ['an unknown workspace', '/api/x402/tools/nobody/create_ticket', ticket, {}, 404, 'workspace_not_found'],
    ['an unknown tool', '/api/x402/tools/acme/nope', ticket, {}, 404, 'tool_not_found'],
    ['arguments that do not fit', path, { subject: 7 }, {}, 422, 'invalid_arguments'],
    ['an argument too many', path, { ...ticket, more: 1 }, {}, 422, 'invalid_arguments'],
    ['arguments in a list', path, [ticket], {}, 400, 'invalid_request'],
    ['bad JSON', path, '{', {}, 400, 'parse_error'],
    ['absurd depth', path, '{"subject":'.repeat(5000), {}, 400, 'parse_error'],
    ['too large a body', path, { ...ticket, body: 'x'.repeat(393_216) }, {}, 413, 'body_too_large'],
    ['two payments', path, ticket, { ...paid, 'x-payment': encode(paymentV1(terms)) }, 400, 'two_payments'],
    [
      'an oversized payment',
      path,
      ticket,
      { 'x-payment': 'A'.repeat(8196) },
      431,
      'payment_header_too_large',
    ],
    ['an undecodable payment', path, ticket, { 'x-payment': '{}' }, 400, 'malformed_payment'],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const response = await post(fakeApp(), address, body, headers);
      assert.equal(response.status, status);
      assert.match(response.headers.get('content-type')!, /^application\/problem\+json/);
      const problem = await response.json();
      assert.deepEqual([problem.code, problem.status], [code, status]);
      assert.equal(problem.type, `urn:postern:error:${code}`);
      assert.equal(response.headers.get('payment-required'), null);
    });
  }

  test('passes on what the door refuses', async () => {
    const app = fakeApp();
    app.door.failure = new PosternError('wallet_busy');
    const response = await post(app, path, ticket, paid);
    assert.equal(response.status, 409);
    assert.equal(response.headers.get('retry-after'), '2');
  });

  test('says when a cap frees, as HTTP says it and in the problem', async () => {
    const app = fakeApp();
    const freesAt = '2026-11-23T05:00:00.000Z';
    app.door.failure = refuse({
      cap: 'calls_per_minute',
      of: 'wallet',
      limit: '10',
      freesAt,
      freesInSeconds: 42,
    });
    const response = await post(app, path, ticket, paid);
    assert.equal(response.status, 429);
    assert.equal(response.headers.get('retry-after'), '42');
    const { cap, of, limit, freesAt: told, detail } = await response.json();
    assert.deepEqual([cap, of, limit, told], ['calls_per_minute', 'wallet', '10', freesAt]);
    assert.match(detail, /this wallet may make 10 calls a minute.*room again at 2026-11-23T05/);
  });

  test('is POSTed', async () => {
    const response = await get(fakeApp(), path);
    assert.equal(response.status, 405);
    assert.match(response.headers.get('allow')!, /POST/);
  });
});

describe('a purchase at its address', () => {
  test('is shown to who knows its id, and never cached', async () => {
    const app = fakeApp();
    await post(app, path, ticket, paid);
    const response = await get(app, '/api/purchases/pur_1');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('cache-control'), 'private, no-store');
    assert.deepEqual(await response.json(), {
      id: 'pur_1',
      statusUrl: `${publicUrl}/api/purchases/pur_1`,
      state: 'delivered',
      operation: 'create_ticket',
      network: 'base-sepolia',
      caip2: 'eip155:84532',
      payer: '0x857b06519e91e3a54538791bdbb0e22373e36b66',
      amountAtomic: '20000',
      transaction: `0x${'ab'.repeat(32)}`,
      receiptId: 'rcp_1',
      output: { ticketId: 'tkt_1', number: 1 },
    });
    assert.equal((await get(app, '/api/purchases/pur_2')).status, 404);
  });
});
