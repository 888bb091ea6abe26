import type { Config } from '../config.ts';
import type { TreasuryGlance } from '../door/operations/treasury.ts';
import { readTreasury } from '../door/treasury.ts';
import type { Snapshot } from '../faces/metrics/metrics.ts';
import { createSnapshot } from '../faces/metrics/snapshot.ts';
import type { Logger } from '../kernel/log.ts';
import { systemTime } from '../kernel/time.ts';
import type { World } from './world.ts';

/** The treasury, read where it is asked for; one reading serves metrics and members alike. */
export function openTreasury(
  { gas }: Pick<Config, 'gas'>,
  { db, views }: Pick<World, 'db' | 'views'>,
  log: Logger,
): Snapshot {
  const read = () => readTreasury({ db, views, gas }, new Date(systemTime.now()));
  return createSnapshot(read, systemTime, log);
}

/** What was read last, without waiting; asking has it read anew where it is old. */
export function glanceAt(snapshot: Snapshot): TreasuryGlance {
  let last: Awaited<ReturnType<Snapshot>>;
  return () => {
    void snapshot().then((found) => {
      last = found ?? last;
    });
    return last;
  };
}
