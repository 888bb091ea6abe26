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

/** By workspace, tool and reason. */
type Held = Map<string, Map<string, Map<string, number>>>;

/** @param isSold whether an operation is one of the catalogue */
export function createCounts(db: Database, clock: Clock, isSold: (operation: string) => boolean): DoorCounts {
  let held: Held = new Map();
  let size = 0;
  let hour = currentHour(clock);
  let prunedIn = 0;

  // The names are strings that are there already: nothing is made on the way.
  function count(workspaceId: string, operation: string, reason: string, more = 1): void {
    const tool = isSold(operation) ? operation : other;
    const tools = held.get(workspaceId) ?? within(held, workspaceId);
    const reasons = tools.get(tool) ?? within(tools, tool);
    const before = reasons.get(reason);
    if (before === undefined && ++size > maxHeld) return;
    reasons.set(reason, (before ?? 0) + more);
  }

  return {
    challenged: (workspaceId, operation) => count(workspaceId, operation, 'challenged'),
    refused: (workspaceId, operation, reason) =>
      count(workspaceId, operation, knownReasons.has(reason) ? reason : other),
    async flush() {
      // What was counted since the last time is of that hour: it was seconds ago.
      const countedIn = hour;
      hour = currentHour(clock);
      const rows = rowsOf(held);
      held = new Map();
      size = 0;
      if (rows.length === 0) return;
      try {
        await add(db, countedIn, rows);
      } catch (error) {
        for (const row of rows) count(...row);
        hour = countedIn;
        throw error;
      }
      if (hour === prunedIn) return;
      prunedIn = hour;
      await sql`delete from door_counts where hour < now() - ${keptDays} * interval '1 day'`.execute(db);
    },
  };
}

const currentHour = (clock: Clock) => Math.floor(clock() / hourMs);

function within<T>(map: Map<string, Map<string, T>>, key: string): Map<string, T> {
  const inner = new Map<string, T>();
  map.set(key, inner);
  return inner;
}

type Row = [workspaceId: string, operation: string, reason: string, count: number];

const rowsOf = (held: Held): Row[] =>
  [...held].flatMap(([workspaceId, tools]) =>
    [...tools].flatMap(([operation, reasons]) =>
      [...reasons].map(([reason, count]): Row => [workspaceId, operation, reason, count]),
    ),
  );

/** In the order of their keys, for several processes lock the same rows. */
async function add(db: Database, hour: number, rows: readonly Row[]): Promise<void> {
  const column = (at: number) => rows.map((row) => row[at]);
  await sql`
    insert into door_counts (workspace_id, hour, operation, reason, count)
    select workspace_id, to_timestamp(${hour}::int8 * 3600), operation, reason, number
    from unnest(${column(0)}::text[], ${column(1)}::text[], ${column(2)}::text[], ${column(3)}::int8[])
      as counted (workspace_id, operation, reason, number)
      join workspaces on workspaces.id = counted.workspace_id
    order by workspace_id, operation, reason
    on conflict (workspace_id, hour, operation, reason) do update set count = door_counts.count + excluded.count`.execute(
    db,
  );
}
