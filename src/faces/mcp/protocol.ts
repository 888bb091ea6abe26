import { PosternError } from '../../kernel/errors.ts';
import { isObject, type Json, type JsonObject } from '../../kernel/json.ts';

/**
 * JSON-RPC and the two eras of MCP, without I/O. Legacy: one of the dated revisions with an `initialize`, which we do
 * not insist on, as there is no session. Modern: revision 2026-07-28, where each request carries its version and
 * capabilities in `_meta` and repeats version, method and tool name as headers. The order of the checks is that of the
 * SDK's inbound ladder and of the conformance suite.
 */

export const legacyVersions = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;
export const modernVersion = '2026-07-28';

const versionKey = 'io.modelcontextprotocol/protocolVersion';
const capabilitiesKey = 'io.modelcontextprotocol/clientCapabilities';
export const serverInfoKey = 'io.modelcontextprotocol/serverInfo';

export type Era = 'legacy' | 'modern';

/** A JSON-RPC request. */
export interface RpcRequest {
  /** As JSON, to be put into the answer. */
  id: string;
  method: string;
  params: JsonObject;
  /** `params._meta`, empty where there is none. */
  meta: JsonObject;
}

/** The headers that MCP mirrors from the body. */
export interface ProtocolHeaders {
  version: string | undefined;
  method: string | undefined;
  name: string | undefined;
  /** The call carries a payment header: a second try, from a client that may have lost the others. */
  paid: boolean;
}

/** @param header a request's header by its name in lower case; undefined where it was not sent */
export const protocolHeaders = (header: (name: string) => string | undefined): ProtocolHeaders => ({
  version: header('mcp-protocol-version'),
  method: header('mcp-method'),
  name: header('mcp-name'),
  paid: header('x-payment') !== undefined || header('payment-signature') !== undefined,
});

/**
 * The request in a body; undefined for a notification or a response, which are taken and dropped.
 * @throws {PosternError} `batch_not_supported`, `invalid_request`
 */
export function readRequest(body: Json): RpcRequest | undefined {
  if (Array.isArray(body)) throw new PosternError('batch_not_supported');
  if (!isObject(body) || body.jsonrpc !== '2.0') throw new PosternError('invalid_request');
  const { id, method, params = {} } = body;
  if (method === undefined && ('result' in body || 'error' in body)) return undefined;
  if (typeof method !== 'string' || !isObject(params)) throw new PosternError('invalid_request');
  if (id === undefined) return undefined;
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) throw new PosternError('invalid_request');
  return { id: JSON.stringify(id), method, params, meta: isObject(params._meta) ? params._meta : {} };
}

/**
 * The era a request belongs to.
 * @throws {PosternError} `unsupported_version`, `invalid_params`, `header_mismatch`
 */
export function eraOf(request: RpcRequest, headers: ProtocolHeaders): Era {
  const claimed = request.meta[versionKey];
  if (claimed === undefined) {
    if (headers.version === undefined || isLegacy(headers.version)) return 'legacy';
    if (headers.version !== modernVersion) throw unsupported(headers.version);
    throw missing(versionKey);
  }
  if (typeof claimed !== 'string') throw missing(versionKey);
  checkMirror('MCP-Protocol-Version', headers.version, claimed, headers);
  if (claimed !== modernVersion) throw unsupported(claimed);
  if (!isObject(request.meta[capabilitiesKey])) throw missing(capabilitiesKey);
  checkMirror('Mcp-Method', headers.method, request.method, headers);
  const { name } = request.params;
  if (request.method === 'tools/call' && typeof name === 'string') {
    checkMirror('Mcp-Name', decodeHeader(headers.name), name, headers);
  }
  return 'modern';
}

/**
 * A header must be there and say what the body says. x402-fetch sends the paid retry without any of them; such a
 * request is told from others by the payment it carries, and loses nothing, since the body says it all.
 */
function checkMirror(
  header: string,
  value: string | undefined,
  body: string,
  headers: ProtocolHeaders,
): void {
  if (value === body) return;
  const { version, method, name, paid } = headers;
  if (paid && version === undefined && method === undefined && name === undefined) return;
  const says = value === undefined ? 'is missing' : `says ${JSON.stringify(value)}`;
  throw new PosternError('header_mismatch', `${header} ${says}; the body says ${JSON.stringify(body)}.`);
}

/** Names that no header can hold come as `=?base64?…?=`. Undecodable ones never match. */
function decodeHeader(value: string | undefined): string | undefined {
  const encoded = value === undefined ? null : /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value);
  if (!encoded) return value;
  const bytes = Buffer.from(encoded[1]!, 'base64');
  return bytes.toString('base64') === encoded[1] ? bytes.toString() : value;
}

const isLegacy = (version: string) => (legacyVersions as readonly string[]).includes(version);

/** The revision to answer `initialize` with: the one asked for, or our newest of that era. */
export const agreedVersion = (asked: Json | undefined): string =>
  typeof asked === 'string' && isLegacy(asked) ? asked : legacyVersions[0];

const unsupported = (requested: string) =>
  new PosternError('unsupported_version', undefined, { supported: [modernVersion], requested });

const missing = (key: string) =>
  new PosternError('invalid_params', `params._meta lacks ${key}, or it has the wrong type.`);
