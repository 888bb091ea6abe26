/** The deliverability breaker: a row stops agents' mail in a workspace, until a person takes it away. */
import { PosternError } from '../kernel/errors.ts';
import type { Tx } from '../store/database.ts';

/** Since when agents' mail is stopped, and why. */
export interface Pause {
  pausedAt: Date;
  reason: string;
}

/** The pause that holds in a workspace, if there is one. */
export const findPause = (tx: Tx, workspaceId: string): Promise<Pause | undefined> =>
  tx
    .selectFrom('breakers')
    .select(['pausedAt', 'reason'])
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirst();

/** Whether agents' mail may leave, as the transaction sees it. */
export const askBreaker = async (tx: Tx, workspaceId: string): Promise<'closed' | 'paused'> =>
  (await findPause(tx, workspaceId)) ? 'paused' : 'closed';

/** @throws {PosternError} `invalid_arguments` without a reason; `conflict` where it is paused already. */
export async function pauseBreaker(tx: Tx, workspaceId: string, reason: string): Promise<void> {
  if (reason.trim() === '') throw new PosternError('invalid_arguments', 'A pause needs a reason.');
  const paused = await tx
    .insertInto('breakers')
    .values({ workspaceId, reason })
    .onConflict((conflict) => conflict.doNothing())
    .returning('workspaceId')
    .executeTakeFirst();
  if (!paused) throw new PosternError('conflict', 'The breaker is paused already.');
}

/** @throws {PosternError} `conflict` where it is not paused. */
export async function resumeBreaker(tx: Tx, workspaceId: string): Promise<void> {
  const resumed = await tx
    .deleteFrom('breakers')
    .where('workspaceId', '=', workspaceId)
    .returning('workspaceId')
    .executeTakeFirst();
  if (!resumed) throw new PosternError('conflict', 'The breaker is not paused.');
}
