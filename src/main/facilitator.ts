/** `npx postern facilitator`: verify and settle alone, for the resource servers of others. */
import { findNetwork } from '../chains/networks.ts';
import { deriveKey } from '../chains/secret.ts';
import { type Config, environment, readConfig } from '../config.ts';
import { clientsBehind } from '../faces/client-address.ts';
import { createFacilitatorApp } from '../faces/facilitator/app.ts';
import { createFacilitatorLimits } from '../faces/facilitator/limits.ts';
import { createLimits } from '../faces/limits.ts';
import { createEstimate } from '../facilitator/clients/estimate.ts';
import { postgresQueue } from '../facilitator/clients/queue.ts';
import { createSettle } from '../facilitator/clients/settle.ts';
import { clientPayTos, findClient, keepDevnetToken } from '../facilitator/clients/tokens.ts';
import type { Facilitator } from '../facilitator/facilitator.ts';
import { randomIds } from '../kernel/ids.ts';
import { createLogger, type Logger } from '../kernel/log.ts';
import { systemTime } from '../kernel/time.ts';
import { listen, runUntilStopped, settlePort, startWhole } from './process.ts';
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
  const { port, letGo } = await settlePort(config, atStop);
  const url = config.publicUrl ?? `http://localhost:${port}`;
  const app = await runApp(config, url, log, ground, atStop);
  await letGo();
  await listen(config, { app }, port, atStop);
  return { url, devnet, devnetToken };
}

/** The stations, at work, and the face in front of them. */
async function runApp(config: Config, url: string, log: Logger, ground: Ground, atStop: AtStop) {
  const { db, accounts, chains, svm, devnet, events } = ground;
  const [time, ids] = [systemTime, randomIds];
  const facilitator = facilitatorOf(config, ground, log);
  await facilitator.open();
  const ending = new AbortController();
  const { signal } = ending;
  const running = [facilitator.run(signal), ...(svm ? [keepPayTos({ db, facilitator, log, signal })] : [])];
  atStop(async () => {
    ending.abort();
    await Promise.allSettled(running);
  });
  const queue = postgresQueue(db);
  const estimateFeeNano = createEstimate(chains, time.now);
  const { patienceMs } = config;
  const limits = { address: config.limits.reads, token: config.limits.tokenRequests };
  return createFacilitatorApp({
    facilitator,
    networks: [...chains, ...(svm?.chains ?? [])].map(({ network }) => network),
    signers: {
      ...(accounts.length > 0 && chains.length > 0
        ? { 'eip155:*': accounts.map(({ address }) => address) }
        : {}),
      ...(svm ? { 'solana:*': [svm.account.address] } : {}),
    },
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

/** How often the tokens are asked for a payTo that is new. */
const payTosMs = 2_000;

/**
 * Asks for the payTos of every token: on Solana one that has no token account is given one when the token is made, and not
 * when the first payment comes.
 */
async function keepPayTos({ db, facilitator, log, signal }: KeepPorts): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const { network: name, payTo } of await clientPayTos(db)) {
        const network = findNetwork(name);
        if (network) facilitator.available(network, payTo);
      }
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'the tokens could not be read');
    }
    await systemTime.sleep(payTosMs, signal);
  }
}

interface KeepPorts {
  db: Ground['db'];
  facilitator: Facilitator;
  log: Logger;
  signal: AbortSignal;
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
