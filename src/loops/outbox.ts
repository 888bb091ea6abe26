import type { Logger } from '../kernel/log.ts';
import type { Time } from '../kernel/time.ts';
import { type Smtp, sendDue } from '../mail/outbox.ts';
import type { Database } from '../store/database.ts';

/** Sends what the outbox holds, every `intervalMs`, until the signal aborts; the mail being sent then is finished. */
export async function outboxLoop(options: {
  db: Database;
  smtp: Smtp;
  time: Time;
  log: Logger;
  signal: AbortSignal;
  intervalMs: number;
}): Promise<void> {
  const { db, smtp, time, log, signal, intervalMs } = options;
  while (!signal.aborted) {
    try {
      for (const { id, workspaceId, state, error } of await sendDue(db, smtp, time.now, { signal }))
        if (error) log.warn({ id, workspaceId, state, error }, 'a mail was not sent');
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the outbox cannot be read');
    }
    await time.sleep(intervalMs, signal);
  }
}
