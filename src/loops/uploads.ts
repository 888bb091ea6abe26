import type { Logger } from '../kernel/log.ts';
import type { Time } from '../kernel/time.ts';
import { expireUploads, uploadLifeMs } from '../mail/attachments.ts';
import { asSystem, type Database } from '../store/database.ts';

const intervalMs = 600_000;

/** Takes away uploads that no message took within a day, until the signal aborts. */
export async function uploadsLoop(options: {
  db: Database;
  time: Time;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { db, time, log, signal } = options;
  while (!signal.aborted) {
    try {
      // Of all workspaces.
      await asSystem(db, (tx) => expireUploads(tx, new Date(time.now() - uploadLifeMs)));
    } catch (error) {
      log.error({ error: (error as Error).message }, 'old uploads cannot be taken away');
    }
    await time.sleep(intervalMs, signal);
  }
}
