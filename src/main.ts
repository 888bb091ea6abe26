import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Catalogue } from './catalogue/registry.ts';
import type { Devnet } from './chains/devnet/devnet.ts';
import { type Config, environment, readConfig } from './config.ts';
import { setupHours } from './desk/first-owner.ts';
import { clientsBehind } from './faces/client-address.ts';
import { createFace } from './faces/http.ts';
import { createLimits } from './faces/limits.ts';
import { meteredDoor } from './faces/metrics/metered-door.ts';
import { randomIds } from './kernel/ids.ts';
import { createLogger } from './kernel/log.ts';
import { systemClock } from './kernel/time.ts';
import { openContactForms } from './main/contact.ts';
import { openDesk } from './main/desk.ts';
import { runDoor } from './main/door.ts';
import { openMetrics } from './main/metrics.ts';
import { openAttempts, openAuth } from './main/people.ts';
import { listen, runUntilStopped, settlePort, startWhole } from './main/process.ts';
import { openRatings } from './main/ratings.ts';
import { openSetup, printedSetup } from './main/setup.ts';
import { openTreasury } from './main/treasury.ts';
import { type AtStop, demoOwner, openWorld, type World } from './main/world.ts';
import { signInOf } from './people/users.ts';
import type { Database } from './store/database.ts';

export interface Postern {
  /** Where it listens, such as `http://localhost:4020`. */
  url: string;
  devnet: Devnet | undefined;
  /** Signs the demo workspace's owner in, once; only where there is a demo. */
  signInUrl: string | undefined;
  /** Makes the first workspace and its owner, once; only where nobody owns one. */
  setupUrl: string | undefined;
  /** All that can be called. */
  catalogue: Catalogue;
  /** Where `/metrics` is served, if it is. */
  metricsUrl: string | undefined;
  stop(): Promise<void>;
}

/** Where `npm ci` builds the app. */
const bundle = join(import.meta.dirname, '../web/dist');

/**
 * Starts everything. Whatever was started is stopped again where a later part fails.
 * @throws {FolderInUse} @throws {Error} in words for the terminal
 */
export const startPostern = (config: Config): Promise<Postern> =>
  startWhole((atStop) => start(config, atStop));

async function start(config: Config, atStop: AtStop): Promise<Omit<Postern, 'stop'>> {
  const log = createLogger(config.logLevel);
  const world = await openWorld(config, log, atStop);
  // The address is part of every challenge and receipt, so the port is settled before anything is sold or delivered.
  const { port, letGo } = await settlePort(config, atStop);
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  const treasury = openTreasury(config, world, log);
  const { door, counts, catalogue } = await runDoor(config, publicUrl, log, world, treasury, atStop);
  const metrics = await openMetrics(config, world, treasury, port, atStop);

  const closing = new AbortController();
  const auth = openAuth(world, publicUrl, log);
  const face = createFace({
    door: metrics ? meteredDoor(door, metrics.meter, systemClock) : door,
    counts,
    auth,
    setup: openSetup(world, publicUrl),
    ratings: openRatings(world),
    contact: openContactForms(world),
    agents: { db: world.db, catalogue, ids: randomIds, clock: systemClock },
    desk: { ...openDesk(world, auth, catalogue, closing.signal), bundle },
    publicUrl,
    allowedHosts: ['localhost', '127.0.0.1', '[::1]', config.host, new URL(publicUrl).hostname],
    listWorkspaces: () => listWorkspaces(world.db),
    devnet: world.devnet,
    mailsLeave: config.smtpUrl !== undefined,
    limits: createLimits({ settings: config.limits, ids: randomIds, log, attempts: openAttempts(world) }),
    clientOf: clientsBehind(config.trustedProxies),
    log,
  });
  await letGo();
  await listen(config, face, port, atStop);
  // Before the server stops listening: it waits for who is still being answered, and streams end by this alone.
  atStop(() => closing.abort());
  return {
    url: publicUrl,
    devnet: world.devnet,
    catalogue,
    signInUrl: await signInToDemo(world, publicUrl),
    setupUrl: await printedSetup(world, publicUrl),
    metricsUrl: metrics?.url,
  };
}

const signInToDemo = ({ db, devnet }: World, publicUrl: string): Promise<string> | undefined =>
  devnet && signInOf({ db, ids: randomIds, publicUrl }, demoOwner, new Date(systemClock()));

const listWorkspaces = async (db: Database) =>
  (await db.selectFrom('workspaces').select('slug').orderBy('createdAt').execute()).map(({ slug }) => slug);

/** What a newcomer is told once everything runs. */
const greeting = (postern: Postern): string => `
Postern is ready on ${postern.url}
${postern.setupUrl ? setupHint(postern.setupUrl) : ''}${postern.signInUrl ? demoHint(postern.url, postern.signInUrl) : ''}`;

const setupHint = (setupUrl: string): string => `
Nobody owns this server yet. Make your desk in a browser; this address works once, for ${setupHours} hours, and
starting again prints another:
  ${setupUrl}
`;

const demoHint = (url: string, signInUrl: string): string => `
See what an agent sees, with prices:
  curl -s ${url}/api/mcp/acme -H 'content-type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'

Pay for one call, on the devnet:
  npx postern wallet new --fund --door ${url}/api/mcp/acme
  npx postern call create_ticket --door ${url}/api/mcp/acme --subject 'Shutter stuck' --body 'It will not fire.'

Work the desk in a browser, as the demo workspace's owner. This address works once, for 15 minutes;
\`npx postern signin ${demoOwner}\` prints another:
  ${signInUrl}
`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await runUntilStopped(() => startPostern(readConfig(environment)), greeting);
