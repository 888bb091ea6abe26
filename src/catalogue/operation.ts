import type { z } from 'zod';
import type { Ids } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';

/** What a member of a workspace may do, the least first; each may do what those before it may. */
export const roles = ['viewer', 'operator', 'admin', 'owner'] as const;
export type Role = (typeof roles)[number];

/** Who asks. */
export type Caller =
  | { kind: 'anonymous' }
  /** Lower-case hexadecimal, or base58; it is the agent's only identity. */
  | { kind: 'wallet'; address: string }
  /** An agent of the workspace's own. `granted`: tools that an admin granted it by name. */
  | { kind: 'credential'; id: string; granted: readonly string[] }
  /** A member of the workspace. */
  | { kind: 'operator'; id: string; role: Role }
  /** What Postern does by itself for a workspace: a rule, the model. It may do what an operator may. */
  | { kind: 'house'; id: string };

/** Who it is, for history and audit: `operator:usr_…`, `wallet:0x…`, `credential:crd_…`, `house:rule_…`, `anonymous`. */
export function actorOf(caller: Caller): string {
  switch (caller.kind) {
    case 'anonymous':
      return 'anonymous';
    case 'wallet':
      return `wallet:${caller.address}`;
    default:
      return `${caller.kind}:${caller.id}`;
  }
}

/** What an operation may touch: one workspace, inside one transaction. */
export interface Scope {
  /** Scoped to the workspace by row-level security; read-only while `prepare` and `read` run. */
  tx: Tx;
  workspace: { id: string; slug: string; name: string };
  caller: Caller;
  /** The purchase that this call delivers; absent before it is paid for, and where nothing is paid. */
  purchaseId?: string;
  ids: Ids;
  /** How many rules in a row led to this call; none where it is left out. */
  depth?: number;
  /** The time of the call; operations read no other clock. */
  now: Date;
}

/** `read` changes nothing; `draft` adds tickets, issues and proposals; `send` changes what exists or leaves the house. */
export type Tier = 'read' | 'draft' | 'send';

/** Who may call an operation. What a wallet's call comes to is for the door to say. */
export interface Access {
  /** Any agent at the workspace's door; it pays, where there is a price. */
  anonymous: boolean;
  /** The workspace's own agents. `tier`: at once, but a `send` queues until it is granted; `grant`: only where granted. */
  credential: 'tier' | 'grant' | false;
  /** The least role of a member who may. */
  role: Role;
}

/** For agents of every kind, and for members from that role on. */
export const forAgents = (role: Role): Access => ({ anonymous: true, credential: 'tier', role });
/** For members from that role on, and nobody else. */
export const forMembers = (role: Role): Access => ({ anonymous: false, credential: false, role });

interface Described<I extends z.ZodObject, O extends z.ZodObject> {
  name: string;
  title: string;
  /** What it does, when to reach for it, what it returns: read by agents. */
  summary: string;
  /** Flat, strict zod object; every field described. */
  input: I;
  output: O;
  access: Access;
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

interface Effective<I extends z.ZodObject, O extends z.ZodObject, Plan> extends Described<I, O> {
  /** Default price in atomic USDC, which a workspace may change; null for what is never sold. */
  price: bigint | null;
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
 * A draft that changes what exists has it too (`triage`); there the workspace's own agents have earned it.
 */
interface Earned<O extends z.ZodObject, Plan> {
  tier: 'draft' | 'send';
  queue(scope: Scope, plan: Plan): Promise<z.input<O>>;
  /** Whether `commit` itself would queue, whoever calls, for reasons of the desk's own. It reads, as `prepare` does. */
  wouldQueue?(scope: Scope, plan: Plan): Promise<boolean>;
}

/**
 * An operation with an effect, or one that is paid for.
 * `prepare` proves that `commit` will work, and writes and spends nothing; its plan is stored as JSON with the claim.
 * It is left out where the input alone proves it: then that is the plan.
 * `compute` is what costs money (a model call); its plan replaces the first. It leaves a plan that needs none as it is, and
 * `commit` refuses one that still does: where a transaction is open already, it is left out.
 * `commit` alone has effects, outbox rows included; it runs inside the transaction that marks the purchase delivered,
 * and calls no port. It throws PosternError where the world has changed since `prepare`.
 */
export type EffectOperation<
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
  Plan = unknown,
> = Effective<I, O, Plan> & (Mild | Earned<O, Plan>);

/** One that is sold at the door. */
export type PricedOperation<
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
  Plan = unknown,
> = EffectOperation<I, O, Plan> & { price: bigint };

export type Operation = ReadOperation | EffectOperation;

/** Whether it only reads, for nothing. */
export const isRead = (operation: Operation): operation is ReadOperation => 'read' in operation;

/** Whether it acts only for who has earned it, and for others queues. */
export const isEarned = (
  operation: Operation,
): operation is EffectOperation & Required<Pick<Earned<z.ZodObject, unknown>, 'queue'>> =>
  !isRead(operation) && operation.queue !== undefined;

/** Whether it is sold. */
export const isPriced = (operation: Operation): operation is PricedOperation =>
  !isRead(operation) && operation.price !== null;

/** Gives a read its types from its schemas. */
export const readOperation = <I extends z.ZodObject, O extends z.ZodObject>(
  definition: ReadOperation<I, O>,
) => definition as unknown as ReadOperation;

/** Gives a priced operation its types from its schemas and its plan. */
export const pricedOperation = <I extends z.ZodObject, O extends z.ZodObject, Plan = z.output<I>>(
  definition: PricedOperation<I, O, Plan>,
) => definition as unknown as PricedOperation;

/** The same for an operation that is never sold: the work of members, and of agents whom they granted it. */
export const houseOperation = <I extends z.ZodObject, O extends z.ZodObject, Plan = z.output<I>>(
  definition: Omit<EffectOperation<I, O, Plan>, 'price'>,
) => ({ ...definition, price: null }) as unknown as EffectOperation;
