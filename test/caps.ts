import type { Database } from '../src/store/database.ts';

/** Caps of every workspace there is, far above what a test or a bench does: what they are about is something else. */
export async function liftCaps(db: Database): Promise<void> {
  await db
    .updateTable('workspaceCaps')
    .set({ callsPerMinute: 1_000_000, actionsPerDay: 1_000_000, amountPerDayAtomic: 1_000_000_000_000n })
    .execute();
  await db.updateTable('workspacePolicies').set({ waitingProposalsOfNew: 1_000_000 }).execute();
}
