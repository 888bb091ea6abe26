/** A whole Postern for tests: real Postgres, real chains, real HTTP, on free ports, gone at the end of the file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hex, LocalAccount } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { Catalogue } from '../src/catalogue/registry.ts';
import { type Devnet, startDevnet } from '../src/chains/devnet/devnet.ts';
import { httpRpc } from '../src/chains/evm/rpc.ts';
import { evmView } from '../src/chains/evm/view.ts';
import { devnetKey } from '../src/chains/hot-key.ts';
import { type EvmNetwork, findNetwork } from '../src/chains/networks.ts';
import { svmView } from '../src/chains/svm/view.ts';
import type { ChainView } from '../src/chains/view.ts';
import { type Config, readConfig } from '../src/config.ts';
import { seedDemo } from '../src/desk/demo.ts';
import { randomIds } from '../src/kernel/ids.ts';
import { type Postern, startPostern } from '../src/main.ts';
import { type Database, openDatabase } from '../src/store/database.ts';
import { liftCaps, liftedLimits } from './caps.ts';
import { transferTypes } from './fakes/typed-data.ts';
import { atEnd, silent, testDatabaseUrl } from './harness.ts';

/** Chains and a database with the demo workspace on it, for one Postern or several. */
export interface Ground {
  devnet: Devnet;
  db: Database;
  databaseUrl: string;
  dataFolder: string;
  /** Gives a wallet 10 USDC on base-sepolia, or on the network named. */
  fund(address: string, network?: string): Promise<void>;
  /** A new wallet with 10 USDC on base-sepolia. */
  fundedWallet(): Promise<LocalAccount>;
  stop(): Promise<void>;
}

export interface TestPostern extends Ground {
  /** Such as `http://localhost:40123`. */
  url: string;
  /** The demo workspace's MCP endpoint. */
  door: string;
  /** All that can be called there. */
  catalogue: Catalogue;
  /** Where `/metrics` is, if `change` serves it. */
  metricsUrl: string | undefined;
}

/**
 * Starts Postern in this process. `change` alters the settings that a test is about. The demo workspace's caps are out of
 * the way, unless `caps: 'default'` keeps them.
 */
export async function startTestPostern(
  change: Partial<Config> = {},
  { caps }: { caps?: 'default' } = {},
): Promise<TestPostern> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'postern-data-'));
  await chmod(dataFolder, 0o711);
  const databaseUrl = await testDatabaseUrl();
  const config = {
    ...readConfig({
      PORT: '0',
      POSTERN_DATA: dataFolder,
      DATABASE_URL: databaseUrl,
      POSTERN_DEVNET: 'base-sepolia',
      POSTERN_LOG_LEVEL: 'error',
      ...liftedLimits,
    }),
    ...change,
  };
  const postern: Postern = await startPostern(config);
  const db = openDatabase({ url: databaseUrl, poolSize: 4, log: silent });
  if (caps !== 'default') await liftCaps(db);
  const devnet = postern.devnet!;
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await db.destroy();
    await postern.stop();
    await rm(dataFolder, { recursive: true, force: true });
  };
  atEnd(stop);
  return {
    url: postern.url,
    metricsUrl: postern.metricsUrl,
    catalogue: postern.catalogue,
    door: `${postern.url}/api/mcp/acme`,
    devnet,
    db,
    databaseUrl,
    dataFolder,
    ...faucet(devnet),
    stop,
  };
}

const faucet = (devnet: Devnet): Pick<Ground, 'fund' | 'fundedWallet'> => {
  const fund = async (address: string, network = 'base-sepolia') =>
    void (await devnet.fund(network, address));
  return {
    fund,
    async fundedWallet() {
      const wallet = privateKeyToAccount(generatePrivateKey());
      await fund(wallet.address);
      return wallet;
    },
  };
};

/**
 * Chains and a database on which no Postern runs yet, its caps out of the way: for tests that put something between the
 * two. `databaseUrl`: an empty, migrated database, where it is not to be one of the run's server. `startChains`: what starts
 * the chains, where they are no devnet. `empty`: nobody has a workspace yet.
 */
export async function startGround(
  networkNames = ['base-sepolia'],
  options: { databaseUrl?: string; startChains?: typeof startDevnet; empty?: true } = {},
): Promise<Ground> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'postern-data-'));
  const folder = join(dataFolder, 'devnet');
  const { address: relayerAddress } = await devnetKey(join(folder, 'hot.key'));
  const networks = networkNames.map((name) => findNetwork(name) as EvmNetwork);
  const { startChains = startDevnet } = options;
  const devnet = await startChains({ folder, networks, relayerAddress, log: silent });
  const databaseUrl = options.databaseUrl ?? (await testDatabaseUrl());
  const db = openDatabase({ url: databaseUrl, poolSize: 4, log: silent });
  if (!options.empty) await openShop(db, networkNames);
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await db.destroy();
    await devnet.stop();
    await rm(dataFolder, { recursive: true, force: true });
  };
  atEnd(stop);
  return { devnet, db, databaseUrl, dataFolder, ...faucet(devnet), stop };
}

/** The demo workspace, paid on these networks. */
async function openShop(db: Database, networkNames: readonly string[]): Promise<void> {
  const workspaceId = await seedDemo(db, randomIds, new Date());
  const payTo = privateKeyToAccount(generatePrivateKey()).address;
  await db
    .insertInto('workspaceNetworks')
    .values(networkNames.map((network) => ({ workspaceId, network, payTo })))
    .execute();
  await liftCaps(db);
}

/** The way from a Postern to its ground, where it is not the straight one. */
export interface Through {
  databaseUrl?: string;
  /** Nodes by network name; the ground's own where none is named. */
  rpcUrls?: Record<string, string>;
  /** Settings of its own, in place of the ground's. */
  settings?: Record<string, string>;
}

/** The settings that put a Postern on the ground. */
export const settingsFor = (ground: Ground, { databaseUrl, rpcUrls = {}, settings }: Through) => ({
  PORT: '0',
  DATABASE_URL: databaseUrl ?? ground.databaseUrl,
  POSTERN_NETWORKS: ground.devnet.networks.map(({ network }) => network.name).join(','),
  POSTERN_HOT_KEY_FILE: join(ground.dataFolder, 'devnet', 'hot.key'),
  POSTERN_SECRET_FILE: join(ground.dataFolder, 'secret.key'),
  POSTERN_LOG_LEVEL: 'error',
  ...liftedLimits,
  ...Object.fromEntries(
    ground.devnet.networks.map(({ network: { name }, rpcUrl }) => [
      `POSTERN_${name.toUpperCase().replaceAll('-', '_')}_RPC_URL`,
      rpcUrls[name] ?? rpcUrl,
    ]),
  ),
  ...settings,
});

/** A Postern in this process, on the ground. */
export async function startOnGround(ground: Ground, through: Through = {}): Promise<Postern> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-data-'));
  const settings = readConfig({ ...settingsFor(ground, through), POSTERN_DATA: folder });
  const postern = await startPostern(settings);
  const stop = async () => {
    await postern.stop();
    await rm(folder, { recursive: true, force: true });
  };
  atEnd(stop);
  return { ...postern, stop };
}

/**
 * A second server process on the same database, chains and hot key.
 * @returns its address, and the process, to be killed or stopped.
 */
export async function startSecondProcess(
  first: Ground,
  through: Through = {},
  { quiet = false, settings = {} }: { quiet?: boolean; settings?: Record<string, string> } = {},
): Promise<{ url: string; process: ChildProcess }> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-data-'));
  const child = spawn(process.execPath, [new URL('../src/main.ts', import.meta.url).pathname], {
    env: { PATH: process.env.PATH, POSTERN_DATA: folder, ...settingsFor(first, through), ...settings },
    stdio: ['ignore', 'pipe', quiet ? 'ignore' : 'inherit'],
  });
  atEnd(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });
  let output = '';
  for await (const chunk of child.stdout!) {
    output += chunk;
    const ready = /Postern is ready on (\S+)/.exec(output);
    if (ready) return { url: ready[1]!, process: child };
  }
  throw new Error(`the second process did not start: ${output}`);
}

/** JSON-RPC to a devnet's chain. */
export async function chainRpc<T = unknown>(
  { devnet }: Pick<Ground, 'devnet'>,
  method: string,
  params: unknown[] = [],
): Promise<T> {
  const response = await fetch(devnet.networks[0]!.rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result: T; error?: { message: string } };
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

/** One entry of `accepts` in a v2 challenge. */
export interface Accept {
  scheme: string;
  network: string;
  amount: string;
  asset: Hex;
  payTo: Hex;
  maxTimeoutSeconds: number;
  extra: { name: string; version: string };
}

/** What a test may bend in an otherwise good payment. */
export interface PaymentChange {
  authorization?: Partial<Record<'from' | 'to' | 'value' | 'validAfter' | 'validBefore' | 'nonce', string>>;
  /** Applied before signing, so that the signature covers it. */
  signed?: Partial<{
    from: Hex;
    to: Hex;
    value: bigint;
    validAfter: bigint;
    validBefore: bigint;
    nonce: Hex;
  }>;
  accepted?: Partial<Accept>;
  /** The client's own name for the call. */
  identifier?: string;
  signature?: (signature: Hex) => string;
}

/** A v2 payment for the terms, as the PAYMENT-SIGNATURE header carries it. */
export async function signPayment(
  wallet: LocalAccount,
  accept: Accept,
  change: PaymentChange = {},
): Promise<string> {
  const now = BigInt(Math.floor(Date.now() / 1000));
  const message = {
    from: wallet.address,
    to: accept.payTo,
    value: BigInt(accept.amount),
    validAfter: 0n,
    validBefore: now + BigInt(accept.maxTimeoutSeconds),
    nonce: generatePrivateKey() as Hex,
    ...change.signed,
  };
  const signature = await wallet.signTypedData({
    domain: {
      ...accept.extra,
      chainId: Number(accept.network.split(':')[1]),
      verifyingContract: accept.asset,
    },
    types: transferTypes,
    primaryType: 'TransferWithAuthorization',
    message,
  });
  const authorization = {
    from: message.from,
    to: message.to,
    value: String(message.value),
    validAfter: String(message.validAfter),
    validBefore: String(message.validBefore),
    nonce: message.nonce,
    ...change.authorization,
  };
  const payload = { signature: change.signature?.(signature) ?? signature, authorization };
  const { scheme, network, amount, asset, payTo, maxTimeoutSeconds, extra } = accept;
  const accepted = { scheme, network, amount, asset, payTo, maxTimeoutSeconds, extra, ...change.accepted };
  const extensions = change.identifier && {
    'payment-identifier': { info: { required: false, id: change.identifier } },
  };
  return Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload, extensions })).toString('base64');
}

/** A REST call of a tool. */
export async function callTool(
  url: string,
  tool: string,
  body: unknown,
  payment?: string,
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/api/x402/tools/acme/${tool}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(payment ? { 'PAYMENT-SIGNATURE': payment } : {}) },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

/** The terms of a tool on the devnet's first network, from its challenge. */
export async function termsOf(url: string, tool: string, body: unknown): Promise<Accept> {
  const { headers } = await callTool(url, tool, body);
  const required = JSON.parse(Buffer.from(headers.get('payment-required')!, 'base64').toString()) as {
    accepts: Accept[];
  };
  return required.accepts[0]!;
}

/** The books' sight of the devnet's EVM chains. */
export const viewsOf = ({ networks }: Pick<Devnet, 'networks'>): ChainView[] =>
  networks.map(({ network, rpcUrl }) =>
    network.family === 'evm' ? evmView(network, httpRpc(rpcUrl)) : svmView(network, httpRpc(rpcUrl)),
  );
