import { cpus } from 'node:os';
import { type Bench, type Figure, summarised } from '../bench.ts';
import { startGround } from '../ground.ts';
import type { Outcome } from '../load.ts';
import { type Caller, fundedCallers, paidCalls } from '../payments.ts';
import type { Side } from '../side.ts';
import type { Measured } from '../table.ts';

const wallets = 64;
const seconds = 5;
/** More than one wallet has been seen to pay in a second, of as many. */
const callsPerSecond = 10;

/** Paid calls per second of two server processes on one database and hot key, against one: a block per transaction. */
export const processes: Figure = async (bench) => {
  const ground = await startGround();
  const first = await ground.start();
  try {
    const callers = await fundedCallers(wallets, [ground.chain]);
    const one: Outcome[] = [];
    const two: Outcome[] = [];
    await payAt(bench, [first], callers, 0.25);
    for (let run = 0; run < bench.runs; run += 1) {
      one.push(await payAt(bench, [first], callers));
      // The second ends again after its turn: while it runs it settles for the first.
      const second = await ground.start();
      try {
        await payAt(bench, [first, second], callers, 0.25);
        two.push(await payAt(bench, [first, second], callers));
      } finally {
        await second.stop();
      }
    }
    return [rowOf(summarised(one), summarised(two))];
  } finally {
    await first.stop();
    await ground.stop();
  }
};

function rowOf(one: Measured, two: Measured) {
  const busy = one.cores && Object.values(one.cores).reduce((sum, cores) => sum + cores, 0);
  const cores = cpus().length;
  const room = busy
    ? `of ${cores} cores, ${busy.toFixed(2)} are busy with one process: at that cost a call there is room for ${(cores / busy).toFixed(2)}x`
    : undefined;
  return {
    figure: `paid calls of two processes, ${wallets} wallets`,
    unit: '/s',
    ours: two,
    reference: one,
    beside: 'one process',
    aim: { timesReference: 1.6 },
    notes: room ? [room] : [],
  };
}

/** All wallets pay, spread evenly over the servers. */
async function payAt({ load, scale }: Bench, sides: Side[], callers: Caller[], share = 1): Promise<Outcome> {
  const bound = seconds * scale * share;
  const rows = [];
  for (const [i, side] of sides.entries()) {
    const some = callers.filter((_, caller) => caller % sides.length === i);
    rows.push(...(await paidCalls(side, some, Math.ceil(bound * callsPerSecond))));
  }
  const [first, second] = sides;
  const crew = { ...first!.crew, ...(second ? { 'second server': second.pid } : {}) };
  const outcome = await load.run({ kind: 'rows', rows, expect: 'settled', seconds: bound }, { crew });
  if (outcome.failed > 0) console.error(`processes: ${outcome.failed} failed, such as ${outcome.failure}`);
  return outcome;
}
