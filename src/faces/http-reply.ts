import { type ErrorCode, errorTable, PosternError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Logger } from '../kernel/log.ts';

/**
 * Answers. Headers are plain records and bodies strings: that is what the Node adapter sends without building fetch
 * objects first, which costs it more than the whole rest of a challenge.
 */

type Headers = Record<string, string>;

/** Any page may call the door: it is public, and no cookie means anything to it. */
const openToAll: Headers = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'PAYMENT-REQUIRED, PAYMENT-RESPONSE, X-PAYMENT-RESPONSE, Postern-Purchase, Postern-Receipt, Location, Retry-After',
};

/**
 * For what is one caller's alone, or true for one moment only. That is every answer which does not say otherwise: a cache
 * in front that goes by the address alone would else give one caller's answer to the next, or an empty one to who pays.
 */
export const noStore: Headers = { 'Cache-Control': 'private, no-store' };

/** For documents that are the same for everyone, and may be old by so much. */
export const shared: Headers = { 'Cache-Control': 'public, max-age=30' };

/** An answer before anything is made of it: what the MCP endpoint sends by itself, past Hono (shortcut.ts). */
export interface Reply {
  status: number;
  headers: Headers;
  body: string | null;
}

const jsonHeaders: Headers = { 'Content-Type': 'application/json', ...openToAll, ...noStore };

/** A JSON answer of the door, kept by no cache unless `headers` say so. `body`: JSON text, or what is to become it. */
export const jsonReply = (body: string | object, status = 200, headers: Headers = {}): Reply => ({
  status,
  headers: { ...jsonHeaders, ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** An answer without a body, and the CORS headers all the same. */
export const emptyReply = (status: number, headers: Headers = {}): Reply => ({
  status,
  headers: { ...openToAll, ...noStore, ...headers },
  body: null,
});

export const responseOf = ({ status, headers, body }: Reply): Response =>
  new Response(body, { status, headers });

/** `jsonReply` as a response. */
export const json = (body: string | object, status?: number, headers?: Headers): Response =>
  responseOf(jsonReply(body, status, headers));

/** `emptyReply` as a response. */
export const empty = (status: number, headers?: Headers): Response => responseOf(emptyReply(status, headers));

/** What a preflight may ask for. The x402 clients send `Access-Control-Expose-Headers` as a request header. */
const allowedHeaders = [
  'content-type, accept, authorization, x-payment, payment-signature, sign-in-with-x, access-control-expose-headers',
  'mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, last-event-id',
].join(', ');

export const preflight = (): Response =>
  empty(204, {
    'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
    'Access-Control-Allow-Headers': allowedHeaders,
    'Access-Control-Max-Age': '86400',
  });

/** When to try again what can be tried again. */
export function retryAfter({ code, data }: Pick<PosternError, 'code' | 'data'>): Headers {
  return errorTable[code].retryable ? { 'Retry-After': String(data?.retryAfterSeconds ?? 2) } : {};
}

/** An error as plain HTTP sees it (RFC 9457). */
export function problem(error: PosternError, headers: Headers = {}): Response {
  const { http } = errorTable[error.code];
  const body = { type: `urn:postern:error:${error.code}`, status: http, ...describe(error) };
  return json(body, http, {
    'Content-Type': 'application/problem+json',
    ...noStore,
    ...retryAfter(error),
    ...headers,
  });
}

/** What every face says of an error. `detail` is for people, the rest for programs. */
export const describe = ({ code, message, data }: PosternError): JsonObject => ({
  title: errorTable[code].message,
  detail: message,
  code,
  retryable: errorTable[code].retryable,
  ...data,
});

/** Shorthand for what a route refuses. */
export const refusal = (code: ErrorCode, headers?: Headers) => problem(new PosternError(code), headers);

/** For an address that is there and takes other methods. */
export const wrongMethod = (allowed: string): Response => refusal('method_not_allowed', { Allow: allowed });

/** The error a caller may see. Anything that is not meant for one is logged, and becomes `internal`. */
export function visibleError(error: unknown, log: Logger): PosternError {
  if (error instanceof PosternError) return error;
  log.error({ err: error }, 'a request failed');
  return new PosternError('internal');
}
