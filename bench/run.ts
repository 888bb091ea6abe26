/**
 * `npm run bench [-- figures...] [--quick] [--peers] [--profile]`: our door beside the reference stack in one run. Prints
 * a table; a whole run is also written to `bench/results/latest.json`. `--quick` measures each thing once and briefly, and
 * writes to `quick.json`; `--peers` leaves our side out; `--profile` also tells what our server is busy with, and slows it
 * down. Give it a machine with nothing else to do.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Beside, Figure } from './bench.ts';
import { startChain } from './chain.ts';
import { blocks } from './figures/blocks.ts';
import { challenges } from './figures/challenges.ts';
import { claims } from './figures/claims.ts';
import { desk } from './figures/desk.ts';
import { gas } from './figures/gas.ts';
import { growth } from './figures/growth.ts';
import { memory } from './figures/memory.ts';
import { methods } from './figures/methods.ts';
import { paid } from './figures/paid.ts';
import { processes } from './figures/processes.ts';
import { ready } from './figures/ready.ts';
import { verify } from './figures/verify.ts';
import { web } from './figures/web.ts';
import { makeFolder } from './folder.ts';
import { startLoad } from './load.ts';
import { oursAt, startPostern } from './ours.ts';
import { fundedCallers } from './payments.ts';
import { startReference } from './reference.ts';
import { judged, type Row, table } from './table.ts';

/** Measured on sides that run beside each other. */
const besideFigures: Record<string, Figure<Beside>> = { challenges, paid, blocks, gas };
/** These start what they need, and run after the sides have stopped. */
const ownFigures: Record<string, Figure> = {
  methods,
  claims,
  verify,
  processes,
  growth,
  memory,
  desk,
  web,
  ready,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});
const all = [...Object.keys(besideFigures), ...Object.keys(ownFigures)];
const unknown = positionals.find((name) => !all.includes(name));
if (unknown) throw new Error(`No figure is named ${unknown}; there are ${all.join(', ')}.`);
const chosen = positionals.length > 0 ? positionals : all;

const machine = {
  cores: cpus().length,
  cpu: cpus()[0]?.model,
  memoryBytes: totalmem(),
  node: process.version,
  loadAverageBefore: loadavg()[0],
};
console.log(
  `${machine.cores} cores, ${machine.cpu}, Node ${machine.node}, load ${machine.loadAverageBefore?.toFixed(2)}`,
);

/** Figures that could not be measured. */
const failures: string[] = [];
const startedMs = performance.now();
const rows = await measure();
console.log(`\n${table(rows)}`);
const minutes = (performance.now() - startedMs) / 60_000;
console.log(`\n${minutes.toFixed(1)} minutes`);
if (positionals.length === 0 && !values.peers && !values.profile) {
  const file = join(import.meta.dirname, `results/${values.quick ? 'quick' : 'latest'}.json`);
  await mkdir(join(file, '..'), { recursive: true });
  const results = { at: new Date().toISOString(), minutes, machine, failures, rows: rows.map(judged) };
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`Written to ${file}`);
}

/** Measures the chosen figures one after the other, and stops what it started. */
async function measure(): Promise<Row[]> {
  const load = startLoad();
  const bench = { load, runs: values.quick ? 1 : 3, scale: values.quick ? 0.25 : 1 };
  try {
    const beside = await measureBeside(bench);
    // The others are about ours alone, but for two, which peers are measured by another way.
    const own = values.peers ? [] : await measureEach(ownFigures, bench);
    return [...beside, ...own];
  } finally {
    load.stop();
  }
}

async function measureBeside(bench: Bench): Promise<Row[]> {
  if (!chosen.some((name) => Object.hasOwn(besideFigures, name))) return [];
  await using started = new AsyncDisposableStack();
  const keep = <T extends { stop(): void | Promise<void> }>(thing: T): T => {
    started.defer(() => thing.stop());
    return thing;
  };
  const sides: Beside['sides'] = {
    reference: keep(await startReference('reference')),
    tuned: keep(await startReference('tuned')),
  };
  if (!values.peers) {
    const folder = await makeFolder();
    started.defer(() => rm(folder, { recursive: true, force: true }));
    sides.ours = await oursAt(keep(await startPostern(folder, { profile: values.profile })), folder);
  }
  const bareChain = keep(await startChain());
  const callers = await fundedCallers(256, [...Object.values(sides), bareChain]);
  return await measureEach(besideFigures, { ...bench, sides, bareChain, callers }, () => {
    const top = sides.ours?.profiler?.takeTop(25);
    if (top?.length) console.log(`our server’s time:\n${top.join('\n')}`);
  });
}

async function measureEach<Given extends Bench>(
  figures: Record<string, Figure<Given>>,
  bench: Given,
  afterEach = () => {},
): Promise<Row[]> {
  const measured: Row[] = [];
  for (const name of chosen.filter((name) => Object.hasOwn(figures, name))) {
    console.log(`measuring ${name}`);
    try {
      measured.push(...(await figures[name]!(bench)));
      afterEach();
    } catch (error) {
      // The others are still worth their minutes.
      console.error(error);
      failures.push(`${name}: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  }
  return measured;
}
