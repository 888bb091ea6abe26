import type { Hex } from 'viem';
import type { Block, Chain, Receipt } from '../chain.ts';
import type { EvmNetwork } from '../networks.ts';
import { simulateTransfers } from './batch.ts';
import { addressTopic, type Log, topics } from './eip3009.ts';
import { createPace } from './gather.ts';
import { followHeads, type RpcBlock } from './heads.ts';
import { httpRpc, type Rpc, RpcUnavailable, unwrap } from './rpc.ts';
import { createStateReader } from './states.ts';

/** Multicall3, at the same address on every chain we know. */
export const multicall3: Hex = '0xcA11bde05977b3631167028862bE2a173976CA11';

interface RpcLog extends Omit<Log, 'logIndex' | 'blockNumber'> {
  logIndex: Hex;
  blockNumber: Hex;
}

interface RpcReceipt {
  transactionHash: Hex;
  blockNumber: Hex;
  blockHash: Hex;
  status: Hex;
  gasUsed: Hex;
  effectiveGasPrice: Hex;
  /** What a rollup of the OP stack takes for the data, beside the gas. */
  l1Fee?: Hex;
  logs: RpcLog[];
}

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;
const parseLog = (log: RpcLog): Log => ({
  ...log,
  logIndex: Number(log.logIndex),
  blockNumber: BigInt(log.blockNumber),
});

const latestBlock = { method: 'eth_getBlockByNumber', params: ['latest', false] };

/** A chain behind a node of its own. */
export interface ConnectedChain extends Chain {
  /** How many JSON-RPC methods the node was asked so far, by name; announcements are none. */
  methods(): ReadonlyMap<string, number>;
}

/** The chain port over the node at an address. */
export function connectEvm(network: EvmNetwork, url: string): ConnectedChain {
  const rpc = httpRpc(url);
  const chain = evmChain(network, rpc, (tell, signal) => followHeads(url, tell, signal));
  return { ...chain, methods: rpc.methods };
}

/** How a node is listened to; see heads.ts. */
type Follow = (tell: (head: RpcBlock) => void, signal: AbortSignal) => Promise<void>;

const announcesNothing: Follow = async () => {
  throw new RpcUnavailable('this node is only asked');
};

/** The chain port over an EVM node's JSON-RPC. */
export function evmChain(network: EvmNetwork, rpc: Rpc, follow = announcesNothing): Chain {
  const pace = createPace(() => performance.now());
  const one = async <T>(method: string, params: unknown[]): Promise<T> =>
    unwrap<T>((await rpc([{ method, params }]))[0]);

  return {
    network,
    head: async () => parseBlock(unwrap<RpcBlock>((await rpc([latestBlock]))[0])),
    follow(tell, signal) {
      const onHead = (head: RpcBlock) => {
        pace.beat();
        tell(parseBlock(head));
      };
      return follow(onHead, signal);
    },
    identity: () => readIdentity(rpc),

    ...createStateReader(network, rpc, pace.apartMs),

    simulate: (transfers) => simulateTransfers(rpc, network, transfers),

    async passes(requests, gas) {
      const limited = requests.map((request) => ({ ...request, gas: quantity(gas) }));
      const answers = await rpc(limited.map((call) => ({ method: 'eth_call', params: [call, 'latest'] })));
      return answers.map((answer) => !('error' in answer));
    },

    async estimateGas(requests) {
      const answers = await rpc(
        requests.map((request) => ({ method: 'eth_estimateGas', params: [request] })),
      );
      return answers.map((answer) =>
        'error' in answer ? { revert: answer.error.message } : { gas: BigInt(answer.result as Hex) },
      );
    },

    broadcast: (raws) => broadcast(rpc, raws),

    receipts: (hashes) => readReceipts(rpc, hashes),

    async blockHashes(numbers) {
      const answers = await rpc(
        numbers.map((number) => ({ method: 'eth_getBlockByNumber', params: [quantity(number), false] })),
      );
      return answers.map((answer) => unwrap<{ hash: Hex } | null>(answer)?.hash);
    },

    async authorizationLog(payer, nonce, fromBlock) {
      const logs = await one<RpcLog[]>('eth_getLogs', [
        {
          address: network.asset,
          fromBlock: quantity(fromBlock),
          toBlock: 'latest',
          topics: [[topics.used, topics.canceled], addressTopic(payer), nonce],
        },
      ]);
      return logs[0] && parseLog(logs[0]);
    },

    nativeBalance: async (address) => BigInt(await one<Hex>('eth_getBalance', [address, 'latest'])),
    transactionCount: async (address, atBlock) =>
      BigInt(await one<Hex>('eth_getTransactionCount', [address, atBlock ? quantity(atBlock) : 'latest'])),
  };
}

async function readReceipts(rpc: Rpc, hashes: readonly string[]) {
  const [head, ...answers] = await rpc([
    latestBlock,
    ...hashes.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] })),
  ]);
  return {
    head: parseBlock(unwrap<RpcBlock>(head)),
    // What a node says against one of them is no receipt, and none of its neighbours' business: some answer a transaction that
    // they do not know, such as one that was replaced, with an error.
    receipts: answers.map((answer) =>
      parseReceipt('error' in answer && answer.error ? null : unwrap<RpcReceipt | null>(answer)),
    ),
  };
}

async function broadcast(rpc: Rpc, raws: readonly Hex[]): Promise<(string | undefined)[]> {
  const refusals: (string | undefined)[] = [];
  // One after the other: a batch's calls may run side by side, and transactions of one account that arrive out of
  // the order of their nonces were seen stuck for good (anvil 1.7.1, 2 of 13 runs of 1,500).
  for (const raw of raws) {
    const [answer] = await rpc([{ method: 'eth_sendRawTransaction', params: [raw] }]);
    refusals.push(answer && 'error' in answer ? answer.error.message : undefined);
  }
  return refusals;
}

const parseBlock = (block: RpcBlock | null): Block => {
  if (!block) throw new RpcUnavailable('the node has no latest block');
  return {
    number: BigInt(block.number),
    timestamp: BigInt(block.timestamp),
    baseFeeWei: BigInt(block.baseFeePerGas ?? '0x0'),
  };
};

const parseReceipt = (receipt: RpcReceipt | null): Receipt | undefined =>
  receipt
    ? {
        transactionHash: receipt.transactionHash,
        blockNumber: BigInt(receipt.blockNumber),
        blockHash: receipt.blockHash,
        succeeded: receipt.status === '0x1',
        gasUsed: BigInt(receipt.gasUsed),
        feeWei: BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice) + BigInt(receipt.l1Fee ?? '0x0'),
        logs: receipt.logs.map(parseLog),
      }
    : undefined;

/** Block 1 names the chain: anvil makes a new block 0 each time it starts from its state, and keeps all others. */
async function readIdentity(rpc: Rpc) {
  const [id, first] = await rpc([
    { method: 'eth_chainId', params: [] },
    { method: 'eth_getBlockByNumber', params: ['0x1', false] },
  ]);
  const block = unwrap<{ hash: string } | null>(first);
  if (!block) throw new RpcUnavailable('the chain has no block yet');
  return { chainId: Number(unwrap<Hex>(id)), firstBlockHash: block.hash };
}
