import type { Logger } from '../kernel/log.ts';
import type { Time } from '../kernel/time.ts';

export interface BeatPorts {
  /** Says that this process lives, over a connection that nothing else waits for. */
  beat(): Promise<void>;
  time: Time;
  log: Logger;
  signal: AbortSignal;
}

const beatMs = 1_000;

/**
 * Says that this process lives, and does nothing beside it: whatever a beat had to wait for would make a busy process look
 * like a dead one, and others would take over what it is at.
 */
export async function beatLoop({ beat, time, log, signal }: BeatPorts): Promise<void> {
  while (!signal.aborted) {
    try {
      await beat();
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'a beat failed; the next follows');
    }
    await time.sleep(beatMs, signal);
  }
}
