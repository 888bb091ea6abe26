import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

export interface ServerProcess {
  pid: number;
  /** From spawn to the ready line. */
  readyMs: number;
  /** What stood behind the ready text on its line. */
  address: string;
  /** SIGTERM, and resolves when it has ended; SIGKILL after 20 s. */
  stop(): Promise<void>;
}

/**
 * Starts `node ...flags file ...args` and waits for a line on stdout that starts with `readyText`.
 *
 * @throws with the last of its stderr, if it ends first or is not ready within a minute.
 */
export async function startServer(
  file: string,
  readyText: string,
  options: { flags?: string[]; args?: string[]; env?: Record<string, string> } = {},
): Promise<ServerProcess> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...(options.flags ?? []), file, ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
      ...options.env,
    },
  });
  let complaints = '';
  child.stderr.on('data', (data) => {
    complaints = (complaints + data).slice(-2000);
  });
  const address = await readyLine(child, readyText).catch((error) => {
    child.kill('SIGKILL');
    throw new Error(`${file}: ${error.message}\n${complaints}`);
  });
  return { pid: child.pid!, readyMs: performance.now() - startedMs, address, stop: () => stopProcess(child) };
}

function readyLine(child: ChildProcess, readyText: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('not ready within 60 s')), 60_000);
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready`)));
    // The reader stays on after the ready line, so that a full pipe never stalls the server.
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith(readyText)) return;
      clearTimeout(timer);
      resolve(line.slice(readyText.length).trim());
    });
  });
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Resident memory of one process, in bytes; its children are not counted. */
export function residentBytes(pid: number): number {
  if (process.platform !== 'linux') {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
  }
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!line) throw new Error(`process ${pid} has no resident memory`);
  return Number(line[1]) * 1024;
}
