import type { Database } from '../src/store/database.ts';

/** Caps of every workspace there is, far above what a test or a bench does: what they are about is something else. */
export async function liftCaps(db: Database): Promise<void> {
  await db
    .updateTable('workspaceCaps')
    .set({ callsPerMinute: 1_000_000, actionsPerDay: 1_000_000, amountPerDayAtomic: 1_000_000_000_000n })
    .execute();
  await db.updateTable('workspacePolicies').set({ waitingProposalsOfNew: 1_000_000 }).execute();
}

/** Settings that lift the limits on anonymous callers: all of a test's or a bench's calls come from one address. */
export const liftedLimits = {
  POSTERN_READS_PER_MINUTE: '100000000',
  POSTERN_WORKSPACE_READS_PER_MINUTE: '100000000',
  POSTERN_FAILED_PAYMENTS_PER_MINUTE: '100000000',
  POSTERN_WORKSPACE_FAILED_PAYMENTS_PER_MINUTE: '100000000',
  POSTERN_CREDENTIAL_REQUESTS_PER_MINUTE: '100000000',
  POSTERN_TOKEN_REQUESTS_PER_MINUTE: '100000000',
};
