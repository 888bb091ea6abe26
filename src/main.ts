/** The composition root: settings, database, chains, ports, loops, listen. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { type Catalogue, createCatalogue } from './catalogue/registry.ts';
import type { Chain } from './chains/chain.ts';
import { type Devnet, startDevnet } from './chains/devnet/devnet.ts';
import { evmChain } from './chains/evm/chain.ts';
import { httpRpc } from './chains/evm/rpc.ts';
import { devnetKey, readKey } from './chains/hot-key.ts';
import { type KeyFileOptions, readPassphrase } from './chains/key-file.ts';
import { findNetwork, type Network } from './chains/networks.ts';
import { deriveAccount, deriveKey, readSecret } from './chains/secret.ts';
import type { Signer } from './chains/signer.ts';
import { type Config, ConfigError, environment, readConfig } from './config.ts';
import { seedDemo } from './desk/demo.ts';
import { operations } from './desk/operations/index.ts';
import { postgresDebts } from './door/debts.ts';
import { createDoor } from './door/door.ts';
import { createDrive } from './door/drive.ts';
import { createFloats, type FloatOf } from './door/floats.ts';
import { postgresLedger } from './door/ledger.ts';
import { quote } from './door/quote.ts';
import { createReceipts } from './door/receipts.ts';
import { takeDeliveryRequests } from './door/requests.ts';
import { createSignIn } from './door/sign-in.ts';
import { createShopfronts } from './door/terms.ts';
import type { Door } from './door/types.ts';
import { usedNonces } from './door/used-nonces.ts';
import { clientsBehind } from './faces/client-address.ts';
import { createApp } from './faces/http.ts';
import { serve } from './faces/http-serve.ts';
import { createLimits } from './faces/limits.ts';
import { WrongChain } from './facilitator/evm/carrier.ts';
import { httpFacilitator } from './facilitator/evm/remote.ts';
import { evmStation } from './facilitator/evm/station.ts';
import { createFacilitator } from './facilitator/facilitator.ts';
import { postgresBook } from './facilitator/postgres-book.ts';
import { PosternError } from './kernel/errors.ts';
import { randomIds } from './kernel/ids.ts';
import { createLogger, type Logger } from './kernel/log.ts';
import { systemClock, systemTime } from './kernel/time.ts';
import { outboxLoop } from './loops/outbox.ts';
import { refundLoop } from './loops/refunds.ts';
import { resumeLoop } from './loops/resume.ts';
import { askBreaker } from './mail/breaker.ts';
import { startCatchAll } from './mail/catchall.ts';
import { createSmtp } from './mail/smtp.ts';
import { assertIsolation, type Database, openDatabase, workspacesOf } from './store/database.ts';
import { connectEvents, type Events } from './store/events.ts';
import { FolderInUse, lockFolder } from './store/folder.ts';
import { migrate } from './store/migrate.ts';
import { freePort, startPostgres } from './store/postgres.ts';

export interface Postern {
  /** Where it listens, such as `http://localhost:4020`. */
  url: string;
  devnet: Devnet | undefined;
  stop(): Promise<void>;
}

const poolSize = 20;
const outboxIntervalMs = 500;

/**
 * Starts everything. Whatever was started is stopped again where a later part fails.
 * @throws {FolderInUse} @throws {Error} in words for the terminal
 */
export async function startPostern(config: Config): Promise<Postern> {
  const cleanups: (() => unknown)[] = [];
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    return { ...(await start(config, (cleanup) => cleanups.push(cleanup))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type AtStop = (cleanup: () => unknown) => void;

async function start(config: Config, atStop: AtStop): Promise<Omit<Postern, 'stop'>> {
  const log = createLogger(config.logLevel);
  const world = await openWorld(config, log, atStop);
  // The address is part of every challenge and receipt, so the port is settled before anything is sold or delivered.
  const port = config.port || (await freePort());
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  const { door } = await runDoor(config, publicUrl, log, world, atStop);

  const app = createApp({
    door,
    publicUrl,
    allowedHosts: ['localhost', '127.0.0.1', '[::1]', config.host, new URL(publicUrl).hostname],
    listWorkspaces: () => listWorkspaces(world.db),
    devnet: world.devnet,
    limits: createLimits({ settings: config.limits, ids: randomIds, log }),
    clientOf: clientsBehind(config.trustedProxies),
    log,
  });
  const server = await serve({ app, host: config.host, port }).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(`${error.code === 'EADDRINUSE' ? 'PORT' : 'POSTERN_HOST'}: ${error.message}`);
  });
  atStop(() => server.stop());
  return { url: publicUrl, devnet: world.devnet };
}

/** What there is before anything of ours runs: database, chains, events, mail. */
interface World {
  db: Database;
  /** The hot key; none where another facilitator settles. */
  account: Signer | undefined;
  floatOf: FloatOf;
  /** The house secret. */
  secret: Uint8Array;
  chains: readonly Chain[];
  devnet: Devnet | undefined;
  events: Events;
  smtp: ReturnType<typeof createSmtp>;
}

async function openWorld(config: Config, log: Logger, atStop: AtStop): Promise<World> {
  atStop(await setting('POSTERN_DATA', lockFolder(config.dataFolder)));
  const keys = await keyOptions(config, log);
  const secret = await setting('POSTERN_SECRET_FILE', readSecret(config.secretFile, keys));
  // Database and chains start side by side; neither needs the other. Where one fails the other is still awaited, or it
  // would be up after everything was stopped.
  const opened = [openServer(config, atStop), openChains(config, keys, log, atStop)] as const;
  await Promise.allSettled(opened);
  const [databaseUrl, { account, devnet, chains }] = await Promise.all(opened);
  const db = openDatabase({ url: databaseUrl, poolSize, log });
  atStop(() => db.destroy());
  await (config.databaseUrl ? setting('DATABASE_URL', sql`select 1`.execute(db)) : undefined);
  await migrate(db);
  await assertIsolation(db);
  const floatOf = createFloats(db, secret);
  if (devnet) await openDemo(db, config, devnet, floatOf);
  const events = await connectEvents(databaseUrl, log);
  atStop(() => events.close());
  return { db, account, secret, floatOf, devnet, chains, events, smtp: await openSmtp(config, atStop) };
}

/** The money path and the loops beside it. */
async function runDoor(
  config: Config,
  publicUrl: string,
  log: Logger,
  { db, account, secret, floatOf, chains, devnet, events, smtp }: World,
  atStop: AtStop,
): Promise<{ door: Door }> {
  const time = systemTime;
  const ids = randomIds;
  const ending = new AbortController();
  const { signal } = ending;
  const processId = ids('prc');
  const ledger = postgresLedger(db, ids);
  await ledger.beat(processId);
  const pollMs = devnet ? 40 : 500;
  const stations = {
    book: postgresBook(db),
    account,
    remote: config.facilitator && httpFacilitator(config.facilitator.url, config.facilitator.token),
    events,
    time,
    ids,
    log,
    pollMs,
  };
  const facilitator = createFacilitator(chains.map((chain) => evmStation(stations, chain)));
  await facilitator.open();

  const breaker = askBreaker;
  const catalogue: Catalogue = createCatalogue([
    ...operations,
    quote({ catalogue: () => catalogue, ledger, breaker, ...facilitator }),
  ]);
  const queued = (network: string) => events.emit('settlement.queued', network);
  const inWorkspace = workspacesOf(db);
  const debts = postgresDebts(db, ids);
  const refunds = { debts, floatOf, facilitator, time, log, processId, queued };
  const receipts = createReceipts(deriveAccount(secret, 'receipts'), publicUrl);
  const path = { ...refunds, inWorkspace, ledger, breaker, facilitator, receipts, catalogue, ids };
  const drive = createDrive({ ...path, events, signal });
  const shopfront = createShopfronts({ db, catalogue, events, clock: time.now, ...facilitator });
  const signIn = createSignIn({
    publicUrl,
    key: deriveKey(secret, 'sign-in'),
    networks: chains.map(({ network }) => network),
    useOnce: usedNonces(db),
    clock: time.now,
    ids,
  });
  const door = createDoor({ ...path, shopfront, drive, signIn, events, patienceMs: config.patienceMs });

  const loops = [
    facilitator.run(signal),
    resumeLoop({ ledger, debts, drive, processId, time, log, signal }),
    refundLoop({ ...path, takeDeliveryRequests: () => takeDeliveryRequests(db), signal }),
    outboxLoop({ db, smtp, time, log, signal, intervalMs: outboxIntervalMs }),
  ];
  atStop(async () => {
    ending.abort();
    await Promise.allSettled(loops);
    await ledger.leave(processId).catch(() => {});
  });
  return { door };
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
): Promise<{ account: Signer | undefined; devnet: Devnet | undefined; chains: Chain[] }> {
  const known = (name: string) => findNetwork(name) as Network;
  if (config.networks.length > 0) {
    const chains = config.networks.map(({ name, rpcUrl }) => evmChain(known(name), httpRpc(rpcUrl)));
    const account = config.facilitator
      ? undefined
      : await setting('POSTERN_HOT_KEY_FILE', readKey(config.hotKeyFile!, keys));
    return { account, devnet: undefined, chains };
  }
  const folder = join(config.dataFolder, 'devnet');
  const account = await devnetKey(join(folder, 'hot.key'));
  const devnet = await startDevnet({
    folder,
    networks: config.devnet.map(known),
    relayerAddress: account.address,
    log,
  });
  atStop(() => devnet.stop());
  const chains = devnet.networks.map(({ network, rpcUrl }) => evmChain(network, httpRpc(rpcUrl)));
  return { account, devnet, chains };
}

/**
 * Fills the demo workspace, lets it be paid on the devnet's networks into a cold wallet of its own, and gives its float
 * something to pay refunds from.
 */
async function openDemo(db: Database, config: Config, devnet: Devnet, floatOf: FloatOf): Promise<void> {
  const workspaceId = await seedDemo(db, randomIds, new Date(systemClock()));
  const cold = await devnetKey(join(config.dataFolder, 'devnet', 'cold.key'));
  const names = devnet.networks.map(({ network }) => network.name);
  await db
    .insertInto('workspaceNetworks')
    .values(names.map((network) => ({ workspaceId, network, payTo: cold.address })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const float = await floatOf(workspaceId);
  await Promise.all(names.map((name) => devnet.fund(name, float.address)));
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

const listWorkspaces = async (db: Database) =>
  (await db.selectFrom('workspaces').select('slug').orderBy('createdAt').execute()).map(({ slug }) => slug);

/** What a newcomer is told once everything runs. */
function greeting(url: string): string {
  return `
Postern is ready on ${url}

See what an agent sees, with prices:
  curl -s ${url}/api/mcp/acme -H 'content-type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'

Pay for one call, on the devnet:
  npx postern wallet new --fund --door ${url}/api/mcp/acme
  npx postern call create_ticket --door ${url}/api/mcp/acme --subject 'Shutter stuck' --body 'It will not fire.'

See it as an operator:
  npx postern tickets
`;
}

/** What fails for a setting's sake says which. */
function setting<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: NodeJS.ErrnoException) => {
    throw error instanceof FolderInUse ? error : new ConfigError(`${name}: ${error.message || error.code}`);
  });
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

async function main(): Promise<void> {
  try {
    const postern = await startPostern(readConfig(environment));
    process.stdout.write(greeting(postern.url));
    let stopping = false;
    for (const name of ['SIGINT', 'SIGTERM'] as const)
      process.on(name, () => {
        if (stopping) process.exit(1);
        stopping = true;
        void postern.stop().then(() => process.exit(0));
      });
  } catch (error) {
    process.stderr.write(`postern: ${explain(error)}\n`);
    process.exit(1);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
