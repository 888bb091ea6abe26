/**
 * Chains to try and to test with: one anvil per network, each with the testnet's chain id, a token at the testnet's
 * USDC address that behaves as USDC does, and Multicall3. Identities of testnets only: nothing signed here can move
 * money on a mainnet.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Address,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  isAddress,
  keccak256,
  numberToHex,
  parseAbi,
  parseEther,
  stringToHex,
  zeroAddress,
} from 'viem';
import { assert, PosternError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import { type Clock, sleep, unixSeconds } from '../../kernel/time.ts';
import { multicall3 } from '../evm/chain.ts';
import { type Rpc, unwrap } from '../evm/rpc.ts';
import type { Network } from '../networks.ts';
import { type Anvil, startAnvil } from './anvil.ts';
import type { Artifact } from './contracts/compile.ts';

export interface DevnetOptions {
  /** Each network keeps its chain in a folder of its name below this one. */
  folder: string;
  networks: readonly Network[];
  /** Gets 1,000 of each network's native token at every start. */
  relayerAddress: string;
  log: Logger;
  /** What time the chains go by from the start on; the machine's, if it is left out. Chain time never goes back. */
  clock?: Clock;
  /** A block each so many seconds, instead of a block per transaction. */
  blockTimeSeconds?: number;
}

export interface Devnet {
  networks: { network: Network; rpcUrl: string }[];
  /**
   * Mints 10 USDC to a wallet that holds less than 100.
   * @param networkName v1 name or CAIP-2 id of one of the devnet's networks
   * @throws {PosternError} `invalid_arguments` for what is no address, `not_found` for a network that is not here
   */
  fund(networkName: string, address: string): Promise<Funding>;
  /** Ends the chains, their state written, except those that another living process started. */
  stop(): Promise<void>;
}

/** What the faucet did. Amounts in atomic units: 6 decimals. */
export interface Funding {
  network: string;
  address: Address;
  asset: Address;
  /** What this call added; "0" if the wallet held enough. */
  amountAtomic: string;
  balanceAtomic: string;
  /** Whether the wallet now holds 100 USDC or more, past which the faucet adds nothing. */
  full: boolean;
}

const faucetAmount = 10_000_000n;
const faucetBound = 100_000_000n;
const nativeFunds = numberToHex(parseEther('1000'));
const mintTimeoutMs = 30_000;

/** Sends the faucet's transactions, by impersonation: an address made of a hash, so no one has its key. */
const faucetAddress = getAddress(`0x${keccak256(stringToHex('postern devnet faucet')).slice(-40)}`);

const usdcAbi = parseAbi([
  'function mint(address to, uint256 value)',
  'function balanceOf(address account) view returns (uint256)',
]);

/**
 * Starts one chain per network, all at once, or goes on with those that a dead process left running.
 * @throws if a network is no testnet, or a chain cannot be started (then none is left running)
 */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  for (const { name, testnet } of options.networks)
    assert(testnet, `a devnet must not bear the identity of ${name}`);
  const started = await Promise.allSettled(options.networks.map((network) => startChain(network, options)));
  const chains = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stopBeats = options.blockTimeSeconds === undefined ? beat(chains, options.log) : () => {};
  const stop = async () => {
    stopBeats();
    await Promise.all(chains.map(({ anvil }) => anvil.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  // One at a time, or two requests at once could both find a wallet below the bound.
  let previous: Promise<unknown> = Promise.resolve();
  return {
    networks: chains.map(({ network, anvil }) => ({ network, rpcUrl: anvil.rpcUrl })),
    async fund(networkName, address) {
      const chain = chains.find(
        ({ network: { name, caip2 } }) => name === networkName || caip2 === networkName,
      );
      if (!chain)
        throw new PosternError('not_found', `The devnet has no network ${JSON.stringify(networkName)}.`);
      const wallet = parseWallet(address);
      const funding = previous.then(() => fund(chain, wallet));
      previous = funding.catch(() => undefined);
      return funding;
    },
    stop,
  };
}

/** How far an idle chain's time may lag behind. */
const beatMs = 5_000;

/**
 * A block now and then: without transactions a chain that makes a block for each would stand still in time, so that
 * nothing on it expired, and a simulation at its latest block would judge by a time long gone.
 */
function beat(chains: readonly DevnetChain[], log: Logger): () => void {
  // Whoever turned automatic blocks off, to look at what waits in the pool, wants none of ours.
  const mine = async ({ rpc }: Anvil) => {
    if (await call<boolean>(rpc, 'anvil_getAutomine', [])) await call(rpc, 'evm_mine', []);
  };
  const timer = setInterval(() => {
    for (const { network, anvil } of chains)
      mine(anvil).catch((error: Error) => {
        log.warn({ network: network.name, error: error.message }, 'the devnet missed a beat');
      });
  }, beatMs);
  timer.unref();
  return () => clearInterval(timer);
}

interface DevnetChain {
  network: Network;
  anvil: Anvil;
}

async function startChain(network: Network, options: DevnetOptions): Promise<DevnetChain> {
  const { log, blockTimeSeconds } = options;
  const folder = join(options.folder, network.name);
  const anvil = await startAnvil({ folder, chainId: network.chainId, log, blockTimeSeconds });
  try {
    await furnish(anvil.rpc, network, options);
  } catch (error) {
    await anvil.stop();
    throw error;
  }
  return { network, anvil };
}

/**
 * Puts on the chain what has to be there. All of it may be repeated: code, balances and impersonation are set, not
 * added to, and the token's money is in its storage, which stays. One block brings chain time up to date.
 */
async function furnish(rpc: Rpc, network: Network, { relayerAddress, clock }: DevnetOptions): Promise<void> {
  const [usdc, multicallArtifact] = await Promise.all([
    readArtifact('DevnetUsdc'),
    readArtifact('Multicall3'),
  ]);
  const { name, version } = network.domain;
  // A creation that is only called answers with the code it would leave: the domain's immutables are filled in.
  const domain = encodeAbiParameters([{ type: 'string' }, { type: 'string' }], [name, version]);
  const code = await call<Hex>(rpc, 'eth_call', [{ data: `${usdc.bytecode}${domain.slice(2)}` }, 'latest']);
  const steps: [string, unknown[]][] = [
    ['anvil_setCode', [network.asset, code]],
    ['anvil_setCode', [multicall3, multicallArtifact.deployedBytecode]],
    ['anvil_setBalance', [relayerAddress, nativeFunds]],
    ['anvil_setBalance', [faucetAddress, nativeFunds]],
    ['anvil_impersonateAccount', [faucetAddress]],
  ];
  if (clock) steps.push(['evm_setTime', [Number(unixSeconds(clock))]]);
  steps.push(['evm_mine', []]);
  for (const answer of await rpc(steps.map(([method, params]) => ({ method, params })))) unwrap(answer);
}

async function fund({ network, anvil: { rpc } }: DevnetChain, address: Address): Promise<Funding> {
  const { name, asset } = network;
  let balance = await balanceOf(rpc, asset, address);
  const amount = balance < faucetBound ? faucetAmount : 0n;
  if (amount > 0n) {
    const data = encodeFunctionData({ abi: usdcAbi, functionName: 'mint', args: [address, amount] });
    await transact(rpc, { from: faucetAddress, to: asset, data, gas: numberToHex(100_000) });
    balance = await balanceOf(rpc, asset, address);
  }
  return {
    network: name,
    address,
    asset,
    amountAtomic: `${amount}`,
    balanceAtomic: `${balance}`,
    full: balance >= faucetBound,
  };
}

/** Sends a transaction of an impersonated account and waits for its block. */
async function transact(rpc: Rpc, transaction: Record<string, string>): Promise<void> {
  const hash = await call<Hex>(rpc, 'eth_sendTransaction', [transaction]);
  const startedAt = performance.now();
  while (performance.now() - startedAt < mintTimeoutMs) {
    const receipt = await call<{ status: Hex } | null>(rpc, 'eth_getTransactionReceipt', [hash]);
    if (receipt) return assert(receipt.status === '0x1', `the faucet's transaction ${hash} reverted`);
    await sleep(10);
  }
  throw new Error(`the faucet's transaction ${hash} is in no block after ${mintTimeoutMs / 1000} s`);
}

async function balanceOf(rpc: Rpc, asset: Address, address: Address): Promise<bigint> {
  const data = encodeFunctionData({ abi: usdcAbi, functionName: 'balanceOf', args: [address] });
  return BigInt(await call<Hex>(rpc, 'eth_call', [{ to: asset, data }, 'latest']));
}

const call = async <T>(rpc: Rpc, method: string, params: unknown[]): Promise<T> =>
  unwrap<T>((await rpc([{ method, params }]))[0]);

/** Lower case, or with a right EIP-55 checksum. */
function parseWallet(address: string): Address {
  if (!isAddress(address) || address === zeroAddress)
    throw new PosternError('invalid_arguments', 'The address is no wallet: 0x and 40 hexadecimal digits.');
  return getAddress(address);
}

const readArtifact = async (name: string): Promise<Artifact> =>
  JSON.parse(await readFile(new URL(`./contracts/${name}.json`, import.meta.url), 'utf8'));
