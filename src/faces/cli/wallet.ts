import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createKeyPairSignerFromPrivateKeyBytes, type KeyPairSigner } from '@solana/kit';
import { type Hex, hexToBytes } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { httpRpc } from '../../chains/evm/rpc.ts';
import { evmView } from '../../chains/evm/view.ts';
import { findNetwork, type Network } from '../../chains/networks.ts';
import { deriveKey } from '../../chains/secret.ts';
import { svmView } from '../../chains/svm/view.ts';
import { formatUsdc } from '../../kernel/money.ts';
import { type Flags, readFlags, refuseOthers } from './arguments.ts';
import { defaultDoor, fetchJson } from './door.ts';
import { columns, Failure, type Terminal, UsageError } from './terminal.ts';

export const walletHelp = [
  'postern wallet new [--fund] [--network NAME]   make a key; with --fund, ask a devnet for USDC',
  'postern wallet fund [--network NAME]           ask a devnet for USDC',
  'postern wallet show                            address, and the balances on a devnet',
  'postern wallet standing                        how it stands at a door: signs in, and pays nothing',
  '',
  ...columns([
    ['--door URL', `whose devnet (${defaultDoor})`],
    ['--key FILE', 'the key file (~/.postern/wallet.key)'],
    ['--network NAME', 'one network of the devnet; without it, all of them'],
    ['--json-output', 'the standing as one JSON object'],
  ]),
];

/** Where the key of `call` lives unless `--key` or POSTERN_WALLET_KEY say otherwise. */
const defaultKeyFile = (terminal: Terminal) => join(terminal.home, '.postern', 'wallet.key');

/** @throws {UsageError} @throws {Failure} */
export async function wallet(args: string[], terminal: Terminal): Promise<void> {
  const flags = readFlags(args, { values: ['door', 'key', 'network'], switches: ['fund', 'json-output'] });
  refuseOthers(flags);
  const [action, ...rest] = flags.words;
  if (rest.length > 0) throw new UsageError(`unknown word ${rest[0]}`);
  if (action === 'new') return newWallet(flags, terminal);
  if (action === 'fund') return fund(flags, terminal);
  const account = await readWallet(flags.values.get('key'), terminal);
  if (action === 'show') return show(account.address, flags, terminal);
  if (action === 'standing') {
    const { showStanding } = await import('./standing.ts');
    const json = flags.switches.has('json-output');
    return showStanding(account, { door: flags.values.get('door'), json }, terminal);
  }
  throw new UsageError('wallet new, wallet fund, wallet show or wallet standing');
}

async function newWallet(flags: Flags, terminal: Terminal): Promise<void> {
  const file = flags.values.get('key') ?? defaultKeyFile(terminal);
  const key = generatePrivateKey();
  await mkdir(dirname(resolve(file)), { recursive: true, mode: 0o700 }).catch((error: Error) => {
    throw new Failure(`cannot make the folder of ${file} (name another with --key): ${error.message}`);
  });
  await writeNew(file, `${key}\n`);
  const { address } = privateKeyToAccount(key);
  terminal.print(address);
  terminal.note(`The key is in ${file}. Whoever reads that file can spend what the wallet holds.`);
  if (flags.switches.has('fund')) await fund(flags, terminal);
}

/** 'wx' fails where a file is, even between two processes: a key is never overwritten. */
async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST')
      throw new Failure(`${file} is there already and stays; fund it with: postern wallet fund`, 'exists');
    throw new Failure(`cannot write ${file}: ${error.message}`);
  });
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The account that pays: from the key file named, else POSTERN_WALLET_KEY, else the default file.
 * @throws {Failure} `no_wallet` where there is none; the message never holds what was read.
 */
export async function readWallet(file: string | undefined, terminal: Terminal): Promise<PrivateKeyAccount> {
  const { key, source } = await readWalletKey(file, terminal);
  try {
    return privateKeyToAccount(key);
  } catch {
    throw new Failure(`${source} does not hold a valid private key`, 'no_wallet');
  }
}

/** The same key file's wallet on Solana: a key of its own, derived, for the two kinds of chain share none. @throws {Failure} */
export async function readSolanaWallet(file: string | undefined, terminal: Terminal): Promise<KeyPairSigner> {
  const { key } = await readWalletKey(file, terminal);
  return createKeyPairSignerFromPrivateKeyBytes(deriveKey(hexToBytes(key), 'solana:wallet'));
}

async function readWalletKey(
  file: string | undefined,
  terminal: Terminal,
): Promise<{ key: Hex; source: string }> {
  const fromEnvironment = file === undefined ? terminal.environment.POSTERN_WALLET_KEY : undefined;
  const path = file ?? defaultKeyFile(terminal);
  const source = fromEnvironment ? 'POSTERN_WALLET_KEY' : path;
  const text = fromEnvironment || (await readFile(path, 'utf8').catch(() => undefined));
  if (text === undefined)
    throw new Failure(`no wallet at ${path}; make one: npx postern wallet new --fund`, 'no_wallet');
  const key = /^(?:0x)?([0-9a-f]{64})$/i.exec(text.trim())?.[1];
  if (!key) throw new Failure(`${source} does not hold a private key (32 bytes in hexadecimal)`, 'no_wallet');
  return { key: `0x${key}`, source };
}

/** A devnet as `GET /devnet` lists it. */
export interface DevnetListing {
  networks: { network: string; caip2: string; rpcUrl: string; asset: string }[];
}

/** @throws {Failure} `no_devnet` if the door's server runs none. */
async function devnetOf(flags: Flags, terminal: Terminal): Promise<DevnetListing & { url: URL }> {
  const url = new URL('/devnet', flags.values.get('door') ?? defaultDoor);
  const { status, body } = await fetchJson(terminal, url);
  if (status !== 200) throw new Failure(`${url.origin} runs no devnet`, 'no_devnet');
  const listing = body as unknown as DevnetListing;
  const named = flags.values.get('network');
  const networks = listing.networks.filter((entry) => !named || [entry.network, entry.caip2].includes(named));
  if (networks.length === 0) throw new Failure(`this devnet has no ${named}`, 'not_found');
  return { networks, url };
}

async function fund(flags: Flags, terminal: Terminal): Promise<void> {
  const key = flags.values.get('key');
  const evm = await readWallet(key, terminal);
  const svm = await readSolanaWallet(key, terminal);
  const { networks, url } = await devnetOf(flags, terminal);
  for (const { network } of networks) {
    const isSvm = findNetwork(network)?.family === 'svm';
    const { address } = isSvm ? svm : evm;
    if (isSvm) terminal.note(`on ${network} the wallet is ${address}`);
    const { status, body } = await fetchJson(terminal, new URL('/devnet/faucet', url), { network, address });
    if (status !== 200) throw new Failure(`the faucet refused: ${body.detail ?? body.title ?? status}`);
    terminal.print(`${network}: $${formatUsdc(BigInt(String(body.balanceAtomic)))}`);
  }
}

async function show(address: Hex, flags: Flags, terminal: Terminal): Promise<void> {
  terminal.print(address);
  const devnet = await devnetOf(flags, terminal).catch((error: unknown) => {
    if (flags.values.has('door') || flags.values.has('network') || !(error instanceof Failure)) throw error;
    return undefined;
  });
  for (const { network, rpcUrl } of devnet?.networks ?? []) {
    const known = findNetwork(network);
    if (!known) continue;
    const isSvm = known.family === 'svm';
    const owner = isSvm ? (await readSolanaWallet(flags.values.get('key'), terminal)).address : address;
    if (isSvm) terminal.note(`on ${network} the wallet is ${owner}`);
    const balance = await balanceOf(known, rpcUrl, owner).catch(() => undefined);
    terminal.print(`${network}: ${balance === undefined ? 'does not answer' : `$${formatUsdc(balance)}`}`);
  }
}

/** In atomic units; nothing where a wallet on Solana has no token account. @throws where the node does not answer */
async function balanceOf(network: Network, rpcUrl: string, owner: string): Promise<bigint> {
  const rpc = httpRpc(rpcUrl);
  const view = network.family === 'evm' ? evmView(network, rpc) : svmView(network, rpc);
  return (await view.tokenBalances([owner]))[0]!;
}
