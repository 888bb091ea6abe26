import { join } from 'node:path';
import { sql } from 'kysely';
import manifest from '../package.json' with { type: 'json' };
import { createLogger } from '../src/kernel/log.ts';
import { openDatabase } from '../src/store/database.ts';
import { startPostgres } from '../src/store/postgres.ts';
import { liftCaps, liftedLimits } from '../test/caps.ts';
import { devnetPid } from './chain.ts';
import { parentOf } from './cpu.ts';
import { freePort, type ServerProcess, startServer } from './process.ts';
import { attachProfiler, type Profiler } from './profile.ts';
import { benchNetwork, type HttpCall, type Side } from './side.ts';

export interface Postern extends ServerProcess {
  profiler?: Profiler | undefined;
}

/** Our server as `npm start` runs it, with these settings; the limits on anonymous callers are out of the way. */
export async function runPostern(
  settings: Record<string, string>,
  { profile = false } = {},
): Promise<Postern> {
  const flags = manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'));
  const inspector = profile ? await freePort() : undefined;
  if (inspector) flags.push(`--inspect=127.0.0.1:${inspector}`);
  const server = await startServer(join(import.meta.dirname, '../src/main.ts'), 'Postern is ready on', {
    flags,
    env: { PORT: String(await freePort()), ...liftedLimits, ...settings },
  });
  if (!inspector) return server;
  const profiler = await attachProfiler(inspector);
  const stop = async () => {
    profiler.stop();
    await server.stop();
  };
  return { ...server, profiler, stop };
}

/**
 * Our server on a data folder, whole: its Postgres, its devnet, its demo workspace, whose caps are out of the way. The
 * folder stays the caller's.
 */
export async function startPostern(folder: string, options: { profile?: boolean } = {}): Promise<Postern> {
  const server = await runPostern({ POSTERN_DATA: folder }, options);
  await onDatabase(await databaseUrl(folder), liftCaps);
  return server;
}

/** The address of the database of a Postern that runs on this data folder. */
export const databaseUrl = async (folder: string): Promise<string> =>
  (await startPostgres(folder)).url('postern');

/** Opens a database for as long as `work` takes. */
export async function onDatabase<T>(
  url: string,
  work: (db: ReturnType<typeof openDatabase>) => Promise<T>,
  { poolSize = 1 } = {},
): Promise<T> {
  const db = openDatabase({ url, poolSize, log: createLogger('warn') });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

/** The database server's own process, the parent of all its others. */
export const postmasterOf = (url: string): Promise<number> =>
  onDatabase(url, async (db) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    return parentOf(rows[0]!.pid);
  });

/** A running server of ours as a side of the bench. Calls go through the MCP door. */
export async function oursAt(server: Postern, folder: string): Promise<Side> {
  const devnet = await fetch(`${server.address}/devnet`).then((response) => response.json());
  const { networks } = devnet as { networks: { network: string; rpcUrl: string }[] };
  return {
    name: 'ours',
    network: benchNetwork,
    pid: server.pid,
    rpcUrl: networks.find(({ network }) => network === benchNetwork.name)!.rpcUrl,
    call: createTicket(server.address),
    crew: {
      server: server.pid,
      postgres: await postmasterOf(await databaseUrl(folder)),
      anvil: await devnetPid(folder),
    },
    profiler: server.profiler,
    stop: server.stop,
  };
}

/** A `tools/call` at the demo workspace's MCP door. */
export const toolCall = (address: string, name: string, args: Record<string, string>): HttpCall => ({
  url: `${address}/api/mcp/acme`,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }),
});

/** The call that every figure pays for. */
export const createTicket = (address: string): HttpCall =>
  toolCall(address, 'create_ticket', { subject: 'Where is my order?', body: 'It was due on Monday.' });
