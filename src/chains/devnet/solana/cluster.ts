/** One local Solana cluster: a process of its own that ends with this one, its state in a folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../../kernel/time.ts';
import { httpRpc, type Rpc, unwrap } from '../../evm/rpc.ts';
import type { SvmNetwork } from '../../networks.ts';
import type { ServerOptions } from './server.ts';

export interface ClusterOptions {
  /** Where the journal and the log live; made if it is not there. */
  folder: string;
  network: SvmNetwork;
  /** What time it goes by; the machine's, if left out. */
  clock?: Clock | undefined;
  /** 400 where nothing is said, as on the real one. A blockhash lasts 150 slots. */
  slotMs?: number | undefined;
  /** Slots on top of a transaction's before it is confirmed: 1 where nothing is said. */
  confirmedAfter?: number | undefined;
  /** Before it is finalized: 4 where nothing is said; 32 on the real one. */
  finalizedAfter?: number | undefined;
}

export interface Cluster {
  rpcUrl: string;
  rpc: Rpc;
  pid: number;
  /** Ends the process. What happened is in its journal already. */
  stop(): Promise<void>;
}

const startTimeoutMs = 20_000;

/**
 * Starts the cluster of a folder, where it was when it ended: later by the time that passed.
 * @throws if it cannot be started; the message names its log
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { folder, network, clock, slotMs = 400, confirmedAfter = 1, finalizedAfter = 4 } = options;
  await mkdir(folder, { recursive: true });
  const logFile = join(folder, 'cluster.log');
  const serverOptions: ServerOptions = {
    folder,
    genesisHash: network.genesisHash,
    mint: network.asset,
    slotMs,
    confirmedAfter,
    finalizedAfter,
    aheadMs: clock ? clock() - systemClock() : 0,
  };
  const log = await open(logFile, 'a');
  const server = new URL('./server.ts', import.meta.url).pathname;
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=2', server, JSON.stringify(serverOptions)],
    // A group of its own: Ctrl-C is ours to hear, and its end comes when we are through with it.
    { detached: true, stdio: ['pipe', 'pipe', log.fd] },
  );
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await log.close();
  // A write to a pipe that the other side left is no reason to fall.
  child.stdin?.on('error', () => {});
  const stop = async () => {
    child.ref();
    child.stdin?.end();
    await exited;
  };
  const port = await readPort(child, exited);
  if (port === undefined) {
    child.kill('SIGKILL');
    const why = (await readFile(logFile, 'utf8')).trim().split('\n').at(-1) ?? '';
    throw new Error(`the local Solana cluster did not start (${logFile}): ${why}`);
  }
  // Neither the process nor its pipes keep us running.
  child.unref();
  for (const pipe of [child.stdin, child.stdout] as unknown as { unref?(): void }[]) pipe.unref?.();
  const rpcUrl = `http://127.0.0.1:${port}`;
  await writeFile(recordOf(folder), JSON.stringify({ port }));
  return { rpcUrl, rpc: httpRpc(rpcUrl), pid: child.pid!, stop };
}

/** Where it is written down at which port the cluster of a folder answers. */
const recordOf = (folder: string): string => join(folder, 'cluster.json');

/** Where the cluster of a folder answers, if it runs; whoever started it. */
export async function findCluster(folder: string, network: SvmNetwork): Promise<string | undefined> {
  try {
    const { port } = JSON.parse(await readFile(recordOf(folder), 'utf8')) as { port: number };
    const rpcUrl = `http://127.0.0.1:${port}`;
    // The port may be another's by now.
    const [genesisHash] = await httpRpc(rpcUrl)([{ method: 'getGenesisHash', params: [] }]);
    return unwrap(genesisHash) === network.genesisHash ? rpcUrl : undefined;
  } catch {
    return undefined;
  }
}

/** The first line of its output; undefined if it ends, or says nothing for too long. */
function readPort(child: ChildProcess, exited: Promise<void>): Promise<number | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), startTimeoutMs);
    const done = (port: number | undefined) => {
      clearTimeout(timer);
      resolve(port);
    };
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) done((JSON.parse(text.slice(0, text.indexOf('\n'))) as { port: number }).port);
    });
    void exited.then(() => done(undefined));
  });
}
