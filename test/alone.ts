/** The facilitator by itself, for tests: on a ground's chains and database, with a token, and a reference server before it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { HTTPFacilitatorClient } from '@x402/core/server';
import type { Network, SchemeNetworkServer } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/server';
import { paymentMiddleware, x402ResourceServer } from '@x402/hono';
import { Hono } from 'hono';
import { getAddress, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { readConfig } from '../src/config.ts';
import { createToken, type NewToken } from '../src/facilitator/clients/tokens.ts';
import { randomIds } from '../src/kernel/ids.ts';
import { type AloneFacilitator, startFacilitator } from '../src/main/facilitator.ts';
import { atEnd } from './harness.ts';
import { type Accept, type Ground, settingsFor } from './postern.ts';

export const caip2 = 'eip155:84532';

/** A new cold wallet's address. */
export const coldWallet = (): Hex => getAddress(privateKeyToAccount(generatePrivateKey()).address);

/** What a resource server asks, as version 2 has it. */
export const requirementsFor = (payTo: Hex, amount = '20000'): Accept => ({
  scheme: 'exact',
  network: caip2,
  amount,
  asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
  payTo,
  maxTimeoutSeconds: 300,
  extra: { name: 'USDC', version: '2' },
});

/** A token that may be paid to one address on base-sepolia. */
export const tokenFor = (ground: Ground, payTo: Hex, change: Partial<NewToken> = {}): Promise<string> =>
  createToken(ground.db, randomIds, {
    name: randomIds('ftk'),
    payTo: [{ network: 'base-sepolia', payTo }],
    gasPerDayNano: new Map(),
    ...change,
  });

/** In this process. */
export async function startAlone(
  ground: Ground,
  settings: Record<string, string> = {},
): Promise<AloneFacilitator> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-data-'));
  const facilitator = await startFacilitator(
    readConfig({ ...settingsFor(ground, { settings }), POSTERN_DATA: folder }),
  );
  const stop = async () => {
    await facilitator.stop();
    await rm(folder, { recursive: true, force: true });
  };
  atEnd(stop);
  return { ...facilitator, stop };
}

/** In a process of its own, by the command that people use. */
export async function startAloneProcess(ground: Ground): Promise<{ url: string; process: ChildProcess }> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-data-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return runFacilitatorCommand({ ...settingsFor(ground, {}), POSTERN_DATA: folder });
}

/** The same with these settings alone. */
export async function runFacilitatorCommand(
  settings: Record<string, string>,
): Promise<{ url: string; process: ChildProcess }> {
  const bin = new URL('../bin/postern.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [bin, 'facilitator', '--port', '0'], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  let output = '';
  for await (const chunk of child.stdout!) {
    output += chunk;
    const ready = /The facilitator is ready on (\S+)/.exec(output);
    if (ready) return { url: ready[1]!, process: child };
  }
  throw new Error(`the facilitator did not start: ${output}`);
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** A plain request. `body` as it is where it is text. */
export async function ask(
  url: string,
  path: string,
  token: string | undefined,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

/** What the clients of both versions send, from a payment header of `signPayment`. */
export const requestOf = (payment: string, paymentRequirements: object) => ({
  x402Version: 2,
  paymentPayload: JSON.parse(Buffer.from(payment, 'base64').toString()),
  paymentRequirements,
});

/**
 * The reference resource server as its documentation sets it up, which sells one thing. It verifies, serves, settles.
 * @returns the thing's address
 */
export async function startReferenceServer(
  facilitatorUrl: string,
  token: string,
  payTo: string,
  { network, scheme }: { network: Network; scheme: SchemeNetworkServer } = {
    network: caip2,
    scheme: new ExactEvmScheme(),
  },
): Promise<{ url: string }> {
  const headers = { Authorization: `Bearer ${token}` };
  const facilitator = new HTTPFacilitatorClient({
    url: facilitatorUrl,
    createAuthHeaders: async () => ({ verify: headers, settle: headers, supported: headers }),
  });
  const accepts = { scheme: 'exact', price: '$0.02', network, payTo, maxTimeoutSeconds: 300 } as const;
  const resources = new x402ResourceServer(facilitator).register(network, scheme);
  const app = new Hono();
  app.use(paymentMiddleware({ 'GET /thing': { accepts, description: 'A thing.' } }, resources));
  app.get('/thing', (c) => c.json({ thing: true }));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  // Longer than any test: a caller may take up an idle connection in the moment that the server closes it.
  server.keepAliveTimeout = 600_000;
  // A thousand callers at once are more than Node lets wait to be accepted.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  atEnd(async () => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${port}/thing` };
}
