import type { Tx } from '../store/database.ts';

/** Whether agents' mail may leave a workspace. `paused`: their sends become proposals; nothing is refused. */
export type BreakerState = 'closed' | 'paused';

/**
 * The breaker port. Asked inside a transaction of the workspace, and never later than it ends: what it said at admission
 * may have changed by the commit, which asks again.
 */
export type Breaker = (tx: Tx, workspaceId: string) => Promise<BreakerState>;
