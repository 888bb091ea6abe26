import type { z } from 'zod';
import type { Ids } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';

/** Who asks. A wallet's address is lower-case hexadecimal (EVM); it is the agent's only identity. */
export type Caller =
  | { kind: 'anonymous' }
  | { kind: 'wallet'; address: string }
  | { kind: 'operator'; id: string };

/** What an operation may touch: one workspace, inside one transaction. */
export interface Scope {
  /** Scoped to the workspace by row-level security; read-only while `prepare` and `read` run. */
  tx: Tx;
  workspace: { id: string; slug: string; name: string };
  caller: Caller;
  /** The purchase that this call delivers; absent before it is paid for, and where nothing is paid. */
  purchaseId?: string;
  ids: Ids;
  /** The time of the call; operations read no other clock. */
  now: Date;
}

/** `read` changes nothing; `draft` adds tickets, issues and proposals; `send` changes what exists or leaves the house. */
export type Tier = 'read' | 'draft' | 'send';

interface Described<I extends z.ZodObject, O extends z.ZodObject> {
  name: string;
  title: string;
  /** What it does, when to reach for it, what it returns: read by agents. */
  summary: string;
  /** Flat, strict zod object; every field described. */
  input: I;
  output: O;
  /** Who may call it. `anonymous`: any agent at the door; `operator`: people of the workspace only. */
  access: 'anonymous' | 'operator';
  /** The output contains ticket text: shown to the call that paid for it, never to a mere repeat of its authorization. */
  private?: boolean;
  /** It puts a proposal into the approval queue, whoever calls it. */
  proposes?: true;
}

/** A free operation: it only reads. */
export interface ReadOperation<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject>
  extends Described<I, O> {
  tier: 'read';
  price: null;
  read(scope: Scope, input: z.output<I>): Promise<z.input<O>>;
}

interface Priced<I extends z.ZodObject, O extends z.ZodObject, Plan> extends Described<I, O> {
  /** Default price in atomic USDC; each workspace may set its own. */
  price: bigint;
  prepare?(scope: Scope, input: z.output<I>): Promise<Plan>;
  compute?(plan: Plan): Promise<Plan>;
  commit(scope: Scope, plan: Plan): Promise<z.input<O>>;
}

interface Mild {
  tier: 'read' | 'draft';
  queue?: never;
  wouldQueue?: never;
}

/**
 * What changes things or leaves the house is earned: for a caller who has not earned it `queue` runs in the place of
 * `commit`, and writes a proposal of the same call for an operator to decide on. Without it a send does not compile.
 */
interface Send<O extends z.ZodObject, Plan> {
  tier: 'send';
  queue(scope: Scope, plan: Plan): Promise<z.input<O>>;
  /** Whether `commit` itself would queue, whoever calls, for reasons of the desk's own. It reads, as `prepare` does. */
  wouldQueue?(scope: Scope, plan: Plan): Promise<boolean>;
}

/**
 * An operation with an effect, or one that is paid for.
 * `prepare` proves that `commit` will work, and writes and spends nothing; its plan is stored as JSON with the claim.
 * It is left out where the input alone proves it: then that is the plan.
 * `compute` is what costs money (a model call); its plan replaces the first.
 * `commit` alone has effects, outbox rows included; it runs inside the transaction that marks the purchase delivered,
 * and calls no port. It throws PosternError where the world has changed since `prepare`.
 */
export type PricedOperation<
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
  Plan = unknown,
> = Priced<I, O, Plan> & (Mild | Send<O, Plan>);

export type Operation = ReadOperation | PricedOperation;

/** Gives a read its types from its schemas. */
export const readOperation = <I extends z.ZodObject, O extends z.ZodObject>(
  definition: ReadOperation<I, O>,
) => definition as unknown as ReadOperation;

/** Gives a priced operation its types from its schemas and its plan. */
export const pricedOperation = <I extends z.ZodObject, O extends z.ZodObject, Plan = z.output<I>>(
  definition: PricedOperation<I, O, Plan>,
) => definition as unknown as PricedOperation;
