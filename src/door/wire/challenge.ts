import { declarePaymentIdentifierExtension, PAYMENT_IDENTIFIER } from '@x402/extensions/payment-identifier';
import { inputSchema } from '../../catalogue/registry.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { withCaveat } from '../conduct.ts';
import type { Offer, Terms } from '../types.ts';

/** What is being paid for, as the challenge names it. */
export interface Resource {
  /** Absolute. */
  url: string;
  /** How it is called: an MCP tool at `url`, or a plain POST to `url`. */
  kind: 'mcp' | 'http';
}

/**
 * A 402 answer for both versions of x402 (docs/decisions/0002). What is constant for an offer at a resource is
 * serialised once, so that answering is string concatenation.
 */
export interface Challenge {
  /** Value of the header `PAYMENT-REQUIRED`: base64 of the v2 `PaymentRequired`. */
  header(reason: string): string;
  /** The v2 `PaymentRequired` as JSON. */
  v2(reason: string): string;
  /** The strict v1 body as JSON. `rpc`: JSON of a whole JSON-RPC response, added under that key. */
  v1(reason: string, rpc?: string): string;
}

/** Characters that the header may take: proxies commonly stop at 4 KB. */
export const maxChallengeHeaderChars = 4000;

const cache = new WeakMap<Offer, Map<string, Challenge>>();

/** The challenge for `terms`, which are the offer's or, where a network cannot settle now, some of them. */
export function challengeFor(offer: Offer, terms: readonly Terms[], resource: Resource): Challenge {
  const known = cache.get(offer) ?? new Map<string, Challenge>();
  cache.set(offer, known);
  const key = terms === offer.terms ? resource.url : `${resource.url} ${terms.map(networkName).join()}`;
  const challenge = known.get(key) ?? prepare(offer, terms, resource);
  known.set(key, challenge);
  return challenge;
}

const networkName = ({ network }: Terms) => network.name;

/** One entry of a v2 `accepts`. `paymentFlow: "upfront"` says that we settle before we act. */
export const acceptsV2 = (terms: Terms) => ({
  scheme: 'exact',
  network: terms.network.caip2,
  amount: terms.amountAtomic.toString(),
  asset: terms.network.asset,
  payTo: terms.payTo,
  maxTimeoutSeconds: terms.maxTimeoutSeconds,
  extra: { ...extraOf(terms), paymentFlow: 'upfront' },
});

/** What a wallet has to know beside the terms: the asset's signing domain, or who pays the fee. */
const extraOf = ({ network, feePayer }: Terms): JsonObject =>
  network.family === 'evm' ? { ...network.domain } : { feePayer: feePayer ?? '' };

function prepare(offer: Offer, terms: readonly Terms[], resource: Resource): Challenge {
  const { operation } = offer;
  const description = withCaveat(operation.title, operation);
  const head = { x402Version: 2, resource: { url: resource.url, description, mimeType } };
  const accepts = terms.map(acceptsV2);
  const v2Head = open(fitting(offer, resource).map((extensions) => ({ ...head, accepts, ...extensions })));
  const v2Head64 = Buffer.from(v2Head).toString('base64');
  const v1Accepts = JSON.stringify(terms.map((entry) => acceptsV1(entry, description, resource)));
  // Nearly every challenge has this one reason.
  const asked = v2Head64 + Buffer.from(tail('payment_required')).toString('base64');
  return {
    header: (reason) =>
      reason === 'payment_required' ? asked : v2Head64 + Buffer.from(tail(reason)).toString('base64'),
    v2: (reason) => v2Head + tail(reason),
    v1: (reason, rpc) =>
      `{"x402Version":1,"error":${JSON.stringify(reason)},"accepts":${v1Accepts}${rpc ? `,"rpc":${rpc}` : ''}}`,
  };
}

const mimeType = 'application/json';

const tail = (reason: string) => `"error":${JSON.stringify(reason)}}`;

/**
 * The first of the objects whose header fits, as JSON without its closing brace, padded with spaces to a multiple of
 * three bytes: its base64 and that of the rest can then be joined.
 */
function open(candidates: readonly object[]): string {
  let text = '';
  for (const candidate of candidates) {
    text = `${JSON.stringify(candidate).slice(0, -1)},`;
    text += ' '.repeat((3 - (Buffer.byteLength(text) % 3)) % 3);
    if (Buffer.byteLength(text) * (4 / 3) + 150 <= maxChallengeHeaderChars) break;
  }
  return text;
}

/** The extensions with less and less in them, down to none: the terms must fit, the rest may. */
function fitting({ operation }: Offer, resource: Resource): { extensions?: JsonObject }[] {
  const schema = inputSchema(operation);
  const full = bazaar(operation.name, resource, schema);
  const bare = bazaar(operation.name, resource, withoutDescriptions(schema) as JsonObject);
  const identifier = {
    [PAYMENT_IDENTIFIER]: declarePaymentIdentifierExtension(false) as unknown as JsonObject,
  };
  return [
    { extensions: { ...identifier, bazaar: full } },
    { extensions: { ...identifier, bazaar: bare } },
    { extensions: identifier },
    {},
  ];
}

/** x402's discovery extension: how to call what is sold, and a JSON Schema of that very statement. */
function bazaar(toolName: string, resource: Resource, inputSchema: JsonObject): JsonObject {
  const { $schema: _, required, ...schema } = inputSchema;
  const string = { type: 'string' };
  if (resource.kind === 'mcp') {
    const tool = {
      toolName,
      transport: 'streamable-http',
      inputSchema: { ...schema, required: required ?? [] },
    };
    return statement('mcp', tool, { toolName: string, transport: string, inputSchema: { type: 'object' } });
  }
  // `body` is an example, and must fit the schema beside it: an empty one fits where nothing is required.
  const body = { method: 'POST', bodyType: 'json', body: {} };
  return statement('http', body, { method: string, bodyType: string, body: schema });
}

function statement(type: string, input: JsonObject, properties: JsonObject): JsonObject {
  return {
    info: { input: { type, ...input } },
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        input: {
          type: 'object',
          properties: { type: { type: 'string', const: type }, ...properties },
          required: ['type', ...Object.keys(properties)],
        },
      },
      required: ['input'],
    },
  };
}

/** A schema's texts are what makes it long. A property may itself be called `description`; that one is an object. */
function withoutDescriptions(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(
    ([key, item]) => key !== 'description' || typeof item !== 'string',
  );
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutDescriptions(item)]));
}

/** Every field that a strict v1 client asks for, and none that is null. */
const acceptsV1 = (terms: Terms, description: string, { url }: Resource) => ({
  scheme: 'exact',
  network: terms.network.name,
  maxAmountRequired: terms.amountAtomic.toString(),
  resource: url,
  description,
  mimeType,
  payTo: terms.payTo,
  maxTimeoutSeconds: terms.maxTimeoutSeconds,
  asset: terms.network.asset,
  extra: extraOf(terms),
});
