/** One operation without the door: what members, the workspace's own agents and rules do. The same steps, unpaid. */
import type { JsonObject } from '../kernel/json.ts';
import type { InWorkspace, Tx } from '../store/database.ts';
import { type EffectOperation, isEarned, isRead, type Operation, type Scope } from './operation.ts';
import { type Permission, permit } from './permission.ts';
import { parseInput } from './registry.ts';

export interface PerformPorts {
  inWorkspace: InWorkspace;
  /**
   * Asked in the transaction that commits, of what a caller has earned: whether a person decides after all, as while the
   * breaker is paused. Nobody asks where it is left out.
   */
  mustQueue?(scope: Scope, operation: EffectOperation): Promise<boolean>;
}

/** Everything of a scope but its transaction. */
export type Setting = Omit<Scope, 'tx'>;

/**
 * Parses, asks whether the caller may, and runs; what costs money runs outside any transaction, as at the door.
 * @throws {PosternError} `invalid_arguments`, `not_permitted`, or what the operation refuses with. Nothing was done then.
 */
export async function perform(
  { inWorkspace, mustQueue }: PerformPorts,
  setting: Setting,
  operation: Operation,
  input: JsonObject,
): Promise<JsonObject> {
  const { workspace, caller } = setting;
  const permission = permit(caller, operation);
  const parsed = parseInput(operation, input);
  const within = <T>(work: (scope: Scope) => Promise<T>, readOnly = false): Promise<T> =>
    inWorkspace(workspace.id, (tx: Tx) => work({ ...setting, tx }), { readOnly });
  if (isRead(operation))
    return operation.output.parse(await within((scope) => operation.read(scope, parsed), true)) as JsonObject;
  const effective = async (scope: Scope): Promise<Granted> =>
    permission === 'acts' && isEarned(operation) && (await mustQueue?.(scope, operation))
      ? 'queues'
      : permission;
  if (!operation.compute)
    return within(async (scope) => runIn(scope, operation, parsed, await effective(scope)));
  const plan = (await within(async (scope) => operation.prepare?.(scope, parsed), true)) ?? parsed;
  const computed = await operation.compute(plan);
  return within(async (scope) => finish(scope, operation, computed, await effective(scope)));
}

type Granted = Exclude<Permission, 'refused'>;

/** Prepare and commit in one transaction that is open already. The caller's right has been asked for. */
export async function runIn(
  scope: Scope,
  operation: EffectOperation,
  parsed: JsonObject,
  permission: Granted = 'acts',
): Promise<JsonObject> {
  const plan = (await operation.prepare?.(scope, parsed)) ?? parsed;
  return finish(scope, operation, plan, permission);
}

async function finish(
  scope: Scope,
  operation: EffectOperation,
  plan: unknown,
  permission: Granted,
): Promise<JsonObject> {
  const effect = permission === 'queues' && operation.queue ? operation.queue : operation.commit;
  return operation.output.parse(await effect(scope, plan)) as JsonObject;
}
