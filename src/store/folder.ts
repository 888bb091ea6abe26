import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The data folder is in use by a running Postern. */
export class FolderInUse extends Error {
  override name = 'FolderInUse';
}

/**
 * Takes a data folder for this process. @returns what gives it back.
 * @throws {FolderInUse} while another process has it. A process that died has it no longer.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'postern.pid');
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 2) throw error;
    }
    const holder = Number(readFileSync(file, 'utf8'));
    if (isPostern(holder))
      throw new FolderInUse(`Postern is already running on ${folder} (process ${holder}).`);
    rmSync(file, { force: true });
  }
}

/** Whether the process lives and is a Postern: a number may have been given to something else since, above all in containers. */
function isPostern(pid: number): boolean {
  if (!pid || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('node');
  } catch {
    // No /proc on this system: the living process counts.
    return true;
  }
}
