import { wakeDue } from '../desk/teamwork/snooze.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import type { Time } from '../kernel/time.ts';
import type { Database } from '../store/database.ts';

const intervalMs = 5_000;

/** Opens snoozed tickets when their time has come, until the signal aborts. */
export async function snoozeLoop(options: {
  db: Database;
  ids: Ids;
  time: Time;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { db, ids, time, log, signal } = options;
  const failed = (ticketId: string, error: unknown) =>
    log.error({ ticketId, err: error }, 'a snoozed ticket could not be opened');
  while (!signal.aborted) {
    try {
      // As long as there are some, without a pause.
      while (!signal.aborted && (await wakeDue(db, { ids, now: new Date(time.now()), failed })) > 0);
    } catch (error) {
      log.error({ err: error }, 'snoozed tickets cannot be read');
    }
    await time.sleep(intervalMs, signal);
  }
}
