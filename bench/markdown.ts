/** `node bench/markdown.ts [file]`: the table of a written run, as docs/performance.md has it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { aimAsText, type judged, round, times } from './table.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const file = positionals[0] ?? join(import.meta.dirname, 'results/latest.json');
const { at, machine, rows } = JSON.parse(await readFile(file, 'utf8')) as {
  at: string;
  machine: Record<string, unknown>;
  rows: ReturnType<typeof judged>[];
};

console.log(`${at}: ${machine.cores} cores, ${machine.cpu}, Node ${machine.node}\n`);
console.log('| figure | ours | beside it | ratio | tuned | ratio | aim | | ceiling |');
console.log('|---|---|---|---|---|---|---|---|---|');
for (const { figure, unit, ours, reference, ratio, tuned, tunedRatio, aim, met, ceiling } of rows)
  console.log(
    `| ${[
      `${figure}, ${unit}`,
      round(ours?.median),
      round(reference?.median),
      times(ratio),
      round(tuned?.median),
      times(tunedRatio),
      aimAsText(aim),
      met === null ? '' : met ? 'met' : 'missed',
      round(ceiling?.value),
    ]
      .map((cell) => (cell === '-' ? '' : cell))
      .join(' | ')} |`,
  );
