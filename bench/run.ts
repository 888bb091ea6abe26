/**
 * `npm run bench [-- figures...] [--quick] [--peers]`: our door beside the reference stack in one run. Prints a table;
 * a whole run is also written to `bench/results/latest.json`. `--quick` measures each thing once and briefly;
 * `--peers` leaves our side out. Give it a machine with nothing else to do.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, blocks, challenges, memory, paid, ready } from './figures.ts';
import { startLoad } from './load.ts';
import { oursAt, startPostern } from './ours.ts';
import { fundedCallers } from './payments.ts';
import { startChain, startReference } from './reference.ts';
import { judged, type Row, table } from './table.ts';

const figures: Record<string, (bench: Bench) => Promise<Row[]>> = { challenges, paid, blocks, memory, ready };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, peers: { type: 'boolean', default: false } },
});
const unknown = positionals.find((name) => !Object.hasOwn(figures, name));
if (unknown) throw new Error(`No figure is named ${unknown}; there are ${Object.keys(figures).join(', ')}.`);
const chosen = positionals.length > 0 ? positionals : Object.keys(figures);

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

const rows = await measure();
console.log(`\n${table(rows)}`);
if (positionals.length === 0 && !values.quick && !values.peers) {
  const file = join(import.meta.dirname, 'results/latest.json');
  await mkdir(join(file, '..'), { recursive: true });
  const results = { at: new Date().toISOString(), machine, rows: rows.map(judged) };
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\nWritten to ${file}`);
}

/** Starts every side, measures the chosen figures one after the other, and stops what it started. */
async function measure(): Promise<Row[]> {
  await using started = new AsyncDisposableStack();
  const keep = <T extends { stop(): void | Promise<void> }>(thing: T): T => {
    started.defer(() => thing.stop());
    return thing;
  };
  const sides: Bench['sides'] = {
    reference: keep(await startReference('reference')),
    tuned: keep(await startReference('tuned')),
  };
  if (!values.peers) {
    const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'));
    started.defer(() => rm(folder, { recursive: true, force: true }));
    sides.ours = await oursAt(keep(await startPostern(folder)));
  }
  const bareChain = keep(await startChain());
  const load = keep(startLoad());
  const callers = await fundedCallers(32, [...Object.values(sides), bareChain]);
  const bench = {
    sides,
    bareChain,
    load,
    callers,
    runs: values.quick ? 1 : 3,
    scale: values.quick ? 0.25 : 1,
  };
  const measuredRows: Row[] = [];
  for (const name of chosen) {
    console.log(`measuring ${name}`);
    measuredRows.push(...(await figures[name]!(bench)));
  }
  return measuredRows;
}
