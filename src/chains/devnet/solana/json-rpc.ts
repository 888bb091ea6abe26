/** JSON-RPC 2.0 over the methods of the local cluster. */

import { accountMethods } from './account-methods.ts';
import { clusterMethods } from './cluster-methods.ts';
import { faucetMethods } from './faucet-methods.ts';
import { historyMethods } from './history-methods.ts';
import { type Method, type Node, RpcFailure } from './node.ts';
import { transactionMethods } from './transaction-methods.ts';

/** By name; no object, whose prototype would answer to names of its own. */
const methods = new Map<string, Method>(
  [accountMethods, clusterMethods, faucetMethods, historyMethods, transactionMethods].flatMap((table) =>
    Object.entries(table),
  ),
);

/** Calls in one request at most. */
const maxBatch = 100;

/** Answers a request's body: one call or an array of them. @returns JSON; undefined where nothing is to be answered */
export async function answer(
  node: Node,
  body: string,
  complain: (error: unknown) => void,
): Promise<string | undefined> {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return stringify(failure(null, new RpcFailure(-32700, 'Parse error')));
  }
  if (!Array.isArray(request)) {
    const reply = await call(node, request, complain);
    return reply && stringify(reply);
  }
  if (request.length === 0 || request.length > maxBatch)
    return stringify(failure(null, new RpcFailure(-32600, 'Invalid request')));
  const replies: unknown[] = [];
  // One after the other, so that calls of a batch see what those before them did.
  for (const each of request) {
    const reply = await call(node, each, complain);
    if (reply) replies.push(reply);
  }
  return replies.length > 0 ? stringify(replies) : undefined;
}

async function call(
  node: Node,
  request: unknown,
  complain: (error: unknown) => void,
): Promise<object | undefined> {
  const { jsonrpc, id, method, params = [] } = (request ?? {}) as Record<string, unknown>;
  const isId = id === undefined || id === null || typeof id === 'number' || typeof id === 'string';
  if (jsonrpc !== '2.0' || typeof method !== 'string' || !isId)
    return failure(null, new RpcFailure(-32600, 'Invalid request'));
  try {
    const run = methods.get(method);
    if (!run) throw new RpcFailure(-32601, 'Method not found');
    if (!Array.isArray(params)) throw new RpcFailure(-32602, 'Invalid params: must be an array');
    const result = await run(node, params);
    return id === undefined ? undefined : { jsonrpc, result, id };
  } catch (error) {
    if (!(error instanceof RpcFailure)) complain(error);
    const known = error instanceof RpcFailure ? error : new RpcFailure(-32603, 'Internal error');
    return id === undefined ? undefined : failure(id, known);
  }
}

const failure = (id: unknown, { code, message, data }: RpcFailure) => ({
  jsonrpc: '2.0',
  error: { code, message, data },
  id,
});

/** JSON with 64-bit integers in full, as Solana's nodes write them. */
const stringify = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? rawJson(`${item}`) : item));

/** Not in TypeScript's library yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };
