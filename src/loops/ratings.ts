import { askForRatings } from '../desk/teamwork/ask-ratings.ts';
import type { RatingTokens } from '../desk/teamwork/ratings.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import type { Time } from '../kernel/time.ts';
import type { Database } from '../store/database.ts';

const intervalMs = 60_000;

/** Asks customers how the help was, where workspaces want it, until the signal aborts. */
export async function ratingLoop(options: {
  db: Database;
  ids: Ids;
  tokens: RatingTokens;
  publicUrl: string;
  time: Time;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { db, time, log, signal, ...ports } = options;
  const failed = (ticketId: string, error: unknown) =>
    log.error({ ticketId, err: error }, 'a customer could not be asked for a rating');
  while (!signal.aborted) {
    try {
      while (
        !signal.aborted &&
        (await askForRatings(db, { ...ports, now: new Date(time.now()), failed })) > 0
      );
    } catch (error) {
      log.error({ err: error }, 'resolved tickets cannot be read');
    }
    await time.sleep(intervalMs, signal);
  }
}
