import type { DoorCounts } from '../door/counts.ts';
import type { Logger } from '../kernel/log.ts';
import type { Time } from '../kernel/time.ts';

const everyMs = 2_000;

/** Writes what was counted at the door every few seconds. What is counted at the end is for the caller to write. */
export async function countsLoop(options: {
  counts: DoorCounts;
  time: Time;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { counts, time, log, signal } = options;
  while (!signal.aborted) {
    await time.sleep(everyMs, signal);
    await counts.flush().catch((error: Error) => {
      log.warn({ error: error.message }, 'what the door counted is not written yet');
    });
  }
}
