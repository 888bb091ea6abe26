/** What the house does to many tickets by itself: one transaction each, and one that fails stops no other. */
import type { Scope } from '../../catalogue/operation.ts';
import type { Ids } from '../../kernel/ids.ts';
import { type Database, inWorkspace } from '../../store/database.ts';

/** Hears of a ticket that something failed with. */
export type Failed = (ticketId: string, error: unknown) => void;

/** @returns for how many `work` said that it did something. @param house who does it, as history says: `house:snooze` */
export async function eachOf(
  db: Database,
  tickets: readonly (Scope['workspace'] & { ticketId: string })[],
  { ids, now, house, failed }: { ids: Ids; now: Date; house: string; failed: Failed },
  work: (scope: Scope, ticketId: string) => Promise<boolean>,
): Promise<number> {
  let done = 0;
  for (const { ticketId, ...workspace } of tickets)
    try {
      const caller = { kind: 'house' as const, id: house };
      const did = await inWorkspace(db, workspace.id, (tx) =>
        work({ tx, workspace, caller, ids, now }, ticketId),
      );
      if (did) done += 1;
    } catch (error) {
      failed(ticketId, error);
    }
  return done;
}
