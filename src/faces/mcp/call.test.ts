import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http';
import { PaymentRequiredV1Schema, PaymentRequiredV2Schema } from '@x402/core/schemas';
import { decodeXPaymentResponse } from 'x402-fetch';
import { type FakeApp, fakeApp, post, publicUrl } from '../../../test/fakes/app.ts';
import { termsOn } from '../../../test/fakes/door.ts';
import { encode, paymentV1, paymentV2 } from '../../../test/fakes/payments.ts';
import type { Payment } from '../../door/types.ts';
import { PosternError } from '../../kernel/errors.ts';

const [terms, otherTerms] = termsOn(['base-sepolia', 'sei-testnet'], 20000n) as [
  ReturnType<typeof termsOn>[number],
  ReturnType<typeof termsOn>[number],
];
const ticket = { name: 'create_ticket', arguments: { subject: 'Stuck lens', body: 'It does not move.' } };
const body = (params: object = ticket) => ({ jsonrpc: '2.0', id: 7, method: 'tools/call', params });
const path = '/api/mcp/acme';
const metaPath = `${path}?payment=meta`;

const call = (app: FakeApp, headers: Record<string, string> = {}, params: object = ticket) =>
  post(app, path, body(params), headers);

const callMeta = (app: FakeApp, meta?: object) =>
  post(app, metaPath, body(meta ? { ...ticket, _meta: meta } : ticket));

const amountOf = (payment: Payment | undefined) =>
  payment && 'authorization' in payment ? payment.authorization.value : undefined;

describe('an unpaid call of a priced tool', () => {
  test('is answered with terms in both versions, and a JSON-RPC error', async () => {
    const response = await call(fakeApp());
    assert.equal(response.status, 402);
    assert.match(response.headers.get('cache-control')!, /no-store/);
    const v2 = decodePaymentRequiredHeader(response.headers.get('payment-required')!);
    PaymentRequiredV2Schema.parse(v2);
    assert.equal(v2.resource.url, `${publicUrl}${path}`);
    assert.deepEqual(
      v2.accepts.map(({ network }) => network),
      ['eip155:84532', 'eip155:1328'],
    );
    const v1 = await response.json();
    PaymentRequiredV1Schema.parse(v1);
    assert.deepEqual(
      v1.accepts.map(({ network }: { network: string }) => network),
      ['base-sepolia', 'sei-testnet'],
    );
    assert.equal(v1.error, 'payment_required');
    assert.equal(v1.rpc.jsonrpc, '2.0');
    assert.equal(v1.rpc.id, 7);
    assert.equal(v1.rpc.error.code, 402);
    assert.match(v1.rpc.error.message, /create_ticket costs \$0\.02/);
  });

  test('with arguments that do not fit is a tool error, and costs nothing', async () => {
    for (const payment of [undefined, { 'x-payment': encode(paymentV1(terms)) }]) {
      const response = await call(fakeApp(), payment, { name: 'create_ticket', arguments: { subject: 7 } });
      assert.equal(response.status, 200);
      const { result } = await response.json();
      assert.equal(result.isError, true);
      assert.equal(result.structuredContent.error.code, 'invalid_arguments');
      assert.match(result.content[0].text, /subject/);
    }
  });

  test('is asked for payment inside the result where the address says so', async () => {
    const response = await callMeta(fakeApp());
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('payment-required'), null);
    const { result } = await response.json();
    assert.equal(result.isError, true);
    PaymentRequiredV2Schema.parse(result.structuredContent);
    assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
    assert.deepEqual(result._meta['x402/error'], result.structuredContent);
  });
});

describe('a paid call', () => {
  for (const [what, headers] of [
    ['X-PAYMENT', { 'x-payment': encode(paymentV1(terms)) }],
    ['PAYMENT-SIGNATURE', { 'payment-signature': encode(paymentV2(terms)) }],
  ] as const) {
    test(`by ${what} brings the result, the settlement and the receipt`, async () => {
      const app = fakeApp();
      const response = await call(app, { ...headers, 'content-type': 'text/plain' });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('cache-control'), 'private, no-store');
      assert.equal(response.headers.get('postern-receipt'), 'rcp_1');
      const settled = decodePaymentResponseHeader(response.headers.get('payment-response')!);
      assert.deepEqual([settled.success, settled.network], [true, 'eip155:84532']);
      const old = decodeXPaymentResponse(response.headers.get('x-payment-response')!);
      assert.deepEqual([old.success, old.network], [true, 'base-sepolia']);
      const { id, result } = await response.json();
      assert.equal(id, 7);
      assert.equal(result.isError, undefined);
      assert.deepEqual(result.structuredContent, { ticketId: 'tkt_1', number: 1 });
      assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
      assert.deepEqual(result._meta['x402/payment-response'], settled);
      const about = result._meta['postern/purchase'];
      assert.deepEqual([about.id, about.receiptId, about.state], ['pur_1', 'rcp_1', 'delivered']);
      assert.equal(about.statusUrl, `${publicUrl}/api/purchases/pur_1`);
      assert.equal(amountOf(app.door.calls[0]!.payment), 20000n);
    });
  }

  test('may carry its payment in _meta, under either key, as an object or in base64', async () => {
    for (const [key, value] of [
      ['x402/payment', paymentV2(terms)],
      ['x402/payment', encode(paymentV2(terms))],
      ['x402.payment', encode(paymentV1(terms))],
      ['x402.payment', paymentV1(terms)],
    ] as const) {
      for (const address of [path, metaPath]) {
        const response = await post(fakeApp(), address, body({ ...ticket, _meta: { [key]: value } }));
        const { result } = await response.json();
        assert.equal(result._meta['x402/payment-response'].success, true, key);
      }
    }
  });

  test('works in the modern era when the client lost its headers', async () => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const response = await call(fakeApp(), { 'x-payment': encode(paymentV1(terms)) }, { ...ticket, _meta });
    const { result } = await response.json();
    assert.equal(result.resultType, 'complete');
    assert.equal(result._meta['x402/payment-response'].success, true);
    assert.equal(result._meta['io.modelcontextprotocol/serverInfo'].name, 'postern');
  });

  test('that was delivered before is answered from its purchase; what is withheld stays so', async () => {
    const app = fakeApp();
    app.door.outcome = { id: undefined, output: undefined, withheld: true };
    const { result } = await (await call(app, { 'x-payment': encode(paymentV1(terms)) })).json();
    assert.equal(result.structuredContent.withheld, true);
    assert.equal('output' in result._meta['postern/purchase'], false);
    assert.equal('id' in result._meta['postern/purchase'], false);
  });
});

describe('a payment that is refused', () => {
  test('is asked for again with the reason, in both versions', async () => {
    const cheap = { ...terms, amountAtomic: 1n };
    const stray = { ...paymentV1(terms), network: 'dogecoin' };
    for (const [payment, reason] of [
      [paymentV1(cheap), 'invalid_exact_evm_payload_authorization_value_mismatch'],
      [stray, 'invalid_network'],
    ] as const) {
      const response = await call(fakeApp(), { 'x-payment': encode(payment) });
      assert.equal(response.status, 402);
      assert.equal(decodePaymentRequiredHeader(response.headers.get('payment-required')!).error, reason);
      const v1 = await response.json();
      assert.equal(v1.error, reason);
      assert.equal(v1.rpc.error.data.reason, reason);
    }
  });

  test('is asked for again inside the result, in the other dialect', async () => {
    const { result } = await (
      await callMeta(fakeApp(), { 'x402/payment': { ...paymentV1(terms), scheme: 'upto' } })
    ).json();
    assert.equal(result.isError, true);
    assert.equal(result._meta['x402/error'].error, 'unsupported_scheme');
  });

  const good = encode(paymentV1(terms));
  for (const [what, headers, status, code] of [
    [
      'two headers',
      { 'x-payment': good, 'payment-signature': encode(paymentV2(otherTerms)) },
      400,
      'two_payments',
    ],
    ['an oversized one', { 'x-payment': 'A'.repeat(8196) }, 431, 'payment_header_too_large'],
    ['an undecodable one', { 'payment-signature': '!!!' }, 400, 'malformed_payment'],
    ['one of half a shape', { 'payment-signature': encode({ x402Version: 2 }) }, 400, 'malformed_payment'],
  ] as const) {
    test(`is an error of the request: ${what}`, async () => {
      const app = fakeApp();
      const response = await call(app, headers);
      assert.equal(response.status, status);
      const { id, error } = await response.json();
      assert.equal(id, 7);
      assert.equal(error.data.code, code);
      assert.equal(response.headers.get('payment-required'), null);
      assert.deepEqual(app.door.calls, []);
    });
  }

  test('is refused where a header and _meta both hold one', async () => {
    const params = { ...ticket, _meta: { 'x402/payment': paymentV2(terms, 2) } };
    const response = await call(fakeApp(), { 'x-payment': good }, params);
    assert.equal((await response.json()).error.data.code, 'two_payments');
    const both = await callMeta(fakeApp(), { 'x402/payment': good, 'x402.payment': good });
    assert.equal((await both.json()).result.structuredContent.error.code, 'two_payments');
  });
});

describe('a purchase that is not delivered', () => {
  const paid = { 'x-payment': encode(paymentV1(terms)) };

  for (const state of ['settling', 'paid'] as const) {
    test(`is told as pending, never as a new challenge (${state})`, async () => {
      const app = fakeApp();
      app.door.outcome = { state, output: undefined, receiptId: undefined, transaction: undefined };
      const http = await call(app, paid);
      const meta = await callMeta(fakeApp({ door: app.door }), { 'x402/payment': paymentV1(terms) });
      for (const response of [http, meta]) {
        assert.equal(response.status, 200);
        for (const name of ['payment-required', 'payment-response', 'x-payment-response']) {
          assert.equal(response.headers.get(name), null, name);
        }
        const { result } = await response.json();
        assert.equal(result.isError, true);
        assert.equal(result.structuredContent.error.code, 'settlement_pending');
        assert.equal(result.structuredContent.error.purchase.statusUrl, `${publicUrl}/api/purchases/pur_1`);
        assert.equal(result._meta['x402/payment-response'], undefined);
        assert.equal(result._meta['x402/error'], undefined);
      }
    });
  }

  for (const [state, status, code] of [
    ['void', 402, 'settlement_void'],
    ['owed', 409, 'purchase_owed'],
    ['refunding', 409, 'purchase_owed'],
    ['refunded', 409, 'purchase_owed'],
  ] as const) {
    test(`is told as final: ${state}`, async () => {
      const app = fakeApp();
      app.door.outcome = { state, output: undefined, receiptId: undefined, reason: 'payment_expired' };
      const response = await call(app, paid);
      assert.equal(response.status, status);
      assert.equal(response.headers.get('payment-required'), null);
      const { error } = await response.json();
      assert.equal(error.data.code, code);
      assert.equal(error.data.purchase.state, state);
      const settlement = response.headers.get('payment-response');
      if (state !== 'void') return assert.equal(settlement, null);
      assert.equal(decodePaymentResponseHeader(settlement!).errorReason, 'payment_expired');
    });
  }
});

describe('a refusal by the door', () => {
  for (const [code, status] of [
    ['authorization_conflict', 409],
    ['wallet_busy', 409],
    ['no_network', 503],
  ] as const) {
    test(`about the payment is an error of the request: ${code}`, async () => {
      const app = fakeApp();
      app.door.failure = new PosternError(code);
      const response = await call(app);
      assert.equal(response.status, status);
      assert.equal(response.headers.get('payment-required'), null);
      assert.equal((await response.json()).error.data.code, code);
      app.door.failure = new PosternError(code);
      const { result } = await (await callMeta(app)).json();
      assert.equal(result.structuredContent.error.code, code);
    });
  }

  for (const code of ['not_found', 'conflict', 'not_permitted', 'over_cap', 'wallet_blocked'] as const) {
    test(`about what was asked is a tool error: ${code}`, async () => {
      const app = fakeApp();
      app.door.failure = new PosternError(code);
      const response = await call(app);
      assert.equal(response.status, 200);
      assert.equal((await response.json()).result.structuredContent.error.code, code);
    });
  }
});
