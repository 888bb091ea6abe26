/** `npm start` is ended as people and their supervisors end it, and leaves nothing running. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sleep } from '../../src/kernel/time.ts';
import { atEnd } from '../harness.ts';

const skip = process.platform === 'linux' ? false : 'processes are read from /proc';

/** All processes that this one started, and those started. */
async function descendants(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined);
    const parent = /\) \S (\d+)/.exec(stat ?? '')?.[1];
    if (/^\d+$/.test(name) && parent) parents.set(Number(name), Number(parent));
  }
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found.slice(1);
}

const runs = (pid: number) =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    (stat) => !/\) [ZX]/.test(stat),
    () => false,
  );

/** A whole Postern with its own Postgres and a chain, in a process group of its own, as a terminal has it. */
async function started(): Promise<{ npm: ChildProcess; pids: number[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-npm-'));
  await chmod(folder, 0o711);
  const npm = spawn('npm', ['start'], {
    cwd: join(import.meta.dirname, '../..'),
    detached: true,
    env: {
      ...process.env,
      PORT: '0',
      POSTERN_DATA: folder,
      POSTERN_DEVNET: 'base-sepolia',
      DATABASE_URL: '',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const isReady = new Promise<void>((resolve, reject) => {
    npm.stdout!.on('data', (chunk) => {
      said += chunk;
      if (/is ready on/.test(said)) resolve();
    });
    npm.on('exit', () => reject(new Error(`it ended: ${said}`)));
  });
  let pids: number[] = [];
  atEnd(async () => {
    for (const pid of [npm.pid!, ...pids]) if (await runs(pid)) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  await isReady;
  pids = await descendants(npm.pid!);
  // Postgres is nobody's child: it says itself which one it is.
  const files = await readdir(folder, { recursive: true });
  const pidFile = files.find((name) => name.endsWith('postmaster.pid'));
  assert.ok(pidFile, 'Postgres runs');
  const postmaster = Number((await readFile(join(folder, pidFile), 'utf8')).split('\n')[0]);
  pids.push(postmaster, ...(await descendants(postmaster)));
  return { npm, pids };
}

const commands = async (pids: readonly number[]) =>
  Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')));

for (const [how, end] of [
  ['SIGTERM to npm alone', (pid: number) => process.kill(pid, 'SIGTERM')],
  ['Ctrl-C', (pid: number) => process.kill(-pid, 'SIGINT')],
] as const)
  test(`${how} ends the server, its Postgres and its chains`, { skip, timeout: 300_000 }, async () => {
    const { npm, pids } = await started();
    const names = (await commands(pids)).join(' ');
    assert.match(names, /postgres/);
    assert.match(names, /anvil/);
    const ended = once(npm, 'exit');
    end(npm.pid!);
    await ended;
    // The last of Postgres's own may go a moment after it.
    let left = pids;
    for (let tries = 0; tries < 200 && left.length > 0; tries++) {
      const alive = await Promise.all(left.map(runs));
      left = left.filter((_, at) => alive[at]);
      if (left.length > 0) await sleep(50);
    }
    assert.deepEqual(await commands(left), []);
  });
