/**
 * Many ask a node the same kind of question within milliseconds, and it counts, and bills, each call: so they go out as
 * one. Whoever comes when none left lately goes at once, with those of the same turn; who comes soon after waits for the
 * rest of that little time, and goes with all who came by then. Nobody joins a request that is under way: what it answers
 * may be older than the question.
 */
import { sleep } from '../../kernel/time.ts';

export interface GatherOptions {
  /** Items of one request, at most. */
  most: number;
  /** How far apart requests leave, in milliseconds; asked anew for each. */
  apartMs(): number;
  /** Resolves after so many milliseconds. */
  wait?: (ms: number) => Promise<void>;
}

/**
 * @param ask answers to each item, in their order; what it throws is the answer to all of that request.
 * @returns a function that asks for one item, in company where there is any.
 */
export function gather<Item, Answer>(
  ask: (items: readonly Item[]) => Promise<readonly Answer[]>,
  { most, apartMs, wait = sleep }: GatherOptions,
): (item: Item) => Promise<Answer> {
  interface Waiting {
    item: Item;
    resolve(answer: Answer): void;
    reject(error: unknown): void;
  }
  const waiting: Waiting[] = [];
  let leaving = false;

  async function send(group: readonly Waiting[]): Promise<void> {
    try {
      const answers = await ask(group.map(({ item }) => item));
      for (const [i, { resolve }] of group.entries()) resolve(answers[i]!);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  async function leave(): Promise<void> {
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      void send(waiting.splice(0, most));
      await wait(apartMs());
    }
    leaving = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (leaving) return;
      leaving = true;
      void leave();
    });
}

/** A fiftieth of the time between blocks: what a payment loses by waiting for company is next to nothing of its whole. */
const share = 1 / 50;
const leastMs = 2;
const mostMs = 20;
/** Until blocks were heard of. */
const firstMs = 5;

export interface Pace {
  /** There is a new block. */
  beat(): void;
  /** How far apart requests may leave, in milliseconds. */
  apartMs(): number;
}

/** The pace of a chain, by the blocks that are heard of. @param now milliseconds of any steady clock */
export function createPace(now: () => number): Pace {
  let lastAt: number | undefined;
  let apartMs = firstMs;
  return {
    beat() {
      const at = now();
      if (lastAt !== undefined) apartMs = (apartMs + (at - lastAt) * share) / 2;
      lastAt = at;
    },
    apartMs: () => Math.min(mostMs, Math.max(leastMs, apartMs)),
  };
}
