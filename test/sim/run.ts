/**
 * `npm run sim -- --seeds 100000 [--from N] [--postgres]` runs that many worlds; `--seed N` runs one and prints its
 * history. Exit code 1 where a seed broke an invariant.
 */
import { parseArgs } from 'node:util';
import { startTestServer, templateDatabase, withDatabase } from '../server.ts';
import { memoryStorage, postgresStorage, type Storage } from './storage.ts';
import { createWorldClock, type Outcome, simulate } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    postgres: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});

const clock = createWorldClock();
const server = values.postgres ? await startTestServer() : undefined;
const storage: Storage & Partial<AsyncDisposable> = server
  ? await postgresStorage(
      withDatabase(server.url, templateDatabase),
      () => clock.now(),
      values.seed === undefined ? 50 : 1,
    )
  : memoryStorage(() => clock.now());

const report = async ({ seed, violations }: Outcome) => {
  const again = await simulate(seed, { storage, clock, record: true });
  process.stdout.write(
    `${values.quiet ? '' : `${again.history.join('\n')}\n`}seed ${seed}: ${violations.join('\n  ')}\n`,
  );
};

let failed = 0;
try {
  if (values.seed !== undefined) {
    const outcome = await simulate(Number(values.seed), { storage, clock, record: true });
    process.stdout.write(`${outcome.history.join('\n')}\n${JSON.stringify(outcome.stats)}\n`);
    for (const violation of outcome.violations) process.stdout.write(`broken: ${violation}\n`);
    failed = outcome.violations.length;
  } else failed = await runSeeds(Number(values.from), Number(values.seeds));
} finally {
  await storage[Symbol.asyncDispose]?.();
  await server?.stop();
}
process.exitCode = failed > 0 ? 1 : 0;

async function runSeeds(from: number, count: number): Promise<number> {
  const started = performance.now();
  const totals: Record<string, number> = {};
  let broken = 0;
  let events = 0;
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await simulate(seed, { storage, clock });
    events += outcome.stats.events;
    for (const [state, number] of Object.entries({
      ...outcome.stats.purchases,
      deaths: outcome.stats.deaths,
    }))
      totals[state] = (totals[state] ?? 0) + number;
    if (outcome.violations.length === 0) continue;
    broken++;
    await report(outcome);
    if (!values['keep-going']) break;
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `${broken} of ${count} seeds broken, ${(count / seconds).toFixed(0)} seeds/s, ${(events / count).toFixed(0)} events a seed; ${JSON.stringify(totals)}\n`,
  );
  return broken;
}
