/** The clock port: milliseconds since the epoch. What must not drift between processes asks the database or the chain instead. */
export type Clock = () => number;

/** The time port, for what waits as well: a test may run it faster than the clock on the wall, or by hand. */
export interface Time {
  now: Clock;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = () => Date.now();

/** Whole seconds since the epoch, as chains count. */
export const unixSeconds = (clock: Clock): bigint => BigInt(Math.floor(clock() / 1000));

/** Resolves after `ms`, or at once when the signal aborts; never rejects. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Lets whoever else waits for the process have it, between two pieces of long work. */
export const giveWay = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

export const systemTime: Time = { now: systemClock, sleep };

/** What the promise resolves to, or undefined after `ms`; leaves no timer behind. */
export async function within<T>(time: Time, ms: number, promise: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([promise, time.sleep(ms, over.signal).then(() => undefined)]);
  } finally {
    // With a reason, or an error with its stack would be made for one.
    over.abort('over');
  }
}
