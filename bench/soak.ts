/**
 * `node bench/soak.ts [--calls 100000] [--early 10000] [--minutes 40]`: one server, paid again and again by 256 wallets,
 * with a block per transaction. Prints its resident memory as it goes, and how that after all calls compares with that
 * after the early ones; a run to the end is written to `bench/results/soak.json`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startGround } from './ground.ts';
import { type Load, startLoad } from './load.ts';
import { type Caller, fundedCallers, paidCalls } from './payments.ts';
import { residentBytes } from './process.ts';
import type { Side } from './side.ts';
import { coresAsText, median } from './table.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '100000' },
    early: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '40' },
  },
});
const bounds = { calls: Number(values.calls), early: Number(values.early), minutes: Number(values.minutes) };

const wallets = 256;
/** Of each wallet at once: what is signed must be paid before it expires. */
const callsOfOne = 4;
/** The most that the memory may grow. */
const aim = 1.1;

interface Sample {
  calls: number;
  megabytes: number;
  perSecond: number;
}

const startedMs = performance.now();
const samples = await soak();
const total = samples.at(-1)?.calls ?? 0;
const early = around(bounds.early);
const late = around(total);
const growth = late / early;
console.log(
  `${early.toFixed(0)} MB after ${bounds.early} calls, ${late.toFixed(0)} MB after ${total}: ${growth.toFixed(2)}x, aim ${aim}x, ${growth <= aim ? 'met' : 'missed'}`,
);
if (total >= bounds.calls) {
  const file = join(import.meta.dirname, 'results/soak.json');
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(
    file,
    `${JSON.stringify({ at: new Date().toISOString(), early, late, growth, samples }, null, 2)}\n`,
  );
} else console.log(`ended after ${bounds.minutes} minutes, before all ${bounds.calls} calls were made`);

async function soak(): Promise<Sample[]> {
  await using started = new AsyncDisposableStack();
  const keep = <T extends { stop(): void | Promise<void> }>(thing: T): T => {
    started.defer(() => thing.stop());
    return thing;
  };
  const load = keep(startLoad());
  // A chain of a hundred thousand payments would halt for each dump of itself.
  const ground = keep(await startGround({ stateIntervalSeconds: 86_400 }));
  const side = keep(await ground.start());
  const callers = await fundedCallers(wallets, [ground.chain]);
  const taken: Sample[] = [];
  let calls = 0;
  while (calls < bounds.calls && performance.now() - startedMs < bounds.minutes * 60_000) {
    const { counted, perSecond } = await pay(load, side, callers);
    calls += counted;
    taken.push({ calls, perSecond, megabytes: residentBytes(side.pid) / 1e6 });
  }
  return taken;
}

async function pay(load: Load, side: Side, callers: Caller[]) {
  const rows = await paidCalls(side, callers, callsOfOne);
  const outcome = await load.run({ kind: 'rows', rows, expect: 'settled' }, side);
  if (outcome.failed > 0) console.error(`${outcome.failed} failed, such as ${outcome.failure}`);
  const megabytes = residentBytes(side.pid) / 1e6;
  console.log(
    `${megabytes.toFixed(0)} MB, ${outcome.perSecond.toFixed(0)} calls/s, cores busy: ${coresAsText(outcome.cores ?? {})}`,
  );
  return outcome;
}

/** The median of the samples within a fifth of this many calls: a single one may lie just before a collection. */
function around(calls: number): number {
  const near = samples.filter((sample) => Math.abs(sample.calls - calls) <= calls / 5);
  return median(near.map(({ megabytes }) => megabytes));
}
