import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, encodeFunctionData, type Hex, numberToHex, parseAbi, parseEther } from 'viem';
import { startAnvil } from '../src/chains/devnet/anvil.ts';
import { startDevnet } from '../src/chains/devnet/devnet.ts';
import { createLogger } from '../src/kernel/log.ts';
import { benchNetwork, benchToken, type TestChain } from './side.ts';

/** Where reference and bare transfers pay to. */
export const payTo: Address = '0x00000000000000000000000000000000000babe1';

export interface RpcCall {
  method: string;
  params: unknown[];
}

/** A JSON-RPC call to a chain. @throws with the method and the node's own message. */
export async function rpc<T>(url: string, method: string, params: unknown[] = []): Promise<T> {
  return (await rpcBatch<T>(url, [{ method, params }]))[0]!;
}

/** Several calls in one request, done in order. @throws with the first that failed. */
export async function rpcBatch<T>(url: string, calls: readonly RpcCall[]): Promise<T[]> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call }))),
  });
  const answers = (await response.json()) as { id: number; result: T; error?: { message: string } }[];
  return answers
    .toSorted((a, b) => a.id - b.id)
    .map(({ id, result, error }) => {
      if (error) throw new Error(`${calls[id]!.method}: ${error.message}`);
      return result;
    });
}

/**
 * A chain of the same kind that our devnet runs on. It writes itself to disk as often as that one, unless told otherwise:
 * each dump holds the whole chain, and would halt a long run.
 * @param relayer gets native money
 */
export async function startChain(
  relayer: Address = payTo,
  { stateIntervalSeconds = 5 } = {},
): Promise<TestChain> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-chain-'));
  const log = createLogger('error');
  // The devnet goes on with the chain that it finds in the folder, and furnishes it.
  const anvil = await startAnvil({
    folder: join(folder, benchNetwork.name),
    chainId: benchNetwork.chainId,
    log,
    stateIntervalSeconds,
  });
  const devnet = await startDevnet({ folder, networks: [benchToken], relayerAddress: relayer, log });
  return {
    rpcUrl: anvil.rpcUrl,
    pid: anvil.pid,
    async stop() {
      await devnet.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The process of the chain that a Postern on this data folder runs. */
export async function devnetPid(dataFolder: string): Promise<number> {
  const record = join(dataFolder, 'devnet', benchNetwork.name, 'anvil.json');
  return (JSON.parse(await readFile(record, 'utf8')) as { pid: number }).pid;
}

const usdcAbi = parseAbi(['function mint(address to, uint256 value)']);
const minter: Address = '0x00000000000000000000000000000000000babe2';
const tenThousandUsdc = 10_000_000_000n;

/** Gives each wallet 10,000 USDC and some gas: one block a hundred wallets, for the faucet's block each would take long. */
export async function fundAll(url: string, wallets: readonly Address[]): Promise<void> {
  const native = numberToHex(parseEther('100'));
  await rpcBatch(url, [
    { method: 'anvil_impersonateAccount', params: [minter] },
    ...[minter, ...wallets].map((address) => ({ method: 'anvil_setBalance', params: [address, native] })),
  ]);
  await rpc(url, 'evm_setAutomine', [false]);
  for (let i = 0; i < wallets.length; i += 100) {
    const mints = wallets.slice(i, i + 100).map((wallet) => {
      const data = encodeFunctionData({
        abi: usdcAbi,
        functionName: 'mint',
        args: [wallet, tenThousandUsdc],
      });
      const transaction = { from: minter, to: benchToken.asset, data, gas: numberToHex(100_000) };
      return { method: 'eth_sendTransaction', params: [transaction] };
    });
    const hashes = await rpcBatch<Hex>(url, mints);
    await rpc(url, 'evm_mine');
    const last = await rpc<{ status: Hex } | null>(url, 'eth_getTransactionReceipt', [hashes.at(-1)]);
    if (last?.status !== '0x1') throw new Error('the wallets could not be funded');
  }
  await rpc(url, 'evm_setAutomine', [true]);
}

/** Runs `work` with a block each second; the first is due one second from its start. Then a block per transaction again. */
export async function withSecondBlocks<T>(url: string, work: () => Promise<T>): Promise<T> {
  await rpc(url, 'evm_setAutomine', [false]);
  await rpc(url, 'evm_setIntervalMining', [1]);
  try {
    return await work();
  } finally {
    await rpc(url, 'evm_setIntervalMining', [0]);
    await rpc(url, 'evm_setAutomine', [true]);
  }
}
