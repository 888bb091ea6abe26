/**
 * A local EVM chain with what has to be on it: a token at the testnet's USDC address that behaves as USDC does, and
 * Multicall3.
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
import { sleep, unixSeconds } from '../../kernel/time.ts';
import { multicall3 } from '../evm/chain.ts';
import { type Rpc, unwrap } from '../evm/rpc.ts';
import type { EvmNetwork } from '../networks.ts';
import { startAnvil } from './anvil.ts';
import type { Artifact } from './contracts/compile.ts';
import type { DevnetOptions, LocalChain } from './local-chain.ts';

const nativeFunds = numberToHex(parseEther('1000'));
const mintTimeoutMs = 30_000;

/** Sends the faucet's transactions, by impersonation: an address made of a hash, so no one has its key. */
const faucetAddress = getAddress(`0x${keccak256(stringToHex('postern devnet faucet')).slice(-40)}`);

const usdcAbi = parseAbi([
  'function mint(address to, uint256 value)',
  'function balanceOf(address account) view returns (uint256)',
]);

/** Starts the chain of a network, or goes on with the one that a dead process left running. */
export async function startEvmChain(network: EvmNetwork, options: DevnetOptions): Promise<LocalChain> {
  const { log, blockTimeSeconds } = options;
  const folder = join(options.folder, network.name);
  const anvil = await startAnvil({ folder, chainId: network.chainId, log, blockTimeSeconds });
  const { rpc, rpcUrl } = anvil;
  try {
    await furnish(rpc, network, options);
  } catch (error) {
    await anvil.stop();
    throw error;
  }
  return {
    network,
    rpcUrl,
    parseWallet,
    balanceOf: (wallet) => balanceOf(rpc, network.asset, wallet as Address),
    mint: (wallet, amountAtomic) => mint(rpc, network.asset, wallet as Address, amountAtomic),
    async beat() {
      // Whoever turned automatic blocks off, to look at what waits in the pool, wants none of ours; and a clock needs none.
      if (blockTimeSeconds !== undefined) return;
      if (await call<boolean>(rpc, 'anvil_getAutomine', [])) await call(rpc, 'evm_mine', []);
    },
    stop: () => anvil.stop(),
  };
}

/**
 * Puts on the chain what has to be there. All of it may be repeated: code, balances and impersonation are set, not
 * added to, and the token's money is in its storage, which stays. One block brings chain time up to date.
 */
async function furnish(
  rpc: Rpc,
  network: EvmNetwork,
  { relayerAddress, clock }: DevnetOptions,
): Promise<void> {
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

/** Sends a transaction of the faucet's and waits for its block. */
async function mint(rpc: Rpc, asset: Address, wallet: Address, amountAtomic: bigint): Promise<void> {
  const data = encodeFunctionData({ abi: usdcAbi, functionName: 'mint', args: [wallet, amountAtomic] });
  const transaction = { from: faucetAddress, to: asset, data, gas: numberToHex(100_000) };
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
