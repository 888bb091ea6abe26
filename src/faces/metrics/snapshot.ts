import type { Treasury } from '../../door/treasury.ts';
import type { Logger } from '../../kernel/log.ts';
import { type Time, within } from '../../kernel/time.ts';
import type { Snapshot } from './metrics.ts';

/** A treasury is shown again for so long, whoever scrapes. */
const freshMs = 5_000;
/** Reading it takes no more than this part of the time: its sums grow with the ledger. */
const share = 20;
/** A scrape waits no longer than this: Prometheus gives up after ten seconds. */
const patienceMs = 4_000;

/** Reads the treasury when it is asked for, at most now and then, and one reading at a time; the last one where it fails. */
export function createSnapshot(read: () => Promise<Treasury>, time: Time, log: Logger): Snapshot {
  let last: { treasury: Treasury; at: number } | undefined;
  let reading: Promise<void> | undefined;
  let nextAt = 0;

  async function refresh(): Promise<void> {
    const startedAt = time.now();
    try {
      last = { treasury: await read(), at: startedAt };
    } catch (error) {
      log.warn(
        { error: (error as Error).message },
        'the treasury could not be read; metrics show the last one',
      );
    } finally {
      const tookMs = time.now() - startedAt;
      nextAt = time.now() + Math.max(freshMs, tookMs * share);
      reading = undefined;
    }
  }

  return async () => {
    if (time.now() >= nextAt) reading ??= refresh();
    if (reading) await within(time, patienceMs, reading);
    return last && { treasury: last.treasury, ageSeconds: (time.now() - last.at) / 1000 };
  };
}
