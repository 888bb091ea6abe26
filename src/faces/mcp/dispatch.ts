import { errorTable, PosternError } from '../../kernel/errors.ts';
import { isObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { emptyReply, jsonReply, noStore, type Reply, retryAfter } from '../http-reply.ts';
import {
  agreedVersion,
  type Era,
  eraOf,
  modernVersion,
  type ProtocolHeaders,
  type RpcRequest,
  readRequest,
  serverInfoKey,
} from './protocol.ts';

/**
 * MCP over stateless HTTP, for both eras. Ours and not the SDK's, because the SDK turns a bare curl away, runs batches
 * past whoever guards `body.method`, and costs 8 to 23 times the CPU. Knows nothing of money or tickets.
 */

export interface ServerInfo {
  name: string;
  title: string;
  version: string;
}

/** What stands behind the dispatcher: an MCP server's content. */
export interface ToolServer {
  info: ServerInfo;
  /** For the model: what this server is and how to use it. */
  instructions: string;
  listing: Listing;
  /** Whether clients may share what it says of itself; a listing says so by itself. */
  cacheScope: CacheScope;
  /** Answers one `tools/call`. @throws {PosternError} */
  call(call: ToolCall): Promise<Reply>;
}

export interface ToolCall {
  name: string;
  arguments: JsonObject;
  request: RpcRequest;
  /** The answer that carries this result. */
  reply(result: JsonObject, headers?: Record<string, string>): Reply;
}

/** The result of `tools/list` as JSON, in either era's form. */
export type Listing = Record<Era, string>;

/** Whether what is said is the same for everyone. */
export type CacheScope = 'public' | 'private';

/** How long a listing stays good, in milliseconds; modern clients keep it, and share it where its scope says so. */
const listingTtlMs = 60_000;

/** Serialises a listing once, so that answering is joining strings. */
export function prepareListing(
  tools: readonly JsonObject[],
  info: ServerInfo,
  cacheScope: CacheScope = 'public',
): Listing {
  const cached = { ttlMs: listingTtlMs, cacheScope };
  return {
    legacy: JSON.stringify({ tools }),
    modern: JSON.stringify(modern({ ...cached, tools: [...tools] }, info)),
  };
}

/** Answers one body. Errors come back as JSON-RPC errors, with the id wherever one could be read. */
export async function dispatch(
  body: Json,
  headers: ProtocolHeaders,
  findServer: () => Promise<ToolServer>,
  visible: (error: unknown) => PosternError,
): Promise<Reply> {
  let request: RpcRequest | undefined;
  let era: Era = 'legacy';
  try {
    request = readRequest(body);
    const server = await findServer();
    if (!request) return emptyReply(202);
    era = eraOf(request, headers);
    return await answer(request, era, server);
  } catch (error) {
    return rpcError(visible(error), request?.id, era);
  }
}

function answer(request: RpcRequest, era: Era, server: ToolServer): Reply | Promise<Reply> {
  switch (request.method) {
    case 'tools/list':
      return rpcResult(request.id, server.listing[era]);
    case 'tools/call':
      return callTool(request, era, server);
    case 'initialize':
      if (era === 'legacy') return rpcResult(request.id, JSON.stringify(initialize(request, server)));
      break;
    case 'ping':
      if (era === 'legacy') return rpcResult(request.id, '{}');
      break;
    case 'server/discover':
      if (era === 'modern') return rpcResult(request.id, JSON.stringify(discover(server)));
      break;
  }
  throw new PosternError('method_not_found', `There is no method ${JSON.stringify(request.method)} here.`);
}

const initialize = ({ params }: RpcRequest, { info, instructions }: ToolServer) => ({
  protocolVersion: agreedVersion(params.protocolVersion),
  capabilities: { tools: {} },
  serverInfo: { ...info },
  instructions,
});

const discover = ({ info, instructions, cacheScope }: ToolServer) =>
  modern(
    {
      supportedVersions: [modernVersion],
      capabilities: { tools: {} },
      ttlMs: listingTtlMs,
      cacheScope,
      instructions,
    },
    info,
  );

function callTool(request: RpcRequest, era: Era, server: ToolServer): Promise<Reply> {
  const { name, arguments: input = {} } = request.params;
  if (typeof name !== 'string') throw new PosternError('invalid_arguments', 'params.name must be a string.');
  if (!isObject(input)) throw new PosternError('invalid_arguments', 'params.arguments must be an object.');
  return server.call({
    name,
    arguments: input,
    request,
    reply: (result, headers) => {
      const whole = era === 'modern' ? modern(result, server.info) : result;
      return rpcResult(request.id, JSON.stringify(whole), headers);
    },
  });
}

/** What a modern result has beside its own members. */
const modern = (result: JsonObject, info: ServerInfo): JsonObject => ({
  resultType: 'complete',
  ...result,
  _meta: { ...(isObject(result._meta) ? result._meta : {}), [serverInfoKey]: { ...info } },
});

const rpcResult = (id: string, result: string, headers?: Record<string, string>): Reply =>
  jsonReply(`{"jsonrpc":"2.0","id":${id},"result":${result}}`, 200, headers);

/** A JSON-RPC response that says an error, as JSON. `id`: JSON, null where the request's could not be read. */
export function rpcErrorText({ code, message, data }: Refusal, id = 'null'): string {
  const { rpc, retryable } = errorTable[code];
  const error = { code: rpc, message, data: { code, retryable, ...data } };
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`;
}

/** What an error says. A plain record will do: a challenge is no exception, and a stack trace would cost an eighth of it. */
type Refusal = Pick<PosternError, 'code' | 'message'> & { data?: JsonObject | undefined };

export function rpcError(
  error: PosternError,
  id?: string,
  era: Era = 'legacy',
  headers: Record<string, string> = {},
): Reply {
  return jsonReply(rpcErrorText(error, id), statusOf(error, era), {
    ...noStore,
    ...retryAfter(error),
    ...headers,
  });
}

/**
 * Errors within a well-formed exchange go out with 200 as JSON-RPC over HTTP always had it, for legacy clients give up
 * on anything else; the modern revision wants 404 for a method that does not exist.
 */
function statusOf({ code }: PosternError, era: Era): number {
  if (code === 'tool_not_found' || code === 'invalid_arguments') return 200;
  if (code === 'method_not_found' && era === 'legacy') return 200;
  return errorTable[code].http;
}
