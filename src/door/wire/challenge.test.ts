import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodePaymentRequiredHeader } from '@x402/core/http';
import { PaymentRequiredV1Schema, PaymentRequiredV2Schema } from '@x402/core/schemas';
import { validateDiscoveryExtension } from '@x402/extensions/bazaar';
import { PaymentRequirementsSchema } from 'x402/types';
import { fakeShopfront } from '../../../test/fakes/door.ts';
import { challengeFor, maxChallengeHeaderChars, type Resource } from './challenge.ts';

const five = ['base', 'polygon', 'avalanche', 'sei', 'base-sepolia'];
const offerOn = (networks: string[]) => fakeShopfront(networks).offers.get('create_ticket')!;
const mcp: Resource = { url: 'https://desk.example/api/mcp/acme', kind: 'mcp' };
const http: Resource = { url: 'https://desk.example/api/x402/tools/acme/create_ticket', kind: 'http' };

describe('a challenge', () => {
  test('is a v2 PaymentRequired in its header, by the schema and by the decoder', () => {
    const offer = offerOn(five);
    const challenge = challengeFor(offer, offer.terms, mcp);
    const decoded = decodePaymentRequiredHeader(challenge.header('payment_required'));
    PaymentRequiredV2Schema.parse(decoded);
    assert.deepEqual(decoded, JSON.parse(challenge.v2('payment_required')));
    assert.equal(decoded.error, 'payment_required');
    assert.equal(decoded.resource.url, mcp.url);
    assert.deepEqual(
      decoded.accepts.map(({ network }) => network),
      offer.terms.map(({ network }) => network.caip2),
    );
    for (const [index, accepts] of decoded.accepts.entries()) {
      const { network, payTo, maxTimeoutSeconds } = offer.terms[index]!;
      assert.ok(network.family === 'evm');
      assert.deepEqual(accepts, {
        scheme: 'exact',
        network: network.caip2,
        amount: '20000',
        asset: network.asset,
        payTo,
        maxTimeoutSeconds,
        extra: { name: network.domain.name, version: '2', paymentFlow: 'upfront' },
      });
    }
  });

  test('is strictly v1 in its body', () => {
    const offer = offerOn(five);
    const body = JSON.parse(challengeFor(offer, offer.terms, http).v1('payment_required'));
    PaymentRequiredV1Schema.strict().parse(body);
    assert.equal(body.accepts.length, five.length);
    for (const accepts of body.accepts) {
      PaymentRequirementsSchema.strict().parse(accepts);
      assert.equal(accepts.resource, http.url);
      assert.deepEqual(Object.keys(accepts.extra), ['name', 'version']);
      assert.ok(!JSON.stringify(accepts).includes('null'));
    }
  });

  test('carries a JSON-RPC response beside the v1 fields', () => {
    const offer = offerOn(five);
    const rpc = '{"jsonrpc":"2.0","id":7,"error":{"code":402,"message":"m"}}';
    const body = JSON.parse(challengeFor(offer, offer.terms, mcp).v1('payment_required', rpc));
    PaymentRequiredV1Schema.parse(body);
    assert.equal(body.error, 'payment_required');
    assert.deepEqual(body.rpc, JSON.parse(rpc));
  });

  test('says any reason, whatever its length in bytes', () => {
    const offer = offerOn(['base']);
    const challenge = challengeFor(offer, offer.terms, mcp);
    for (const reason of ['a', 'ab', 'abc', 'é', '"\\']) {
      assert.equal(decodePaymentRequiredHeader(challenge.header(reason)).error, reason);
      assert.equal(JSON.parse(challenge.v1(reason)).error, reason);
    }
  });

  for (const resource of [mcp, http]) {
    test(`stays under 4 KB with five networks, and its bazaar extension holds (${resource.kind})`, () => {
      const offer = offerOn(five);
      const header = challengeFor(offer, offer.terms, resource).header('payment_required');
      assert.ok(header.length <= maxChallengeHeaderChars, `${header.length}`);
      const { extensions } = decodePaymentRequiredHeader(header);
      assert.deepEqual(validateDiscoveryExtension(extensions!.bazaar as never), { valid: true });
    });
  }

  test('leaves out what would not fit, and never the terms', () => {
    const offer = offerOn([...five, 'polygon-amoy', 'avalanche-fuji', 'sei-testnet']);
    const decoded = decodePaymentRequiredHeader(challengeFor(offer, offer.terms, mcp).header('x'));
    assert.equal(decoded.accepts.length, 8);
  });

  test('is prepared once for an offer, a resource and its networks', () => {
    const offer = offerOn(five);
    const whole = challengeFor(offer, offer.terms, mcp);
    assert.equal(challengeFor(offer, offer.terms, mcp), whole);
    const some = challengeFor(offer, offer.terms.slice(1), mcp);
    assert.notEqual(some, whole);
    assert.equal(challengeFor(offer, offer.terms.slice(1), mcp), some);
    assert.equal(decodePaymentRequiredHeader(some.header('x')).accepts.length, 4);
    assert.notEqual(challengeFor(offerOn(five), offer.terms, mcp), whole);
  });
});
