/** What the JSON-RPC methods of the local cluster share: the cluster, its settings, and how parameters are read. */
import { z } from 'zod';
import type { SvmSigner } from '../../svm/signer.ts';
import type { SvmTransaction } from '../../svm/transaction.ts';
import type { Commitment, Vm } from './vm.ts';

/** The cluster, and what a test did to the way into it. */
export interface Node {
  vm: Vm;
  genesisHash: string;
  /** USDC's mint. */
  mint: string;
  /** Pays the faucet's fees, and is the mint's authority. */
  faucet: SvmSigner;
  /** So many transactions are taken and forgotten. */
  dropping: number;
  /** While there is a list, what is sent waits in it. */
  held: SvmTransaction[] | undefined;
}

/** A method of the node. What it returns may hold bigints. @throws {RpcFailure} @throws {z.ZodError} */
export type Method = (node: Node, params: unknown[]) => unknown;

/** An error as JSON-RPC carries it, with the codes of Solana's own nodes. */
export class RpcFailure extends Error {
  override name = 'RpcFailure';
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export const invalidParams = (why: string): RpcFailure => new RpcFailure(-32602, `Invalid params: ${why}`);

const commitment = z.enum(['processed', 'confirmed', 'finalized']);
const slot = z.number().int().min(0).transform(BigInt);

/** What nearly every method takes as its last parameter. */
export const commonConfig = z.object({
  commitment: commitment.optional(),
  minContextSlot: slot.optional(),
});

/** Reads a method's parameters: those given must fit, those at the end may be missing where the schema says so. */
export function read<T extends z.ZodType>(schema: T, params: unknown[]): z.output<T> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw invalidParams(`${path.join('.')} ${message}`.trim());
}

/** The slot that an answer is of. @throws {RpcFailure} if the caller asks for a later one */
export function contextSlot(
  node: Node,
  config: z.output<typeof commonConfig> | null | undefined,
  fallback: Commitment = 'finalized',
): bigint {
  const at = node.vm.slotAt(config?.commitment ?? fallback);
  if (config?.minContextSlot !== undefined && at < config.minContextSlot)
    throw new RpcFailure(-32016, 'Minimum context slot has not been reached', { contextSlot: at });
  return at;
}

/** An answer with the slot that it is of. */
export const withContext = (at: bigint, value: unknown) => ({
  context: { apiVersion: version, slot: at },
  value,
});

/** What the node says of itself: the validator whose answers these are like. */
export const version = '3.1.0';

export const addressSchema = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/, 'must be an address');
export const signatureSchema = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{64,88}$/, 'must be a signature');
