/**
 * A database and a chain of the bench's own, with servers of ours on them that know the chain as a real network: one, or
 * several beside each other, and with something in between where that is what is measured.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { devnetKey } from '../src/chains/hot-key.ts';
import { seedDemo } from '../src/desk/demo.ts';
import { randomIds } from '../src/kernel/ids.ts';
import { migrate } from '../src/store/migrate.ts';
import { startPostgres } from '../src/store/postgres.ts';
import { liftCaps } from '../test/caps.ts';
import { payTo, startChain } from './chain.ts';
import { makeFolder } from './folder.ts';
import { createTicket, onDatabase, postmasterOf, runPostern } from './ours.ts';
import { benchNetwork, type Side, type TestChain } from './side.ts';

export interface Ground {
  chain: TestChain;
  databaseUrl: string;
  /** One more server on it. Its chain is reached at `rpcUrl`, or straight. */
  start(options?: { rpcUrl?: string; profile?: boolean }): Promise<Side>;
  /** Ends chain and database; the servers are ended before, each by itself. */
  stop(): Promise<void>;
}

export async function startGround(options: { stateIntervalSeconds?: number } = {}): Promise<Ground> {
  const folder = await makeFolder();
  const hotKeyFile = join(folder, 'hot.key');
  const { address } = await devnetKey(hotKeyFile);
  const chain = await startChain(address, options);
  const postgres = await startPostgres(folder);
  await postgres.ensureDatabase('postern');
  const databaseUrl = postgres.url('postern');
  await onDatabase(databaseUrl, async (db) => {
    await migrate(db);
    const workspaceId = await seedDemo(db, randomIds, new Date());
    await db
      .insertInto('workspaceNetworks')
      .values({ workspaceId, network: benchNetwork.name, payTo })
      .execute();
    await liftCaps(db);
  });
  const postmaster = await postmasterOf(databaseUrl);
  let servers = 0;
  return {
    chain,
    databaseUrl,
    async start({ rpcUrl = chain.rpcUrl, profile = false } = {}) {
      servers += 1;
      const settings = {
        POSTERN_DATA: join(folder, `server-${servers}`),
        DATABASE_URL: databaseUrl,
        POSTERN_NETWORKS: benchNetwork.name,
        [`POSTERN_${benchNetwork.name.toUpperCase().replaceAll('-', '_')}_RPC_URL`]: rpcUrl,
        POSTERN_HOT_KEY_FILE: hotKeyFile,
        POSTERN_SECRET_FILE: join(folder, 'secret.key'),
        POSTERN_LOG_LEVEL: 'error',
      };
      const server = await runPostern(settings, { profile });
      return {
        name: 'ours',
        network: benchNetwork,
        pid: server.pid,
        rpcUrl: chain.rpcUrl,
        call: createTicket(server.address),
        crew: { server: server.pid, postgres: postmaster, anvil: chain.pid },
        profiler: server.profiler,
        stop: server.stop,
      };
    },
    async stop() {
      await chain.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
