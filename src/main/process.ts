/** What every program of ours does: start whole or not at all, listen, and stop when it is told to. */
import { type Config, ConfigError } from '../config.ts';
import { type ServeOptions, serve } from '../faces/http-serve.ts';
import { WrongChain } from '../facilitator/evm/carrier.ts';
import { PosternError } from '../kernel/errors.ts';
import { FolderInUse } from '../store/folder.ts';
import { type HeldPort, holdPort } from '../store/postgres.ts';
import type { AtStop } from './world.ts';

/** Whatever was started is stopped again where a later part fails, the latest first. */
export async function startWhole<T extends object>(
  start: (atStop: AtStop) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  const cleanups: (() => unknown)[] = [];
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    return { ...(await start((cleanup) => void cleanups.push(cleanup))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The port of the settings; a free one where they leave it open, nobody else's until it is let go to be listened on. */
export async function settlePort({ port }: Config, atStop: AtStop): Promise<HeldPort> {
  if (port) return { port, letGo: async () => {} };
  const held = await holdPort();
  atStop(held.letGo);
  return held;
}

/** @throws {ConfigError} where the port or the address cannot be had */
export async function listen(
  config: Config,
  face: Pick<ServeOptions, 'app' | 'shortcut'>,
  port: number,
  atStop: AtStop,
): Promise<void> {
  const server = await serve({ ...face, host: config.host, port }).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(`${error.code === 'EADDRINUSE' ? 'PORT' : 'POSTERN_HOST'}: ${error.message}`);
  });
  atStop(() => server.stop());
}

/** The process: prints its greeting once everything runs, and ends with everything stopped. */
export async function runUntilStopped<T extends { stop(): Promise<void> }>(
  start: () => Promise<T>,
  greeting: (started: T) => string,
): Promise<void> {
  try {
    const started = await start();
    process.stdout.write(greeting(started));
    let stopping = false;
    for (const name of ['SIGINT', 'SIGTERM'] as const)
      process.on(name, () => {
        if (stopping) process.exit(1);
        stopping = true;
        void started.stop().then(() => process.exit(0));
      });
  } catch (error) {
    process.stderr.write(`postern: ${explain(error)}\n`);
    process.exit(1);
  }
}

/** Errors whose message is meant for the terminal, as one line; all others keep their stack. */
const explain = (error: unknown): string => {
  if (
    error instanceof ConfigError ||
    error instanceof FolderInUse ||
    error instanceof PosternError ||
    error instanceof WrongChain
  )
    return error.message;
  return (error as Error).stack ?? String(error);
};
