/** Plants a defect in a copy of the source tree, to see which test finds it. */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Defect {
  /** From the project's root. */
  file: string;
  /** Stands there exactly once. */
  text: string;
  replacement: string;
}

const root = new URL('..', import.meta.url).pathname;
const copied = ['src', 'test', 'migrations', 'docs', 'bin', 'bench', 'web', 'package.json', 'tsconfig.json'];

/** A copy of the tree with the defect in it; remove it when done. @throws {Error} where the text is not there, or more than once */
export async function plant({
  file,
  text,
  replacement,
}: Defect): Promise<{ folder: string; remove(): Promise<void> }> {
  const source = await readFile(join(root, file), 'utf8');
  if (source.split(text).length !== 2)
    throw new Error(`${file} does not hold this text exactly once: ${text}`);
  const folder = await mkdtemp(join(tmpdir(), 'postern-planted-'));
  for (const name of copied) await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(
    join(folder, file),
    source.replace(text, () => replacement),
  );
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Runs node in the folder. @param env beside the process's own. @returns the exit code and what it printed; killed after the time, its children with it. */
export function runNode(
  folder: string,
  args: readonly string[],
  timeoutMs: number,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), timeoutMs);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}
