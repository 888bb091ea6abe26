import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';

/** One JSON-RPC call. */
export interface RpcCall {
  method: string;
  params: unknown[];
}

/** What a node answered to one call: a result, or its error. */
export type RpcResult = { result: unknown } | { error: { code: number; message: string; data?: unknown } };

/** Sends calls as one HTTP request. @throws {RpcUnavailable} if the node gave no usable answer at all. */
export type Rpc = (calls: readonly RpcCall[]) => Promise<RpcResult[]>;

/** Calls over HTTP, counted: providers bill by the method, however many share a request. */
export interface HttpRpc extends Rpc {
  /** How many calls were sent so far, by method. */
  methods(): ReadonlyMap<string, number>;
}

/** The node could not be asked, or what it did with the request is unknown. */
export class RpcUnavailable extends Error {
  override name = 'RpcUnavailable';
}

/** The node answered with an error. */
export class RpcError extends Error {
  override name = 'RpcError';
  readonly code: number;
  readonly data: unknown;
  constructor(error: { code: number; message: string; data?: unknown }) {
    super(error.message);
    this.code = error.code;
    this.data = error.data;
  }
}

const maxAnswerBytes = 16 * 1024 * 1024;

/** Calls in one HTTP request at most: providers refuse larger batches. */
const maxBatch = 20;

/** JSON-RPC over HTTP with kept connections. `timeoutMs` bounds each request as a whole. */
export function httpRpc(url: string, timeoutMs = 10_000): HttpRpc {
  const secure = url.startsWith('https:');
  const agent = secure ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const send = secure ? httpsRequest : httpRequest;
  // A node's address often carries an API key: it appears in no message.
  const host = new URL(url).host;

  const post = (body: string) =>
    new Promise<string>((resolve, reject) => {
      const fail = (why: string) => reject(new RpcUnavailable(`${host}: ${why}`));
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const signal = AbortSignal.timeout(timeoutMs);
      const request = send(url, { method: 'POST', agent, headers, signal }, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxAnswerBytes) request.destroy(new Error('answer too large'));
          else chunks.push(chunk);
        });
        response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
        response.on('error', (error) => fail(error.message));
      });
      request.on('error', (error) => fail(error.message));
      request.end(body);
    });

  const sendBatch = async (calls: readonly RpcCall[]) => {
    const requests = calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call }));
    const text = await post(JSON.stringify(requests.length === 1 ? requests[0] : requests));
    return match(calls.length, text, host);
  };
  const counts = new Map<string, number>();
  const sendAll = async (calls: readonly RpcCall[]) => {
    for (const { method } of calls) counts.set(method, (counts.get(method) ?? 0) + 1);
    const batches: Promise<RpcResult[]>[] = [];
    for (let i = 0; i < calls.length; i += maxBatch) batches.push(sendBatch(calls.slice(i, i + maxBatch)));
    return (await Promise.all(batches)).flat();
  };
  return Object.assign(sendAll, { methods: () => counts });
}

/** Answers of a batch may come in any order; each is matched by its id. */
function match(count: number, text: string, host: string): RpcResult[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new RpcUnavailable(`${host}: the answer is not JSON`);
  }
  const results = new Array<RpcResult>(count);
  for (const answer of (Array.isArray(parsed) ? parsed : [parsed]) as ({ id: number } & RpcResult)[])
    if (answer && Number.isInteger(answer.id) && answer.id < count) results[answer.id] = answer;
  for (let i = 0; i < count; i++)
    if (!results[i]) throw new RpcUnavailable(`${host}: no answer to call ${i + 1} of ${count}`);
  return results;
}

/** The result of an answer. @throws {RpcError} */
export function unwrap<T>(answer: RpcResult | undefined): T {
  if (!answer) throw new RpcUnavailable('no answer');
  if ('error' in answer && answer.error) throw new RpcError(answer.error);
  return (answer as { result: T }).result;
}
