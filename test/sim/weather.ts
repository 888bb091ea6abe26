/**
 * What goes wrong in a run, and how often. Each seed switches some faults on and leaves others off, so that runs differ
 * in kind: a fault that happens all the time hides what another would show.
 */

import type { Random } from './random.ts';
import type { Rules } from './storage.ts';

export interface Weather {
  /** Server processes. */
  processes: number;
  hotKeys: number;
  networks: readonly string[];
  wallets: number;
  /** Calls that clients set out to make. */
  intentions: number;
  /** They come all at once. */
  burst: boolean;
  /** A port's call takes up to this long, each way. */
  latencyMs: number;
  /** Chances for each call of a port. */
  call: {
    /** The process dies before the call took effect. */
    crashBefore: number;
    /** The process dies after it took effect, before it knows. */
    crashAfter: number;
    /** It fails and did nothing. */
    fail: number;
    /** It fails, and took effect. */
    lostAnswer: number;
    /** It takes seconds. */
    slow: number;
  };
  /** Chance each second that a process stands still for a while, and then goes on as if nothing had been. */
  pause: number;
  /** Chance that a hint between processes is lost. */
  hintLoss: number;
  /** Chance each second that the database's server dies. */
  powerCut: number;
  chain: {
    blockMs: number;
    /** Chance for each block that it comes much later. */
    stall: number;
    /** Chance for each pending transaction to be left out of a block. */
    leaveOut: number;
    /** Chances each block. */
    drop: number;
    reorg: number;
    /** Blocks that are taken back beyond the network's confirmations, and what was final with them. */
    deepReorg: number;
    hideReceipts: number;
    feeSpike: number;
    /** Chance for each batch to run out of gas. */
    starve: number;
    /** Seconds by which blocks are ahead of the world's time. */
    skewSeconds: number;
  };
  /** Chances for each payment. */
  client: {
    vanish: number;
    /** How long it waits for an answer. */
    patienceMs: number;
    retry: number;
    race: number;
    replay: number;
    otherCall: number;
    cancel: number;
    drain: number;
    selfSubmit: number;
    burn: number;
    mutate: number;
    named: number;
  };
  /** The workspace's rules. */
  rules: Rules;
  /** Whether the refund float has money from the start. */
  floatFull: boolean;
  /** Chance each second that an operator delivers something that is owed. */
  deliverOwed: number;
  /** Chance each second that an operator changes a price or where the money goes. */
  operator: number;
}

/** @param random the world's, or a fork of it */
export function drawWeather(random: Random): Weather {
  /** Off in some runs, rare in others, frequent in a few. */
  const sometimes = (most: number) => (random.chance(0.4) ? 0 : most * random.next() ** 2);
  const crashes = random.chance(0.6);
  return {
    processes: random.pick([1, 2, 2, 2, 3]),
    hotKeys: random.pick([1, 1, 2]),
    networks: random.pick([['base'], ['base'], ['polygon'], ['base', 'polygon']]),
    wallets: random.between(1, 4),
    intentions: random.between(2, 7),
    burst: random.chance(0.3),
    latencyMs: random.pick([2, 20, 20, 150, 600]),
    call: {
      crashBefore: crashes ? sometimes(0.01) : 0,
      crashAfter: crashes ? sometimes(0.02) : 0,
      fail: sometimes(0.08),
      lostAnswer: sometimes(0.08),
      slow: sometimes(0.02),
    },
    pause: sometimes(0.1),
    hintLoss: sometimes(1),
    powerCut: sometimes(0.1),
    chain: {
      blockMs: random.pick([1_000, 2_000, 4_000]),
      stall: sometimes(0.2),
      leaveOut: sometimes(0.7),
      drop: sometimes(0.4),
      reorg: sometimes(0.4),
      deepReorg: random.chance(0.12) ? 0.3 * random.next() : 0,
      hideReceipts: sometimes(0.5),
      feeSpike: sometimes(0.15),
      starve: sometimes(0.3),
      skewSeconds: random.pick([0, 0, -3, 2]),
    },
    client: {
      vanish: sometimes(0.5),
      patienceMs: random.pick([1_500, 6_000, 25_000]),
      retry: random.next(),
      race: sometimes(0.6),
      replay: sometimes(0.6),
      otherCall: sometimes(0.4),
      cancel: sometimes(0.4),
      drain: sometimes(0.5),
      selfSubmit: sometimes(0.5),
      burn: sometimes(0.4),
      mutate: sometimes(1),
      named: sometimes(1),
    },
    rules: {
      refundAfterSeconds: random.pick([1, 5, 100_000]),
      callsPerMinute: random.pick([1, 3, 100, 100]),
      amountPerDayAtomic: random.pick([70_000n, 2_000_000n, 2_000_000n]),
    },
    floatFull: random.chance(0.7),
    deliverOwed: sometimes(0.8),
    operator: sometimes(0.2),
  };
}
