/** Sending once, however often it is asked for: who got no answer asks again by the key of the same sending. */
import { sql } from 'kysely';
import { z } from 'zod';
import { actorOf, type EffectOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { hashJson, type JsonObject } from '../../../kernel/json.ts';
import type { Tx } from '../../../store/database.ts';

const key = z
  .string()
  .regex(/^[\w-]{22,64}$/, 'must be 22 to 64 letters, digits, - and _')
  .optional()
  .describe(
    'Random, and of this one sending: 22 to 64 letters, digits, - and _. Who got no answer calls again with the same: within a day nothing is sent twice, and the first answer is returned.',
  );

/** An operation that sends, and plans nothing: it takes a key, by which its caller may ask again. */
export const sentOnce = (operation: EffectOperation): EffectOperation =>
  ({
    ...operation,
    input: operation.input.extend({ key }),
    commit: (scope, plan) => {
      const { key: given, ...input } = plan as JsonObject;
      const work = async () => (await operation.commit(scope, input)) as JsonObject;
      return given === undefined
        ? work()
        : once(scope, given as string, hashJson([operation.name, input]), work);
    },
  }) as EffectOperation;

/** What fails leaves no trace. @throws {PosternError} `conflict` with `sent` where the key went with something else */
async function once(
  { tx, workspace: { id: workspaceId }, caller, now }: Scope,
  given: string,
  sha256: string,
  work: () => Promise<JsonObject>,
): Promise<JsonObject> {
  const actor = actorOf(caller);
  // Two at once: the second waits, and finds what came of the first.
  const name = JSON.stringify(['sending', workspaceId, actor, given]);
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
  const before = await tx
    .selectFrom('sendings')
    .select(['sha256', 'output'])
    .where('workspaceId', '=', workspaceId)
    .where('actor', '=', actor)
    .where('key', '=', given)
    .executeTakeFirst();
  if (before && before.sha256 !== sha256)
    throw new PosternError('conflict', 'key: something else was sent with it already.', { sent: true });
  if (before) return before.output;
  const output = await work();
  await tx
    .insertInto('sendings')
    .values({ workspaceId, actor, key: given, sha256, output: JSON.stringify(output), sentAt: now })
    .execute();
  return output;
}

/** So long a key is known. */
export const sendingLifeMs = 86_400_000;

/** Forgets what was sent before then, in all workspaces. */
export const expireSendings = async (tx: Tx, before: Date): Promise<void> =>
  void (await tx.deleteFrom('sendings').where('sentAt', '<', before).execute());
