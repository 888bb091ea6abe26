/**
 * One local EVM chain: an anvil process whose state lives in a folder.
 *
 * Anvil runs in a session of its own, so that neither Ctrl-C nor the death of its parent takes the chain with it;
 * who comes next finds it by `anvil.json` and goes on with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Logger } from '../../kernel/log.ts';
import { sleep } from '../../kernel/time.ts';
import { httpRpc, type Rpc, unwrap } from '../evm/rpc.ts';

export interface AnvilOptions {
  /** Where the state, the log and the record of the running process live; made if it is not there. */
  folder: string;
  chainId: number;
  log: Logger;
  /** A block each so many seconds. Without it: a block per transaction, and none without one. */
  blockTimeSeconds?: number;
  /** How much a killed anvil may forget. Each dump writes the whole chain: 14 MB, some 80 ms, at 3,000 payments. */
  stateIntervalSeconds?: number;
  /** Whether anvil keeps its calls out of `anvil.log`; it does unless this is false. */
  quiet?: boolean;
}

export interface Anvil {
  rpcUrl: string;
  rpc: Rpc;
  pid: number;
  /** Whether the chain ran already, left behind by a process that died or held by one that lives. */
  reused: boolean;
  /** Ends the chain, its state written; does nothing to a chain that another living process holds. */
  stop(): Promise<void>;
}

/** What `anvil.json` holds: the process, where it answers, and whose it is. */
interface Running {
  pid: number;
  port: number;
  parentPid: number;
}

const startTimeoutMs = 20_000;
const stopTimeoutMs = 10_000;
/**
 * Past blocks whose state can be read; blocks, receipts and logs are all kept. Without a bound anvil keeps far more, on
 * disk as well: 60 MB and 130 MB of memory where this takes none and 100 MB, at 1,000 to 2,000 payments.
 */
const keptStates = 64;
/** Anvil's exit code for arguments it cannot take, of which a broken state file is one. */
const badArguments = 2;

/**
 * Starts the chain of a folder, or goes on with the one that runs there already.
 * @throws if anvil cannot be started; the message names its log
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  await mkdir(options.folder, { recursive: true });
  const running = await findRunning(options.folder, options.chainId);
  if (running) return reuse(running, options);
  try {
    return await launch(options);
  } catch (error) {
    if (
      !(error instanceof AnvilExited) ||
      error.exitCode !== badArguments ||
      !(await restore(options.folder))
    )
      throw error;
    options.log.warn(
      { folder: options.folder },
      'the chain was cut off while it saved itself: back to its last start',
    );
    return launch(options);
  }
}

async function launch(options: AnvilOptions): Promise<Anvil> {
  const file = files(options.folder);
  const logFile = await open(file.log, 'w');
  const child = spawn(anvilBinary(), anvilArguments(options), {
    detached: true,
    stdio: ['ignore', logFile.fd, logFile.fd],
  });
  // Before anything is waited for: an end that came meanwhile would go unheard.
  const ended = exitOf(child);
  await logFile.close();
  child.unref();
  const port = await readPort(file.log, ended);
  const running = { pid: child.pid!, port, parentPid: process.pid };
  await writeFile(file.record, JSON.stringify(running));
  // What anvil could read is kept: it writes the state in place, so a kill at the wrong moment leaves half a file.
  if (existsSync(file.state)) await copyFile(file.state, file.restorable);
  const chain = connect(port);
  if (options.quiet !== false)
    unwrap((await chain.rpc([{ method: 'anvil_setLoggingEnabled', params: [false] }]))[0]);
  return {
    ...chain,
    pid: running.pid,
    reused: false,
    stop: () => end(running, options.folder, () => ended.code !== undefined),
  };
}

async function reuse(running: Running, { folder, log }: AnvilOptions): Promise<Anvil> {
  const chain = connect(running.port);
  const held = running.parentPid !== process.pid && isAlive(running.parentPid);
  log.info({ folder, pid: running.pid, held }, 'a local chain runs already');
  if (!held) await writeFile(files(folder).record, JSON.stringify({ ...running, parentPid: process.pid }));
  // It is no child of ours, so nothing tells us that it ended but the silence of its port.
  const stop = async () =>
    held ? undefined : end(running, folder, async () => !(await chainIdAt(chain.rpc)));
  return { ...chain, pid: running.pid, reused: true, stop };
}

/** Where the chain of a folder answers, if it runs; whoever started it. */
export async function findAnvil(folder: string, chainId: number): Promise<string | undefined> {
  const running = await findRunning(folder, chainId);
  return running && connect(running.port).rpcUrl;
}

function connect(port: number): { rpcUrl: string; rpc: Rpc } {
  const rpcUrl = `http://127.0.0.1:${port}`;
  return { rpcUrl, rpc: httpRpc(rpcUrl) };
}

/** The recorded process, if it lives and answers as the chain it should be. */
async function findRunning(folder: string, chainId: number): Promise<Running | undefined> {
  const text = await readFile(files(folder).record, 'utf8').catch(() => undefined);
  if (!text) return undefined;
  let running: Running;
  try {
    running = JSON.parse(text) as Running;
  } catch {
    return undefined;
  }
  if (!isAlive(running.pid)) return undefined;
  return (await chainIdAt(connect(running.port).rpc)) === chainId ? running : undefined;
}

/** The id of the chain that answers, undefined where none does. */
async function chainIdAt(rpc: Rpc): Promise<number | undefined> {
  try {
    return Number(unwrap<string>((await rpc([{ method: 'eth_chainId', params: [] }]))[0]));
  } catch {
    return undefined;
  }
}

async function end(running: Running, folder: string, gone: () => boolean | Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  // Asked first: the number of a process that is gone may be another's by now.
  for (let asked = false; !(await gone()); asked = true) {
    if (!asked) signal(running.pid, 'SIGTERM');
    if (performance.now() - startedAt > stopTimeoutMs) {
      signal(running.pid, 'SIGKILL');
      break;
    }
    await sleep(10);
  }
  await rm(files(folder).record, { force: true });
}

/** Back to the state that the last start began with. False if there is none. */
async function restore(folder: string): Promise<boolean> {
  const { state, restorable } = files(folder);
  if (!existsSync(state) || !existsSync(restorable)) return false;
  await copyFile(state, `${state}.broken`);
  await copyFile(restorable, state);
  return true;
}

/** Anvil picks the port itself, so no one can take it in between, and says which in its log. */
async function readPort(logFile: string, ended: Ended): Promise<number> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < startTimeoutMs) {
    const text = await readFile(logFile, 'utf8');
    const listening = /^Listening on .*:(\d+)$/m.exec(text);
    if (listening) return Number(listening[1]);
    if (ended.code !== undefined) throw new AnvilExited(ended.code, logFile, text);
    await sleep(5);
  }
  ended.kill();
  throw new Error(`anvil did not start within ${startTimeoutMs / 1000} s; see ${logFile}`);
}

function anvilArguments(options: AnvilOptions): string[] {
  return [
    ...['--host', '127.0.0.1', '--port', '0', '--color', 'never'],
    ...['--chain-id', `${options.chainId}`, '--accounts', '0'],
    ...['--prune-history', `${keptStates}`],
    ...['--state', files(options.folder).state, '--state-interval', `${options.stateIntervalSeconds ?? 5}`],
    ...(options.blockTimeSeconds ? ['--block-time', `${options.blockTimeSeconds}`] : []),
  ];
}

/** The binary itself: the package's own wrapper would put a Node process in front of every chain. */
function anvilBinary(): string {
  const platform = process.platform;
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const wrapper = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json');
  const binary = platform === 'win32' ? 'anvil.exe' : 'anvil';
  return createRequire(wrapper).resolve(`@foundry-rs/anvil-${platform}-${architecture}/bin/${binary}`);
}

const files = (folder: string) => ({
  state: join(folder, 'state.json'),
  restorable: join(folder, 'state.restorable.json'),
  record: join(folder, 'anvil.json'),
  log: join(folder, 'anvil.log'),
});

/** How a child ended; `code` stays undefined while it runs. */
interface Ended {
  code: number | undefined;
  kill(): void;
}

function exitOf(child: ChildProcess): Ended {
  const ended: Ended = { code: undefined, kill: () => void child.kill('SIGKILL') };
  child.once('exit', (code) => {
    ended.code = code ?? -1;
  });
  child.once('error', () => {
    ended.code = -1;
  });
  return ended;
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

const isAlive = (pid: number): boolean => signal(pid, 0);

/** Anvil ended before it listened. */
class AnvilExited extends Error {
  override name = 'AnvilExited';
  readonly exitCode: number;
  constructor(exitCode: number, logFile: string, text: string) {
    super(
      `anvil ended with code ${exitCode} before it listened (${logFile}): ${text.trim().split('\n').at(0) ?? ''}`,
    );
    this.exitCode = exitCode;
  }
}
