/** How a node's answers are read: an error, or something in an unknown form, says nothing of the chain. */
import type { z } from 'zod';
import { type Rpc, type RpcCall, RpcError, type RpcResult, RpcUnavailable, unwrap } from '../evm/rpc.ts';

/** The results of calls. @throws {RpcUnavailable} also for a node's error: here it is never an answer */
export async function ask(rpc: Rpc, calls: readonly RpcCall[]): Promise<unknown[]> {
  const answers = await rpc(calls);
  return answers.map(resultOf);
}

/** @throws {RpcUnavailable} */
export function resultOf(answer: RpcResult): unknown {
  try {
    return unwrap(answer);
  } catch (error) {
    throw error instanceof RpcError ? new RpcUnavailable(`the node answered: ${error.message}`) : error;
  }
}

/** Reads an answer strictly. @throws {RpcUnavailable} for one in a form that is not its own */
export function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new RpcUnavailable(`the node's answer cannot be read: ${path.join('.')} ${message}`);
}
