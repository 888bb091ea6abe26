/** `npx postern facilitator`: verify and settle alone, for the resource servers of others. */
import { deriveKey } from '../chains/secret.ts';
import { type Config, environment, readConfig } from '../config.ts';
import { clientsBehind } from '../faces/client-address.ts';
import { createFacilitatorApp } from '../faces/facilitator/app.ts';
import { createFacilitatorLimits } from '../faces/facilitator/limits.ts';
import { createLimits } from '../faces/limits.ts';
import { createEstimate } from '../facilitator/clients/estimate.ts';
import { postgresQueue } from '../facilitator/clients/queue.ts';
import { createSettle } from '../facilitator/clients/settle.ts';
import { findClient, keepDevnetToken } from '../facilitator/clients/tokens.ts';
import { randomIds } from '../kernel/ids.ts';
import { createLogger, type Logger } from '../kernel/log.ts';
import { systemTime } from '../kernel/time.ts';
import { freePort } from '../store/postgres.ts';
import { listen, runUntilStopped, startWhole } from './process.ts';
import { facilitatorOf } from './stations.ts';
import { type AtStop, type Ground, openGround } from './world.ts';

export interface AloneFacilitator {
  /** Where it listens, such as `http://localhost:4020`. */
  url: string;
  devnet: Ground['devnet'];
  /** A token to try it with; only on a devnet. */
  devnetToken: string | undefined;
  stop(): Promise<void>;
}

/**
 * Starts the facilitator by itself. Whatever was started is stopped again where a later part fails.
 * @throws {FolderInUse} @throws {Error} in words for the terminal
 */
export const startFacilitator = (config: Config): Promise<AloneFacilitator> =>
  startWhole((atStop) => start(config, atStop));

async function start(config: Config, atStop: AtStop): Promise<Omit<AloneFacilitator, 'stop'>> {
  const log = createLogger(config.logLevel);
  const ground = await openGround(config, log, atStop);
  const { devnet } = ground;
  const devnetToken = devnet && Buffer.from(deriveKey(ground.secret, 'devnet token')).toString('base64url');
  if (devnet && devnetToken)
    await keepDevnetToken(
      ground.db,
      devnetToken,
      devnet.networks.map(({ network }) => network),
    );
  const port = config.port || (await freePort());
  const url = config.publicUrl ?? `http://localhost:${port}`;
  await listen(config, { app: await runApp(config, url, log, ground, atStop) }, port, atStop);
  return { url, devnet, devnetToken };
}

/** The stations, at work, and the face in front of them. */
async function runApp(config: Config, url: string, log: Logger, ground: Ground, atStop: AtStop) {
  const { db, accounts, chains, devnet, events } = ground;
  const [time, ids] = [systemTime, randomIds];
  const facilitator = facilitatorOf(config, ground, log);
  await facilitator.open();
  const ending = new AbortController();
  const running = facilitator.run(ending.signal);
  atStop(async () => {
    ending.abort();
    await running.catch(() => {});
  });
  const queue = postgresQueue(db);
  const estimateFeeNano = createEstimate(chains, time.now);
  const { patienceMs } = config;
  const limits = { address: config.limits.reads, token: config.limits.tokenRequests };
  return createFacilitatorApp({
    facilitator,
    networks: chains.map(({ network }) => network),
    signers: accounts.map(({ address }) => address),
    settle: createSettle({ queue, facilitator, estimateFeeNano, events, ids, time, patienceMs }),
    findClient: (token) => findClient(db, token),
    findSettlement: (clientId, id) => queue.byId(clientId, id),
    limits: createFacilitatorLimits(limits, ids),
    clientOf: clientsBehind(config.trustedProxies),
    allowedHosts: ['localhost', '127.0.0.1', '[::1]', config.host, new URL(url).hostname],
    devnet: devnet && { port: devnet, limits: createLimits({ settings: config.limits, ids, log }) },
    log,
  });
}

/** What a newcomer is told once everything runs. */
function greeting({ url, devnetToken }: AloneFacilitator): string {
  const token =
    devnetToken === undefined
      ? 'Each resource server needs a token: npx postern facilitator token new --help'
      : `On this devnet, and nowhere else, this token may settle to anyone:\n  ${devnetToken}`;
  return `\nThe facilitator is ready on ${url}\n\n  curl -s ${url}/supported\n\n${token}\n`;
}

/** Runs until the process is told to stop. @param port in place of `PORT` */
export const runFacilitator = (port: string | undefined): Promise<void> =>
  runUntilStopped(
    async () => startFacilitator(readConfig({ ...environment, ...(port ? { PORT: port } : {}) })),
    greeting,
  );
