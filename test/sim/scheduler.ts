/**
 * Virtual time. Everything that happens later is an event in one queue; events of the same moment come in an order that
 * the seed chose. One event runs at a time, and all that follows from it at once, before the next.
 */
import type { Random } from './random.ts';

export interface Scheduler {
  /** Milliseconds since the epoch, of the world as a whole: no process reads this clock. */
  now(): number;
  /** Runs `work` after `ms`. */
  after(ms: number, work: () => void): void;
  /**
   * Counts work that waits for the world outside (a real database): the next event waits for it. Whatever the work awaits
   * must need no event.
   */
  whole<T>(work: () => Promise<T>): Promise<T>;
  /** Runs events until `done` says so or the time has come. @returns whether it was `done`. */
  run(options: { until: number; done?: () => boolean }): Promise<boolean>;
  /** Events run so far. */
  events(): number;
}

interface Event {
  at: number;
  /** Among events of one moment, the least comes first. */
  order: number;
  work: () => void;
}

/** A run that does more than this hangs in a circle. */
const maxEvents = 400_000;

export function createScheduler(random: Random, startMs: number): Scheduler {
  const queue = createHeap();
  let now = startMs;
  let events = 0;
  let busy = 0;
  let idle = () => {};

  /** Lets everything that follows from an event happen. */
  const settle = async () => {
    do {
      if (busy > 0)
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (busy > 0);
  };

  return {
    now: () => now,
    // Whole milliseconds, as clocks tell them.
    after: (ms, work) => queue.push({ at: now + Math.max(0, Math.round(ms)), order: random.next(), work }),
    async whole(work) {
      busy++;
      try {
        return await work();
      } finally {
        busy--;
        if (busy === 0) idle();
      }
    },
    async run({ until, done }) {
      await settle();
      while (!done?.()) {
        const next = queue.peek();
        if (!next || next.at > until) {
          now = Math.max(now, until);
          return false;
        }
        if (++events > maxEvents) throw new Error(`more than ${maxEvents} events: the run goes in a circle`);
        queue.pop();
        now = Math.max(now, next.at);
        next.work();
        await settle();
      }
      return true;
    },
    events: () => events,
  };
}

/** A binary heap, the earliest event on top. */
function createHeap() {
  const items: Event[] = [];
  const before = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order);
  const swap = (i: number, j: number) => {
    [items[i], items[j]] = [items[j]!, items[i]!];
  };
  return {
    peek: () => items[0],
    push(event: Event) {
      let at = items.push(event) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(items[at]!, items[parent]!)) return;
        swap(at, parent);
        at = parent;
      }
    },
    pop() {
      const last = items.pop()!;
      if (items.length === 0) return;
      items[0] = last;
      let at = 0;
      for (;;) {
        let least = at;
        for (const child of [2 * at + 1, 2 * at + 2])
          if (child < items.length && before(items[child]!, items[least]!)) least = child;
        if (least === at) return;
        swap(at, least);
        at = least;
      }
    },
  };
}
