/**
 * `node test/sim/planted.ts [--seeds 2000] [--only NAME]`: breaks a copy of the source, one bug at a time, and runs worlds
 * until a seed finds it. That is how we know what the simulation is worth; docs/simulation.md has the table it prints.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { type Planted, planted } from './bugs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of the tree with the bug in it. @throws {Error} where the text that it replaces is not there any more */
export async function plant({ name, edits }: Planted): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-planted-'));
  for (const part of ['src', 'test', 'migrations', 'package.json'])
    await cp(join(root, part), join(folder, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, from, to } of edits) {
    const text = await readFile(join(folder, file), 'utf8');
    if (!text.includes(from)) throw new Error(`${name}: ${file} has no ${JSON.stringify(from)}`);
    await writeFile(
      join(folder, file),
      text.replaceAll(from, () => to),
    );
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

export interface Found {
  seed: number;
  violation: string;
}

/** Runs worlds from seed 1 on until one finds the bug. @returns undefined where none does */
export async function hunt(bug: Planted, seeds: number): Promise<Found | undefined> {
  const { folder, remove } = await plant(bug);
  try {
    const options = ['--seeds', String(seeds), '--quiet', ...(bug.postgres ? ['--postgres'] : [])];
    const { stdout, stderr } = spawnSync(process.execPath, ['test/sim/run.ts', ...options], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const found = /^seed (\d+): (.*)$/m.exec(stdout);
    if (!found && !/of \d+ seeds broken/.test(stdout)) throw new Error(`${bug.name}: ${stderr || stdout}`);
    return found ? { seed: Number(found[1]), violation: found[2]! } : undefined;
  } finally {
    await remove();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '2000' }, only: { type: 'string', default: '' } },
  });
  for (const bug of planted.filter(({ name }) => name.includes(values.only))) {
    const found = await hunt(bug, Number(values.seeds));
    process.stdout.write(`| ${bug.name} | ${found?.seed ?? 'not found'} | ${found?.violation ?? ''} |\n`);
    if (!found) process.exitCode = 1;
  }
}
