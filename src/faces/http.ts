import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { ContactForms } from '../desk/contact-forms.ts';
import type { RatingLinks } from '../desk/teamwork/rating-links.ts';
import type { DoorCounts } from '../door/counts.ts';
import type { Door } from '../door/types.ts';
import { PosternError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Auth } from '../people/auth.ts';
import { mountAuth } from './auth/routes.ts';
import { mountSetup, type Setup } from './auth/setup.ts';
import type { ClientOf } from './client-address.ts';
import { countedGate } from './counted-gate.ts';
import { mountBundle } from './desk/bundle.ts';
import { mountLive } from './desk/live.ts';
import { mountOperations } from './desk/operations.ts';
import type { MembersDesk } from './desk/ports.ts';
import { refusalsInBody } from './desk/refusals.ts';
import { createGate } from './gate.ts';
import { json, preflight, problem, refusal, visibleError } from './http-reply.ts';
import type { Limits } from './limits.ts';
import { type AgentDoor, mountAgents } from './mcp/agents.ts';
import { createMcp, mountMcp } from './mcp/routes.ts';
import { mcpShortcut, type Shortcut } from './mcp/shortcut.ts';
import { refusedPage, takesPages } from './page.ts';
import { type DevnetPort, mountDevnet } from './rest/devnet.ts';
import { mountDiscovery } from './rest/discovery.ts';
import { mountPurchases } from './rest/purchases.ts';
import { mountTools } from './rest/tools.ts';
import { mountWallets } from './rest/wallets.ts';
import { mountContact } from './site/contact.ts';
import { mountRatings } from './site/rating.ts';
import { mountSite } from './site/site.ts';

export interface AppPorts {
  door: Door;
  /** Counts what the door challenges and refuses; left out where nobody looks. */
  counts?: DoorCounts;
  /** What the outside calls this server, such as `https://desk.example`; every address we hand out begins so. */
  publicUrl: string;
  /** Host names, without ports, that requests may name. A page elsewhere that rebinds its own name to us is refused. */
  allowedHosts: readonly string[];
  /** The slugs of the workspaces whose doors are open. */
  listWorkspaces(): Promise<readonly string[]>;
  /** Sign-in for people; none where nobody signs in. */
  auth?: Auth;
  /** The first owner's way in; none where nobody signs in. */
  setup?: Setup;
  /** Links of ratings; none where nobody is asked. */
  ratings?: RatingLinks;
  /** Contact pages; none where nobody writes in. */
  contact?: ContactForms;
  /** The desk for who is signed in, and the folder of its app; none where nobody signs in. */
  desk?: MembersDesk & { bundle: string };
  /** The door of the workspaces' own agents; none where they have none. */
  agents?: AgentDoor;
  /** Only where the chains are local ones of our own. */
  devnet?: DevnetPort;
  /** Whether mails leave the house: without an SMTP server they are kept. Left out where they do. */
  mailsLeave?: boolean;
  /** What anonymous callers may ask for in a minute. */
  limits: Limits;
  clientOf: ClientOf;
  log: Logger;
}

export interface Face {
  app: Hono;
  /** What the app would answer too, only slower. */
  shortcut: Shortcut;
}

/** The whole HTTP face. It holds no rules and no state: routes translate between the wire and the door. */
export function createFace(ports: AppPorts): Face {
  const { log, devnet, limits, clientOf } = ports;
  const publicUrl = ports.publicUrl.replace(/\/+$/, '');
  const app = new Hono();

  // Before the check of the host, for whoever watches the server asks by its address.
  app.get('/health', () => json({ status: 'ok' }, 200, { 'Cache-Control': 'no-store' }));
  const isAllowed = hostsAmong(ports.allowedHosts);
  app.use(onlyHosts(ports.allowedHosts));
  // No address of ours holds U+0000, and Postgres takes none. Nothing decodes an address twice.
  app.use(async (c, next) => {
    if (c.req.url.includes('%00')) return refusal('not_found');
    await next();
  });
  // Whatever is read without a payment; a tool that is free counts itself.
  app.on('GET', '*', async (c, next) => {
    await limits.read(clientOf(c));
    await next();
  });
  for (const path of ['/api/v1/*', '/api/auth/*']) app.use(path, refusalsInBody);
  if (ports.auth) {
    const signIn = { ...ports, auth: ports.auth, publicUrl };
    mountAuth(app, signIn);
    if (ports.setup) mountSetup(app, { ...signIn, setup: ports.setup });
  }
  if (ports.desk) {
    const forMembers = { ...ports, desk: ports.desk, publicUrl };
    mountLive(app, forMembers);
    mountOperations(app, forMembers);
    mountBundle(app, ports.desk.bundle);
  }
  app.options('*', preflight);

  const uncounted = createGate(ports.door, limits);
  const gate = ports.counts ? countedGate(uncounted, ports.counts) : uncounted;
  const mcp = createMcp({ gate, publicUrl, log });
  mountMcp(app, mcp, clientOf);
  if (ports.agents) mountAgents(app, { ...ports, ...ports.agents });
  mountTools(app, { ...ports, gate, publicUrl });
  mountDiscovery(app, { ...ports, publicUrl });
  mountPurchases(app, { ...ports, publicUrl });
  mountWallets(app, ports);
  if (devnet) mountDevnet(app, devnet, ports);
  if (ports.ratings) mountRatings(app, { ...ports, ratings: ports.ratings });
  if (ports.contact) mountContact(app, { ...ports, contact: ports.contact });
  mountSite(app, { ...ports, publicUrl });

  const refuse = (c: Context, error: PosternError) => (takesPages(c) ? refusedPage(error) : problem(error));
  app.notFound((c) => refuse(c, new PosternError('not_found', `Nothing is at ${c.req.path}.`)));
  app.onError((error, c) => refuse(c, visibleError(error, log)));
  return { app, shortcut: mcpShortcut({ answer: mcp, isAllowed, clientOf }) };
}

/** Refuses requests that name another host, whatever port they name. */
export function onlyHosts(names: readonly string[]): MiddlewareHandler {
  const isAllowed = hostsAmong(names);
  return async (c, next) => {
    const host = c.req.header('host') ?? new URL(c.req.url).host;
    if (!isAllowed(host)) return refusal('host_not_allowed');
    await next();
  };
}

/** Whether a `Host` is one of these names, whatever port it names. */
function hostsAmong(names: readonly string[]): (host: string) => boolean {
  const allowed = new Set(names.map((name) => name.toLowerCase()));
  // The port follows the last colon; `[::1]` alone ends in none.
  return (host) => allowed.has(host.toLowerCase().replace(/:\d+$/, ''));
}
