/** Transfer logs of the pinned asset over any span of blocks, however little a node gives at once. */
import type { Hex } from 'viem';
import type { EvmNetwork } from '../networks.ts';
import type { ExplainedTransfer, Span, Transfer } from '../view.ts';
import { topics } from './eip3009.ts';
import { type Rpc, RpcError, unwrap } from './rpc.ts';

/** A log as `eth_getLogs` and receipts have it. Not every node says the time. */
export interface RawLog {
  address: Hex;
  topics: Hex[];
  data: Hex;
  logIndex: Hex;
  blockNumber: Hex;
  blockHash: Hex;
  transactionHash: Hex;
  blockTimestamp?: Hex;
}

/** Blocks in one request at first: what ordinary providers allow. Halved for as long as the node refuses. */
const maxBlocks = 2_000n;
/** Addresses in one filter. */
const maxAddresses = 200;

const addressTopic = (address: string): Hex => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
const addressOf = (topic: Hex): string => `0x${topic.slice(26).toLowerCase()}`;
const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;

/** @throws {RpcUnavailable} @throws {RpcError} where the node refuses even a single block */
export async function readTransfers(
  rpc: Rpc,
  network: EvmNetwork,
  accounts: { to: readonly string[]; from: readonly string[] },
  span: Span,
): Promise<Transfer[]> {
  const filters = [
    ...portions(accounts.to).map((some) => [topics.transfer, null, some.map(addressTopic)]),
    ...portions(accounts.from).map((some) => [topics.transfer, some.map(addressTopic)]),
  ];
  const found = new Map<string, RawLog>();
  for (const filter of filters)
    for (const log of await readLogs(rpc, network, filter, span))
      found.set(`${log.transactionHash}:${log.logIndex}`, log);
  const logs = [...found.values()].filter(({ topics }) => topics.length === 3);
  const times = await readTimes(rpc, logs);
  return logs
    .map((log) => parseTransfer(log, times))
    .sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.creditIndex - b.creditIndex);
}

/** The pinned asset's transfers of one transaction's logs, each with the nonce of the authorization right before it. */
export async function explainTransfers(
  rpc: Rpc,
  network: EvmNetwork,
  logs: readonly RawLog[],
): Promise<ExplainedTransfer[]> {
  const ofAsset = (log: RawLog | undefined, topic: Hex, count: number) =>
    log?.address.toLowerCase() === network.asset.toLowerCase() &&
    log.topics.length === count &&
    log.topics[0] === topic;
  const times = await readTimes(rpc, logs);
  return logs.flatMap((log, i) => {
    if (!ofAsset(log, topics.transfer, 3)) return [];
    const before = logs[i - 1];
    const used = ofAsset(before, topics.used, 3) && before!.topics[1] === log.topics[1];
    return [{ ...parseTransfer(log, times), nonce: used ? before!.topics[2]!.toLowerCase() : undefined }];
  });
}

const portions = (addresses: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(addresses.length / maxAddresses) }, (_, i) =>
    addresses.slice(i * maxAddresses, (i + 1) * maxAddresses),
  );

async function readLogs(
  rpc: Rpc,
  { asset: address }: EvmNetwork,
  filter: unknown[],
  span: Span,
): Promise<RawLog[]> {
  const logs: RawLog[] = [];
  let size = maxBlocks;
  for (let from = span.from; from <= span.to; ) {
    const to = from + size - 1n < span.to ? from + size - 1n : span.to;
    const asked = { address, fromBlock: quantity(from), toBlock: quantity(to), topics: filter };
    try {
      const [answer] = await rpc([{ method: 'eth_getLogs', params: [asked] }]);
      for (const log of unwrap<RawLog[]>(answer)) logs.push(log);
      from = to + 1n;
    } catch (error) {
      // Too many blocks or too many logs: nodes say it in many ways, and all of them mean less at once.
      if (!(error instanceof RpcError) || size === 1n) throw error;
      size /= 2n;
    }
  }
  return logs;
}

/** When each log's block was made, by the block's number. */
async function readTimes(rpc: Rpc, logs: readonly RawLog[]): Promise<Map<Hex, bigint>> {
  const times = new Map<Hex, bigint>();
  for (const { blockNumber, blockTimestamp } of logs)
    if (blockTimestamp !== undefined) times.set(blockNumber, BigInt(blockTimestamp));
  const missing = [...new Set(logs.map(({ blockNumber }) => blockNumber))].filter((n) => !times.has(n));
  const answers = await rpc(
    missing.map((number) => ({ method: 'eth_getBlockByNumber', params: [number, false] })),
  );
  for (const [i, answer] of answers.entries())
    times.set(missing[i]!, BigInt(unwrap<{ timestamp: Hex } | null>(answer)?.timestamp ?? 0));
  return times;
}

/** A payment is credited by its AuthorizationUsed, which is the log before its Transfer. */
function parseTransfer(log: RawLog, times: ReadonlyMap<Hex, bigint>): Transfer {
  return {
    transactionHash: log.transactionHash.toLowerCase(),
    creditIndex: Number(log.logIndex) - 1,
    from: addressOf(log.topics[1]!),
    to: addressOf(log.topics[2]!),
    amountAtomic: BigInt(log.data),
    blockNumber: BigInt(log.blockNumber),
    blockHash: log.blockHash.toLowerCase(),
    at: times.get(log.blockNumber) ?? 0n,
  };
}
