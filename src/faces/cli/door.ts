import type { Json, JsonObject } from '../../kernel/json.ts';
import { oneLine } from './operator-text.ts';
import { Failure, type Terminal, UsageError } from './terminal.ts';

/** The demo workspace of a Postern started with `npm start`. */
export const defaultDoor = 'http://localhost:4020/api/mcp/acme';

/** Longer than a door keeps a paid call waiting for its settlement. */
const requestTimeoutMs = 60_000;

export interface DoorAnswer {
  status: number;
  headers: Headers;
  /** Empty where the answer is not a JSON object. */
  body: JsonObject;
}

export interface Tool {
  name: string;
  description?: string;
  inputSchema: { properties?: Record<string, { type?: string }>; required?: string[] };
  _meta?: JsonObject;
}

/** @throws {UsageError} */
export function doorUrl(text: string = defaultDoor): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new UsageError(`--door is an address such as ${defaultDoor}`);
  return url;
}

/**
 * GET, or POST with a body. Redirects are not followed: a payment header is meant for the door that was named.
 * @throws {Failure} `unreachable` if no whole answer came; whether the door got the request is then unknown.
 */
export async function fetchJson(
  terminal: Terminal,
  url: URL,
  body?: object,
  headers: Record<string, string> = {},
): Promise<DoorAnswer> {
  let response: Response;
  let text: string;
  try {
    response = await terminal.fetch(url, {
      method: body ? 'POST' : 'GET',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...headers,
      },
      body: body ? JSON.stringify(body) : null,
      redirect: 'manual',
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    text = await response.text();
  } catch (error) {
    throw new Failure(`${url.origin} does not answer (${reasonOf(error)})`, 'unreachable');
  }
  if (response.status >= 300 && response.status < 400)
    throw new Failure(`${url} has moved to ${response.headers.get('location')}; use that address`, 'moved');
  return { status: response.status, headers: response.headers, body: asObject(text) };
}

/** undici hides the cause one level down. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? (error as Error).message;
}

function asObject(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/** One JSON-RPC request to an MCP door, as plainly as curl sends it. @throws {Failure} `unreachable` */
export const rpc = (
  terminal: Terminal,
  door: URL,
  method: string,
  params: JsonObject,
  headers?: Record<string, string>,
): Promise<DoorAnswer> => fetchJson(terminal, door, { jsonrpc: '2.0', id: 1, method, params }, headers);

/** @throws {Failure} */
export async function listTools(terminal: Terminal, door: URL): Promise<Tool[]> {
  const answer = await rpc(terminal, door, 'tools/list', {});
  const { tools } = (answer.body.result ?? {}) as unknown as { tools?: Tool[] };
  if (Array.isArray(tools)) return tools;
  throw readReply(answer).refusal ?? new Failure(`${door} is not an MCP door`);
}

/** A purchase as the door shows it to its buyer. */
export interface Purchase {
  /** Absent where the door does not take the asker for the buyer. */
  id?: string;
  state: string;
  transaction?: string;
  receiptId?: string;
  receipt?: Json;
  reason?: string;
  output?: JsonObject;
  withheld?: boolean;
}

/** An answer to `tools/call`, sorted. One of `output` and `refusal` is there. */
export interface Reply {
  /** What the tool gave: structured where it is, else text. */
  output: Json | undefined;
  purchase: Purchase | undefined;
  refusal: Failure | undefined;
  /** The very same request may succeed later. */
  retryable: boolean;
}

interface DoorError {
  code?: string;
  detail?: string;
  retryable?: boolean;
  purchase?: Purchase;
}

/** The parts of an MCP answer that matter here; nothing in it is trusted to be there. */
interface RpcReply {
  result?: {
    isError?: boolean;
    structuredContent?: JsonObject;
    content?: { text?: string }[];
    _meta?: { 'postern/purchase'?: Purchase };
  };
  error?: { message?: string; data?: DoorError };
}

/** Reads a result, a tool error, a JSON-RPC error, a 402 (whose body is x402's, with JSON-RPC inside) or a problem. */
export function readReply({ status, body }: DoorAnswer): Reply {
  const x402Reason = typeof body.error === 'string' ? body.error : undefined;
  const { result, error } = (x402Reason === undefined ? body : (body.rpc ?? {})) as RpcReply;
  const output = result?.structuredContent ?? result?.content?.[0]?.text;
  const told: DoorError = error?.data ?? (result?.structuredContent?.error as DoorError | undefined) ?? {};
  const purchase = result?._meta?.['postern/purchase'] ?? told.purchase;
  const retryable = told.retryable === true;
  if (status < 400 && output !== undefined && !result?.isError)
    return { output, purchase, refusal: undefined, retryable };
  const text = [error?.message, told.detail, result?.content?.[0]?.text, x402Reason, body.detail].find(
    (candidate) => typeof candidate === 'string' && candidate !== '',
  );
  const message = oneLine(String(text ?? `the door answered ${status}`));
  const code = String(x402Reason ?? told.code ?? body.code ?? 'refused');
  return { output: undefined, purchase, refusal: new Failure(message, code), retryable };
}
