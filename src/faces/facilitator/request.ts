/**
 * What a resource server asks of the facilitator, in either version of x402: a payment and the requirements it is to
 * meet. Neither is trusted: the asset is the pinned one, the amount exact, payTo one of the token's own. The payment is
 * decoded as strictly as at the door.
 */
import { getAddress, isAddress } from 'viem';
import { findNetwork, type Network } from '../../chains/networks.ts';
import { isSvmAddress } from '../../chains/svm/base58.ts';
import type { Payment } from '../../door/types.ts';
import { decodePayment } from '../../door/wire/payment.ts';
import type { Client } from '../../facilitator/clients/tokens.ts';
import type { Demand } from '../../facilitator/demand.ts';
import { invalidPayment, reasons } from '../../facilitator/reasons.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { parseAtomic } from '../../kernel/money.ts';

export interface FacilitatorRequest {
  payment: Payment;
  demand: Demand;
}

/** Longer than this nothing waits to be paid; an authorization with a far end is a payment that someone may land late. */
const maxTimeoutSeconds = 3_600;

/**
 * @throws {PosternError} `malformed_payment` for what has not the specification's shape, `invalid_payment` with x402's
 * reason, `not_permitted` for a payTo that is not the client's
 */
export function readRequest(body: Json, client: Client): FacilitatorRequest {
  const { x402Version, paymentPayload, paymentRequirements } = object(body, 'the body');
  const payload = object(paymentPayload, 'paymentPayload');
  const requirements = object(paymentRequirements, 'paymentRequirements');
  // Version 1's own example leaves it out beside the payment that says it.
  if (x402Version !== undefined && x402Version !== payload.x402Version)
    throw new PosternError('malformed_payment', 'x402Version is not that of the payment.', {
      reason: 'invalid_x402_version',
    });
  const payment = decodePayment({ meta: [payload] })!;
  return { payment, demand: readRequirements(payment, requirements, client) };
}

function readRequirements(payment: Payment, requirements: JsonObject, client: Client): Demand {
  const { network, x402Version, accepted } = payment;
  const [name, amountField] =
    x402Version === 1 ? ([network.name, 'maxAmountRequired'] as const) : ([network.caip2, 'amount'] as const);
  if (requirements.scheme !== 'exact')
    throw invalidPayment(reasons.scheme, 'The requirements are not of the scheme "exact".');
  if (findNetwork(text(requirements, 'network')) === undefined || requirements.network !== name)
    throw invalidPayment(reasons.network, 'The requirements are not of the payment’s network.');
  const amountAtomic = parseAtomic(requirements[amountField]);
  if (amountAtomic === undefined || amountAtomic === 0n)
    throw malformed(`paymentRequirements.${amountField} must be a decimal string above 0`);
  const timeout = requirements.maxTimeoutSeconds;
  if (!Number.isSafeInteger(timeout) || (timeout as number) < 1 || (timeout as number) > maxTimeoutSeconds)
    throw malformed(`paymentRequirements.maxTimeoutSeconds must be 1 to ${maxTimeoutSeconds}`);
  if (!isSame(network, text(requirements, 'asset'), network.asset))
    throw invalidPayment(reasons.requirements, `The asset must be ${network.asset}, USDC.`);
  const payTo = permitted(client, network, text(requirements, 'payTo'));
  // What the payer says it accepted is compared, to the letter, and never used.
  const agreed = ['scheme', 'network', 'amount', 'asset', 'payTo'];
  if (accepted && agreed.some((field) => accepted[field] !== requirements[field]))
    throw invalidPayment(reasons.requirements, 'The payment accepted other terms than the requirements.');
  return { network, amountAtomic, payTo, maxTimeoutSeconds: timeout as number };
}

/** The address as the token has it. @throws {PosternError} `not_permitted` */
function permitted({ payTo, anyPayTo }: Client, network: Network, asked: string): string {
  const own = payTo.find((entry) => entry.network === network.name && isSame(network, entry.payTo, asked));
  if (own) return own.payTo;
  if (anyPayTo && network.testnet) return network.family === 'evm' ? checksummed(asked) : wallet(asked);
  throw new PosternError('not_permitted', 'This token may not settle to that payTo.', {
    reason: reasons.requirements,
  });
}

function checksummed(address: string): string {
  if (!isAddress(address, { strict: false })) throw malformed('paymentRequirements.payTo must be an address');
  return getAddress(address);
}

function wallet(address: string): string {
  if (!isSvmAddress(address)) throw malformed('paymentRequirements.payTo must be an address');
  return address;
}

/** EVM addresses have several spellings. */
const isSame = ({ family }: Network, one: string, other: string): boolean =>
  one === other || (family === 'evm' && one.toLowerCase() === other.toLowerCase());

function object(value: Json | undefined, field: string): JsonObject {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  throw malformed(`${field} must be an object`);
}

function text(requirements: JsonObject, field: string): string {
  const value = requirements[field];
  if (typeof value === 'string') return value;
  throw malformed(`paymentRequirements.${field} must be a string`);
}

const malformed = (what: string) =>
  new PosternError('malformed_payment', `The request cannot be read: ${what}.`, { reason: reasons.payload });
