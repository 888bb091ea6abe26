import type { Terms } from '../../src/door/types.ts';
import { acceptsV2 } from '../../src/door/wire/challenge.ts';

/** Payments as clients send them, with a signature that nobody made: for what does not verify. */

const authorization = (terms: Terms, nonce: number) => ({
  from: '0x857b06519e91e3a54538791bdbb0e22373e36b66',
  to: terms.payTo,
  value: terms.amountAtomic.toString(),
  validAfter: '0',
  validBefore: '1900000000',
  nonce: `0x${nonce.toString(16).padStart(64, '0')}`,
});

const payload = (terms: Terms, nonce: number) => ({
  signature: `0x${'1b'.repeat(65)}`,
  authorization: authorization(terms, nonce),
});

export const paymentV1 = (terms: Terms, nonce = 1) => ({
  x402Version: 1,
  scheme: 'exact',
  network: terms.network.name,
  payload: payload(terms, nonce),
});

export const paymentV2 = (terms: Terms, nonce = 1) => ({
  x402Version: 2,
  accepted: acceptsV2(terms),
  payload: payload(terms, nonce),
});

/** As a header value. */
export const encode = (payment: object) => Buffer.from(JSON.stringify(payment)).toString('base64');
