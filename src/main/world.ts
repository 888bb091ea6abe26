/** What there is before anything of ours runs: database, chains, events, mail. */
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Chain } from '../chains/chain.ts';
import { type Devnet, startDevnet } from '../chains/devnet/devnet.ts';
import { connectEvm } from '../chains/evm/chain.ts';
import { httpRpc } from '../chains/evm/rpc.ts';
import { evmView } from '../chains/evm/view.ts';
import { devnetKey, readKey } from '../chains/hot-key.ts';
import { type KeyFileOptions, readPassphrase } from '../chains/key-file.ts';
import { type EvmNetwork, findNetwork, type Network } from '../chains/networks.ts';
import { readSecret } from '../chains/secret.ts';
import type { Signer } from '../chains/signer.ts';
import { svmView } from '../chains/svm/view.ts';
import type { ChainView } from '../chains/view.ts';
import { type Config, ConfigError } from '../config.ts';
import { seedDemo } from '../desk/demo.ts';
import { createFloats, type FloatOf, type Floats, type SvmFloatOf } from '../door/floats.ts';
import { randomIds } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { systemClock } from '../kernel/time.ts';
import { startCatchAll } from '../mail/catchall.ts';
import { createSmtp } from '../mail/smtp.ts';
import { seedOwner } from '../people/users.ts';
import { assertIsolation, type Database, openDatabase } from '../store/database.ts';
import { connectEvents, type Events } from '../store/events.ts';
import { FolderInUse, lockFolder } from '../store/folder.ts';
import { migrate } from '../store/migrate.ts';
import { startPostgres } from '../store/postgres.ts';
import { chainsOf, demoPayTo, devnetFeePayer, isSolana, openSolana, type SvmWorld } from './solana.ts';

export type AtStop = (cleanup: () => unknown) => void;

const poolSize = 20;

/** What settling needs: a database and chains. */
export interface Ground {
  db: Database;
  /** The same database over one connection more, for a sign of life that must not queue behind the work of `db`. */
  lifeline: Database;
  /** The hot keys; none where another facilitator settles. */
  accounts: readonly Signer[];
  /** The house secret. */
  secret: Uint8Array;
  chains: readonly Chain[];
  svm: SvmWorld | undefined;
  /** The chains, as the treasury sees them. */
  views: readonly ChainView[];
  devnet: Devnet | undefined;
  events: Events;
}

/** And what the desk needs beside it. */
export interface World extends Ground {
  floatOf: FloatOf;
  svmFloatOf: SvmFloatOf;
  smtp: ReturnType<typeof createSmtp>;
}

/** Who owns the demo workspace. */
export const demoOwner = 'owner@acme.localhost';

export async function openWorld(config: Config, log: Logger, atStop: AtStop): Promise<World> {
  const ground = await openGround(config, log, atStop);
  const floats = createFloats(ground.db, ground.secret);
  if (ground.devnet) await openDemo(ground.db, config, ground.devnet, floats);
  return { ...ground, ...floats, smtp: await openSmtp(config, atStop) };
}

export async function openGround(config: Config, log: Logger, atStop: AtStop): Promise<Ground> {
  atStop(await setting('POSTERN_DATA', lockFolder(config.dataFolder)));
  const keys = await keyOptions(config, log);
  const secret = await setting('POSTERN_SECRET_FILE', readSecret(config.secretFile, keys));
  // Database and chains start side by side; neither needs the other. Where one fails the other is still awaited, or it
  // would be up after everything was stopped.
  const opened = [openServer(config, atStop), openChains(config, keys, log, atStop)] as const;
  await Promise.allSettled(opened);
  const [databaseUrl, { accounts, devnet, chains, svm }] = await Promise.all(opened);
  const db = openDatabase({ url: databaseUrl, poolSize, log });
  const lifeline = openDatabase({ url: databaseUrl, poolSize: 1, log });
  atStop(() => Promise.all([db.destroy(), lifeline.destroy()]));
  await (config.databaseUrl ? setting('DATABASE_URL', sql`select 1`.execute(db)) : undefined);
  await migrate(db);
  await assertIsolation(db);
  const events = await connectEvents(databaseUrl, log);
  atStop(() => events.close());
  return { db, lifeline, accounts, secret, devnet, chains, svm, views: openViews(config, devnet), events };
}

/** Whoever looks at the books would rather see the rest than wait. */
const viewTimeoutMs = 5_000;

/** Over connections of their own: the books are no reason to let a payment wait. */
function openViews({ networks }: Config, devnet: Devnet | undefined): ChainView[] {
  const real = networks.map(({ name, rpcUrl }) => ({ network: findNetwork(name) as Network, rpcUrl }));
  return (devnet?.networks ?? real).map(({ network, rpcUrl }) =>
    network.family === 'evm'
      ? evmView(network, httpRpc(rpcUrl, viewTimeoutMs))
      : svmView(network, httpRpc(rpcUrl, viewTimeoutMs)),
  );
}

/** The server that is named, or one of our own in the data folder. @returns the database's address */
async function openServer(config: Config, atStop: AtStop): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl;
  const postgres = await startPostgres(config.dataFolder);
  atStop(() => postgres.stop());
  await postgres.ensureDatabase('postern');
  return postgres.url('postern');
}

/** How key files are read. On a devnet no key is worth a warning. */
async function keyOptions(config: Config, log: Logger): Promise<KeyFileOptions> {
  const source = config.keyPassphrase;
  return {
    passphrase: source && (await setting('POSTERN_KEY_PASSPHRASE_FILE', readPassphrase(source))),
    warn: config.networks.length > 0 ? (message) => log.warn(message) : undefined,
  };
}

/** The real networks that are set, or else a devnet; never both. */
async function openChains(
  config: Config,
  keys: KeyFileOptions,
  log: Logger,
  atStop: AtStop,
): Promise<Pick<Ground, 'accounts' | 'devnet' | 'chains' | 'svm'>> {
  if (config.networks.length > 0) {
    const evm = config.networks.filter(({ name }) => !isSolana(name));
    const chains = evm.map(({ name, rpcUrl }) => connectEvm(findNetwork(name) as EvmNetwork, rpcUrl));
    const files = config.facilitator || evm.length === 0 ? [] : config.hotKeyFiles;
    const accounts = await Promise.all(
      files.map((file) => setting('POSTERN_HOT_KEY_FILE', readKey(file, keys))),
    );
    const svm = await setting('POSTERN_SOLANA_KEY_FILE', openSolana(config, keys));
    return { accounts, devnet: undefined, chains, svm };
  }
  const folder = join(config.dataFolder, 'devnet');
  const account = await devnetKey(join(folder, 'hot.key'));
  const feePayer = await devnetFeePayer(config);
  const devnet = await startDevnet({
    folder,
    networks: config.devnet.map((name) => findNetwork(name) as Network),
    relayerAddress: account.address,
    svmRelayerAddress: feePayer?.address,
    log,
  });
  atStop(() => devnet.stop());
  const chains = devnet.networks.flatMap(({ network, rpcUrl }) =>
    network.family === 'evm' ? [connectEvm(network, rpcUrl)] : [],
  );
  const nodes = devnet.networks.map(({ network: { name }, rpcUrl }) => ({ name, rpcUrl }));
  const svm = feePayer && { account: feePayer, chains: chainsOf(nodes) };
  return { accounts: [account], devnet, chains, svm };
}

/**
 * Fills the demo workspace, lets it be paid on the devnet's networks into a cold wallet of its own, and gives its float
 * something to pay refunds from.
 */
async function openDemo(
  db: Database,
  config: Config,
  devnet: Devnet,
  { floatOf, svmFloatOf }: Floats,
): Promise<void> {
  const now = new Date(systemClock());
  const workspaceId = await seedDemo(db, randomIds, now);
  await seedOwner(db, randomIds, workspaceId, { email: demoOwner, name: 'Demo Owner', now });
  const cold = await devnetKey(join(config.dataFolder, 'devnet', 'cold.key'));
  const names = devnet.networks.map(({ network }) => network.name);
  const payTos = new Map(
    await Promise.all(
      names.map(async (name) => [name, isSolana(name) ? await demoPayTo(config) : cold.address] as const),
    ),
  );
  await db
    .insertInto('workspaceNetworks')
    .values(names.map((network) => ({ workspaceId, network, payTo: payTos.get(network)! })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const float = (await floatOf(workspaceId)).address;
  const svmFloat = (await svmFloatOf(workspaceId)).address;
  await Promise.all(names.map((name) => devnet.fund(name, isSolana(name) ? svmFloat : float)));
}

async function openSmtp(config: Config, atStop: AtStop) {
  if (config.smtpUrl) return closing(createSmtp(config.smtpUrl));
  const catchAll = await startCatchAll({
    folder: join(config.dataFolder, 'mail'),
    clock: systemClock,
    ids: randomIds,
  });
  atStop(() => catchAll.close());
  return closing(createSmtp(catchAll.url));

  function closing(smtp: ReturnType<typeof createSmtp>) {
    atStop(() => smtp.close());
    return smtp;
  }
}

/** What fails for a setting's sake says which. */
export function setting<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: NodeJS.ErrnoException) => {
    throw error instanceof FolderInUse ? error : new ConfigError(`${name}: ${error.message || error.code}`);
  });
}
