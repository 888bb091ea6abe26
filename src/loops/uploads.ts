import { expireSendings, sendingLifeMs } from '../desk/operations/conversations/once.ts';
import type { Logger } from '../kernel/log.ts';
import type { Time } from '../kernel/time.ts';
import { expireUploads, uploadLifeMs } from '../mail/attachments.ts';
import { asSystem, type Database } from '../store/database.ts';

const intervalMs = 600_000;

/** Takes away what is kept for a day, until the signal aborts: uploads that no message took, and keys of what was sent. */
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
      await asSystem(db, (tx) => expireSendings(tx, new Date(time.now() - sendingLifeMs)));
    } catch (error) {
      log.error({ error: (error as Error).message }, 'old uploads and keys cannot be taken away');
    }
    await time.sleep(intervalMs, signal);
  }
}
