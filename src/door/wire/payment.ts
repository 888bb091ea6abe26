import { isValidPaymentId, PAYMENT_IDENTIFIER } from '@x402/extensions/payment-identifier';
import { checksumAddress, type Hex } from 'viem';
import { type EvmNetwork, findNetwork, type Network } from '../../chains/networks.ts';
import type { SignedAuthorization } from '../../facilitator/evm/verify.ts';
import type { SignedPayment } from '../../facilitator/facilitator.ts';
import { readTransaction } from '../../facilitator/svm/rules.ts';
import { PosternError } from '../../kernel/errors.ts';
import { type Json, type JsonObject, parseJson } from '../../kernel/json.ts';
import { parseAtomic } from '../../kernel/money.ts';
import type { Payment } from '../types.ts';

/**
 * Reads the payment a caller sent, in either version of x402 and in any of its places. Shapes only: nothing here asks
 * whether the payment is good. Strict where the reference implementation is lax (`" 10000 "`, `"0x2710"`), because two
 * spellings of one authorization would be two keys. Reasons are the specifications' (section 9) and the npm packages'.
 */

/** Where a payment may stand. At most one may be given. */
export interface PaymentSources {
  /** Header `X-PAYMENT` (v1). */
  v1?: string | undefined;
  /** Header `PAYMENT-SIGNATURE` (v2). */
  v2?: string | undefined;
  /** Values found under the MCP `_meta` keys for payments: an object, or the base64 text of one; either version. */
  meta?: readonly Json[];
}

/** Real payments take 0.7 KB (v1) to 2.7 KB (v2, with extensions echoed). */
const maxPaymentChars = 8192;

/** Characters of a signature's hexadecimal. Contract wallets' signatures run to a few hundred bytes. */
const maxSignatureChars = 4096;

/** The last 32 bytes of a signature by a wallet that is not deployed yet (ERC-6492). */
const erc6492Suffix = '6492'.repeat(16);

/**
 * The payment that came with a call, or undefined if none did.
 * @throws {PosternError} `two_payments`, `payment_header_too_large`, `malformed_payment` naming the field, or
 * `invalid_payment` whose `data.reason` is x402's string.
 */
export function decodePayment({ v1, v2, meta = [] }: PaymentSources): Payment | undefined {
  const count = meta.length + (v1 === undefined ? 0 : 1) + (v2 === undefined ? 0 : 1);
  if (count > 1) throw new PosternError('two_payments');
  if (v1 !== undefined) return readPayment(readBase64(v1), 1);
  if (v2 !== undefined) return readPayment(readBase64(v2), 2);
  return meta.length === 1 ? readMeta(meta[0]!) : undefined;
}

function readMeta(value: Json): Payment {
  if (typeof value === 'string') return readPayment(readBase64(value));
  if (JSON.stringify(value).length > maxPaymentChars) throw new PosternError('payment_header_too_large');
  return readPayment(value);
}

function readBase64(text: string): Json {
  if (text.length > maxPaymentChars) throw new PosternError('payment_header_too_large');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw malformed('it is not base64');
  try {
    const bytes = Buffer.from(text, 'base64');
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : 'it is not JSON');
  }
}

/** @param carrier the version that the header belongs to; in `_meta` the payload says it. */
function readPayment(value: Json, carrier?: 1 | 2): Payment {
  const payload = object(value, 'the payment');
  const version = payload.x402Version;
  if (typeof version !== 'number') throw malformed('x402Version must be a number');
  if ((version !== 1 && version !== 2) || (carrier !== undefined && version !== carrier)) {
    throw invalid('invalid_x402_version', `x402Version ${version} does not belong here`);
  }
  if (version === 1) {
    const network = readTerms(payload, '', (found) => found.name);
    return { x402Version: 1, ...readSigned(network, payload.payload) };
  }
  const accepted = object(payload.accepted, 'accepted');
  const network = readTerms(accepted, 'accepted.', (found) => found.caip2);
  for (const field of ['asset', 'payTo']) string(accepted[field], `accepted.${field}`);
  atomic(accepted.amount, 'accepted.amount');
  const identifier = readIdentifier(payload.extensions);
  return { x402Version: 2, ...readSigned(network, payload.payload), accepted, identifier };
}

/** The id in x402's `payment-identifier` extension; clients that know nothing of it echo the declaration without one. */
function readIdentifier(extensions: Json | undefined): string | undefined {
  const entry = inside(inside(extensions, PAYMENT_IDENTIFIER), 'info');
  const id = inside(entry, 'id');
  if (id === undefined) return undefined;
  if (typeof id !== 'string' || !isValidPaymentId(id))
    throw malformed('the payment-identifier must be 16 to 128 letters, digits, hyphens or underscores');
  return id;
}

const inside = (value: Json | undefined, key: string): Json | undefined =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? value[key] : undefined;

/** Scheme and network, which v1 and v2 keep in different places and name differently. */
function readTerms(holder: JsonObject, path: string, nameOf: (network: Network) => string): Network {
  const scheme = string(holder.scheme, `${path}scheme`);
  if (scheme !== 'exact') throw invalid('unsupported_scheme', 'only the scheme "exact" is taken');
  const name = string(holder.network, `${path}network`);
  const network = findNetwork(name);
  if (!network || nameOf(network) !== name) {
    throw invalid('invalid_network', `${JSON.stringify(name)} is no network of this x402 version`);
  }
  return network;
}

type Signed = SignedPayment & Pick<Payment, 'payer' | 'nonce'>;

function readSigned(network: Network, value: Json | undefined): Signed {
  const payload = object(value, 'payload');
  if (network.family === 'svm')
    return readTransaction(network, string(payload.transaction, 'payload.transaction'));
  const signed = readAuthorization(network, payload);
  return { ...signed, payer: signed.authorization.from, nonce: signed.authorization.nonce };
}

function readAuthorization(network: EvmNetwork, payload: JsonObject): SignedAuthorization {
  const authorization = object(payload.authorization, 'payload.authorization');
  const path = 'payload.authorization.';
  return {
    network,
    signature: signature(payload.signature),
    authorization: {
      from: address(authorization.from, `${path}from`),
      to: address(authorization.to, `${path}to`),
      value: atomic(authorization.value, `${path}value`),
      validAfter: atomic(authorization.validAfter, `${path}validAfter`),
      validBefore: atomic(authorization.validBefore, `${path}validBefore`),
      nonce: matching(authorization.nonce, /^0x[0-9a-fA-F]{64}$/, `${path}nonce`, '32 bytes of hexadecimal'),
    },
  };
}

function signature(value: Json | undefined): Hex {
  const field = 'payload.signature';
  const text = matching(value, /^0x(?:[0-9a-fA-F]{2})+$/, field, 'bytes in hexadecimal');
  if (text.length > maxSignatureChars + 2) throw malformed(`${field} is longer than 2 KB`);
  if (text.endsWith(erc6492Suffix)) {
    throw invalid(
      'invalid_exact_evm_payload_undeployed_smart_wallet',
      'signatures of undeployed wallets (ERC-6492) are not taken',
    );
  }
  return text;
}

/** Lower case. Mixed case must pass the checksum of EIP-55: a mistyped address is refused, not guessed at. */
function address(value: Json | undefined, field: string): Hex {
  const lower = matching(value, /^0x[0-9a-fA-F]{40}$/, field, 'an address');
  const digits = (value as string).slice(2);
  const cased = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  if (cased && checksumAddress(lower) !== value) {
    throw malformed(`${field} fails the checksum of EIP-55`);
  }
  return lower;
}

function atomic(value: Json | undefined, field: string): bigint {
  const amount = parseAtomic(value);
  if (amount === undefined) throw malformed(`${field} must be a decimal string`);
  return amount;
}

/** Lower case. `pattern` asks for the prefix `0x`. */
function matching(value: Json | undefined, pattern: RegExp, field: string, what: string): Hex {
  if (typeof value !== 'string' || !pattern.test(value)) throw malformed(`${field} must be ${what}`);
  return value.toLowerCase() as Hex;
}

function string(value: Json | undefined, field: string): string {
  if (typeof value !== 'string') throw malformed(`${field} must be a string`);
  return value;
}

function object(value: Json | undefined, field: string): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw malformed(`${field} must be an object`);
  }
  return value;
}

const malformed = (what: string) =>
  new PosternError('malformed_payment', `The payment cannot be read: ${what}.`, {
    reason: 'invalid_payload',
  });

const invalid = (reason: string, what: string) =>
  new PosternError('invalid_payment', `The payment is refused: ${what}.`, { reason });
