import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodePaymentSignatureHeader } from '@x402/core/http';
import { findNetwork } from '../../chains/networks.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Payment } from '../types.ts';
import { acceptsV2 } from './challenge.ts';
import { decodePayment } from './payment.ts';

const checksummed = '0x857b06519E91e3A54538791bDbb0E22373e36b66';
const authorization = {
  from: checksummed,
  to: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
  value: '20000',
  validAfter: '0',
  validBefore: '1800000000',
  nonce: `0x${'Ab'.repeat(32)}`,
};
const payload = { signature: `0x${'1C'.repeat(65)}`, authorization };
const v1 = { x402Version: 1, scheme: 'exact', network: 'base-sepolia', payload };
const network = findNetwork('base-sepolia')!;
const accepted = acceptsV2({
  network,
  amountAtomic: 20000n,
  payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
  maxTimeoutSeconds: 60,
});
const v2 = { x402Version: 2, resource: { url: 'https://a.example/' }, accepted, payload };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const text64 = (text: string) => Buffer.from(text).toString('base64');

/** The v1 payment with one field of the authorization changed. */
const withField = (field: string, value: unknown) =>
  encode({ ...v1, payload: { ...payload, authorization: { ...authorization, [field]: value } } });

const refusal = (sources: Parameters<typeof decodePayment>[0]): PosternError => {
  try {
    decodePayment(sources);
  } catch (error) {
    assert.ok(error instanceof PosternError, String(error));
    return error;
  }
  return assert.fail('it was accepted');
};

const authorizationOf = (payment: Payment | undefined) =>
  payment && 'authorization' in payment ? payment.authorization : undefined;

describe('a payment on the wire', () => {
  test('is read from either header, normalised', () => {
    const first = decodePayment({ v1: encode(v1) });
    const second = decodePayment({ v2: encodePaymentSignatureHeader(v2 as never) });
    assert.equal(first?.x402Version, 1);
    assert.equal(second?.x402Version, 2);
    assert.deepEqual(authorizationOf(first), authorizationOf(second));
    assert.deepEqual(authorizationOf(first), {
      from: checksummed.toLowerCase(),
      to: authorization.to.toLowerCase(),
      value: 20000n,
      validAfter: 0n,
      validBefore: 1800000000n,
      nonce: `0x${'ab'.repeat(32)}`,
    });
    assert.equal(first?.signature, `0x${'1c'.repeat(65)}`);
    assert.equal(first?.network, network);
    assert.deepEqual(second?.accepted, accepted);
  });

  test('is read from _meta, as an object or in base64, in either version', () => {
    for (const value of [v1, v2, encode(v1), encode(v2)]) {
      assert.equal(authorizationOf(decodePayment({ meta: [value as Json] }))?.value, 20000n);
    }
  });

  test('may be absent', () => assert.equal(decodePayment({ meta: [] }), undefined));

  test('is one', () => {
    assert.equal(refusal({ v1: encode(v1), v2: encode(v2) }).code, 'two_payments');
    assert.equal(refusal({ v1: encode(v1), meta: [v1 as Json] }).code, 'two_payments');
    assert.equal(refusal({ meta: [v1 as Json, encode(v1)] }).code, 'two_payments');
    // Even one that cannot be read counts: which of two is meant is not for us to guess.
    assert.equal(refusal({ v1: '?', v2: encode(v2) }).code, 'two_payments');
  });

  test('is refused unread where it is larger than 8 KB', () => {
    assert.equal(refusal({ v1: 'A'.repeat(8196) }).code, 'payment_header_too_large');
    assert.equal(
      refusal({ meta: [{ ...v1, more: 'x'.repeat(8200) } as Json] }).code,
      'payment_header_too_large',
    );
  });

  for (const [name, text] of [
    ['nothing', ''],
    ['no base64', '%%%%'],
    ['base64 with a space', ` ${encode(v1)}`],
    ['no JSON', text64('hello')],
    ['no UTF-8', Buffer.from([0xff, 0xfe, 0xfd]).toString('base64')],
    ['a duplicate key', text64('{"x402Version":1,"x402Version":2}')],
    ['deep nesting', text64('['.repeat(3000))],
    ['an array', encode([v1])],
    ['null', encode(null)],
    ['a version in a string', encode({ ...v1, x402Version: '1' })],
    ['no version', encode({ ...v1, x402Version: undefined })],
    ['no payload', encode({ ...v1, payload: undefined })],
    ['an empty payload', encode({ ...v1, payload: {} })],
    ['a payload that is text', encode({ ...v1, payload: 'x' })],
    ['no scheme', encode({ ...v1, scheme: undefined })],
    ['a network that is a number', encode({ ...v1, network: 84532 })],
    ['a signature of half a byte', encode({ ...v1, payload: { ...payload, signature: '0x123' } })],
    ['an endless signature', encode({ ...v1, payload: { ...payload, signature: `0x${'11'.repeat(2049)}` } })],
    ['no signature', encode({ ...v1, payload: { authorization } })],
  ] as const) {
    test(`is malformed with ${name}`, () => assert.equal(refusal({ v1: text }).code, 'malformed_payment'));
  }

  for (const [field, value] of [
    ['value', ' 20000 '],
    ['value', '0x4e20'],
    ['value', '020000'],
    ['value', '2e4'],
    ['value', '-1'],
    ['value', ''],
    ['value', 20000],
    ['value', null],
    ['value', ['20000']],
    ['validAfter', '00'],
    ['validBefore', '+1'],
    ['nonce', `0x${'ab'.repeat(31)}`],
    ['nonce', `0X${'ab'.repeat(32)}`],
    ['nonce', `${'ab'.repeat(32)}`],
    ['from', checksummed.replace('b0', 'B0')],
    ['from', checksummed.slice(0, -1)],
    ['from', `${checksummed} `],
    ['to', null],
  ] as const) {
    test(`names the field: ${field} = ${JSON.stringify(value)}`, () => {
      const error = refusal({ v1: withField(field, value) });
      assert.equal(error.code, 'malformed_payment');
      assert.match(error.message, new RegExp(`payload\\.authorization\\.${field}\\b`));
    });
  }

  test('may write addresses without a checksum', () => {
    for (const from of [checksummed.toLowerCase(), `0x${checksummed.slice(2).toUpperCase()}`]) {
      assert.equal(
        authorizationOf(decodePayment({ v1: withField('from', from) }))?.from,
        checksummed.toLowerCase(),
      );
    }
  });

  for (const [reason, sources] of [
    ['invalid_x402_version', { v1: encode(v2) }],
    ['invalid_x402_version', { v2: encode(v1) }],
    ['invalid_x402_version', { v1: encode({ ...v1, x402Version: 3 }) }],
    ['unsupported_scheme', { v1: encode({ ...v1, scheme: 'upto' }) }],
    ['unsupported_scheme', { v2: encode({ ...v2, accepted: { ...accepted, scheme: 'upto' } }) }],
    ['invalid_network', { v1: encode({ ...v1, network: 'eip155:84532' }) }],
    ['invalid_network', { v1: encode({ ...v1, network: 'dogecoin' }) }],
    ['invalid_network', { v2: encode({ ...v2, accepted: { ...accepted, network: 'base-sepolia' } }) }],
    ['invalid_network', { v2: encode({ ...v2, accepted: { ...accepted, network: 'EIP155:84532' } }) }],
    [
      'invalid_exact_evm_payload_undeployed_smart_wallet',
      { v1: encode({ ...v1, payload: { ...payload, signature: `0x00${'6492'.repeat(16)}` } }) },
    ],
  ] as const) {
    test(`is refused with x402's ${reason}`, () => {
      const error = refusal(sources);
      assert.equal(error.code, 'invalid_payment');
      assert.equal((error.data as JsonObject).reason, reason);
    });
  }

  test('v2 without accepted terms is malformed, and so are amounts spelt oddly there', () => {
    assert.match(refusal({ v2: encode({ ...v2, accepted: undefined }) }).message, /accepted/);
    assert.match(
      refusal({ v2: encode({ ...v2, accepted: { ...accepted, amount: '0x1' } }) }).message,
      /accepted\.amount/,
    );
  });
});
