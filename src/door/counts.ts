/**
 * What was asked for at the door and not bought, counted for the door's page: by workspace, hour, tool and reason. Calls
 * that cost nothing must cost little: counting is an addition in memory, and what was counted is written every few seconds.
 */
import { sql } from 'kysely';
import { reasons } from '../facilitator/reasons.ts';
import { errorTable } from '../kernel/errors.ts';
import type { Clock } from '../kernel/time.ts';
import type { Database } from '../store/database.ts';

export interface DoorCounts {
  /** A call without a payment was told what it costs. */
  challenged(workspaceId: string, operation: string): void;
  /** A call or its payment was refused, for a code of the error table or a reason of x402's. */
  refused(workspaceId: string, operation: string, reason: string): void;
  /** Adds what was counted to what is stored. Where it cannot, it is kept for the next time. */
  flush(): Promise<void>;
}

const hourMs = 3_600_000;
/** What a stranger chose is counted under this name. */
const other = 'other';
/** Counts are kept for so long. */
const keptDays = 400;
/** Different counts that are held in memory, at most: while the database is away they are not written. */
const maxHeld = 50_000;

const { svm, ...plain } = reasons;
const knownReasons: ReadonlySet<string> = new Set([
  ...Object.keys(errorTable),
  ...Object.values(plain),
  ...Object.values(svm),
]);

/** @param isSold whether an operation is one of the catalogue */
export function createCounts(db: Database, clock: Clock, isSold: (operation: string) => boolean): DoorCounts {
  let held = new Map<string, number>();
  let prunedIn = 0;

  function count(workspaceId: string, operation: string, reason: string): void {
    const key = `${Math.floor(clock() / hourMs)} ${workspaceId} ${isSold(operation) ? operation : other} ${reason}`;
    const before = held.get(key);
    if (before === undefined && held.size >= maxHeld) return;
    held.set(key, (before ?? 0) + 1);
  }

  return {
    challenged: (workspaceId, operation) => count(workspaceId, operation, 'challenged'),
    refused: (workspaceId, operation, reason) =>
      count(workspaceId, operation, knownReasons.has(reason) ? reason : other),
    async flush() {
      const counted = held;
      if (counted.size === 0) return;
      held = new Map();
      try {
        await add(db, counted);
      } catch (error) {
        for (const [key, number] of counted) held.set(key, (held.get(key) ?? 0) + number);
        throw error;
      }
      const hour = Math.floor(clock() / hourMs);
      if (hour === prunedIn) return;
      prunedIn = hour;
      await sql`delete from door_counts where hour < now() - ${keptDays} * interval '1 day'`.execute(db);
    },
  };
}

/** In the order of their keys, for several processes lock the same rows. */
async function add(db: Database, counted: ReadonlyMap<string, number>): Promise<void> {
  const rows = [...counted].map(([key, number]) => [...key.split(' '), number] as const);
  const column = (at: number) => rows.map((row) => row[at]);
  await sql`
    insert into door_counts (workspace_id, hour, operation, reason, count)
    select workspace_id, to_timestamp(hour * 3600), operation, reason, number
    from unnest(${column(0)}::int8[], ${column(1)}::text[], ${column(2)}::text[], ${column(3)}::text[],
      ${column(4)}::int8[]) as counted (hour, workspace_id, operation, reason, number)
      join workspaces on workspaces.id = counted.workspace_id
    order by 1, 2, 3, 4
    on conflict (workspace_id, hour, operation, reason) do update set count = door_counts.count + excluded.count`.execute(
    db,
  );
}
