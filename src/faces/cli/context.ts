import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { findAnvil } from '../../chains/devnet/anvil.ts';
import { findCluster } from '../../chains/devnet/solana/cluster.ts';
import { httpRpc } from '../../chains/evm/rpc.ts';
import { evmView } from '../../chains/evm/view.ts';
import { findNetwork } from '../../chains/networks.ts';
import { svmView } from '../../chains/svm/view.ts';
import type { ChainView } from '../../chains/view.ts';
import type { ModelConfig } from '../../config/model.ts';
import type { GasBudgets } from '../../facilitator/treasury.ts';
import { randomIds } from '../../kernel/ids.ts';
import { createLogger } from '../../kernel/log.ts';
import { chooseModel } from '../../model/choose.ts';
import { type Database, openDatabase, workspacesOf } from '../../store/database.ts';
import { startPostgres } from '../../store/postgres.ts';
import type { OperatorContext } from './operator-command.ts';
import { Failure, type Terminal } from './terminal.ts';

/** The workspace that Postern fills for a newcomer. */
const demoWorkspace = 'acme';
export const databaseName = 'postern';

export interface OperatorSettings {
  /** Connection string; undefined for Postern's own Postgres in the data folder. */
  databaseUrl: string | undefined;
  dataFolder: string;
  port?: number;
  publicUrl?: string | undefined;
  /** Real networks with their nodes; empty where the chains are a devnet's. */
  networks: readonly { name: string; rpcUrl: string }[];
  devnet: readonly string[];
  gas?: GasBudgets;
  model?: ModelConfig | undefined;
}

/**
 * Runs an operator's command on the database: the server that is configured, or the data folder's own, which is
 * started for the command where Postern is not running.
 * @throws {Failure} where Postern has never been started on the data folder
 */
export async function withOperatorContext(
  settings: OperatorSettings,
  terminal: Terminal,
  work: (context: OperatorContext) => Promise<void>,
): Promise<void> {
  await withDatabase(settings, ({ db }) =>
    work({
      db,
      workspace: demoWorkspace,
      print: terminal.print,
      ids: randomIds,
      now: new Date(terminal.clock()),
      publicUrl: settings.publicUrl ?? `http://localhost:${settings.port || 4020}`,
      mailFolder: join(settings.dataFolder, 'mail'),
      openViews: () => openViews(settings),
      gas: settings.gas ?? {},
      openModel: () =>
        chooseModel(settings.model, { inWorkspace: workspacesOf(db), log: createLogger('silent') }),
    }),
  );
}

/**
 * Works on the database that is configured, or the data folder's own, which is started for it where it does not run.
 * @throws {Failure} where Postern has never been started on the data folder
 */
export async function withDatabase(
  { databaseUrl, dataFolder }: Pick<OperatorSettings, 'databaseUrl' | 'dataFolder'>,
  work: (database: { db: Database; url: string }) => Promise<void>,
): Promise<void> {
  const local = databaseUrl === undefined ? await localPostgres(dataFolder) : undefined;
  const url = databaseUrl ?? local!.url(databaseName);
  const db = openDatabase({ url, poolSize: 1, log: createLogger('warn') });
  try {
    await work({ db, url });
  } finally {
    const alone = local !== undefined && !local.reused && (await isAlone(db));
    await db.destroy();
    if (alone) await local.stop();
  }
}

/** Nothing is started for a command: a devnet that does not run is left out. */
async function openViews({ networks, devnet, dataFolder }: OperatorSettings): Promise<ChainView[]> {
  const found = await Promise.all(devnet.map((name) => findDevnet(dataFolder, name)));
  return [...networks, ...found].flatMap((node) => {
    const network = node && findNetwork(node.name);
    if (!node || !network) return [];
    const rpc = httpRpc(node.rpcUrl);
    return [network.family === 'evm' ? evmView(network, rpc) : svmView(network, rpc)];
  });
}

async function findDevnet(dataFolder: string, name: string) {
  const network = findNetwork(name);
  if (!network) return undefined;
  const folder = join(dataFolder, 'devnet', name);
  const rpcUrl =
    network.family === 'evm' ? await findAnvil(folder, network.chainId) : await findCluster(folder, network);
  return rpcUrl ? { name, rpcUrl } : undefined;
}

async function localPostgres(dataFolder: string) {
  if (!existsSync(join(dataFolder, 'postgres')))
    throw new Failure(
      `there is no desk in ${dataFolder} yet; start Postern once (npm start), or set POSTERN_DATA`,
    );
  return startPostgres(dataFolder);
}

/** Whether nobody else is connected: a Postern that was started meanwhile uses the same server. */
async function isAlone(db: Database): Promise<boolean> {
  const { rows } = await sql`
    select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`.execute(
    db,
  );
  return rows.length === 0;
}
