/** Two server processes over one database and one chain, and all the ways to hurt them. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../src/kernel/time.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { startPostgres } from '../../src/store/postgres.ts';
import { type DatabaseProxy, type NodeProxy, startDatabaseProxy, startNodeProxy } from '../fakes/proxies.ts';
import { atEnd, silent } from '../harness.ts';
import { type Ground, startGround, startSecondProcess } from '../postern.ts';

const database = 'postern';

export interface Stand {
  ground: Ground;
  node: NodeProxy;
  database: DatabaseProxy;
  /** Addresses of the servers that run now. */
  urls(): string[];
  /** Kills one of the servers with SIGKILL and starts another in its place, which may take a while. */
  killServer(index: number): Promise<void>;
  /** Kills the database server with SIGKILL and starts it again on the same files. */
  killDatabase(): Promise<void>;
  /** A handle for looking, past the proxies; close it. */
  look(): Database;
}

export async function startStand(servers: number): Promise<Stand> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-crash-'));
  await chmod(folder, 0o711);
  let postgres = await startPostgres(folder);
  await postgres.ensureDatabase(database);
  atEnd(async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const handle = openDatabase({ url: postgres.url(database), poolSize: 1, log: silent });
  await migrate(handle);
  await handle.destroy();

  const ground = await startGround(undefined, { databaseUrl: postgres.url(database) });
  await ground.db.destroy();
  const { network, rpcUrl } = ground.devnet.networks[0]!;
  const node = await startNodeProxy(rpcUrl);
  const databaseProxy = await startDatabaseProxy(postgres.url(database));
  const through = { databaseUrl: databaseProxy.url, rpcUrls: { [network.name]: node.url } };

  const running: ({ url: string; process: ChildProcess } | undefined)[] = [];
  /** Tries until it starts: the database may be down just then. */
  const start = async (index: number): Promise<void> => {
    for (let attempt = 1; running[index] === undefined; attempt++)
      running[index] = await startSecondProcess(ground, through, { quiet: true }).catch(async (error) => {
        if (attempt === 20) throw error;
        await sleep(500);
        return undefined;
      });
  };
  for (let i = 0; i < servers; i++) await start(i);

  return {
    ground,
    node,
    database: databaseProxy,
    urls: () => running.flatMap((server) => server?.url ?? []),
    async killServer(index) {
      const victim = running[index];
      if (!victim) return;
      running[index] = undefined;
      victim.process.kill('SIGKILL');
      await once(victim.process, 'exit');
      await start(index);
    },
    async killDatabase() {
      const pid = Number((await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      postgres = await restart(folder);
      databaseProxy.retarget(postgres.url(database));
    },
    look: () => openDatabase({ url: postgres.url(database), poolSize: 2, log: silent }),
  };
}

/** The dead server's children let go of its shared memory one by one; until the last has, a new one does not start. */
async function restart(folder: string) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startPostgres(folder);
    } catch (error) {
      if (attempt === 20) throw error;
      await sleep(250);
    }
  }
}
