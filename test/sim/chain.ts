/**
 * A chain in memory behind the `Chain` port: blocks, a mempool, account nonces, USDC, and what chains do to those who
 * rely on them: transactions that are dropped, late or out of order, blocks that are taken back, receipts that are not
 * there yet. What it does when is the world's to say; here is only how.
 */
import { type Hex, keccak256, parseTransaction, type TransactionSerializableEIP1559 } from 'viem';
import type {
  AuthorizationKey,
  Chain,
  Receipt,
  Simulated,
  TransactionRequest,
} from '../../src/chains/chain.ts';
import type { Log } from '../../src/chains/evm/eip3009.ts';
import { topics } from '../../src/chains/evm/eip3009.ts';
import { RpcUnavailable } from '../../src/chains/evm/rpc.ts';
import type { EvmNetwork } from '../../src/chains/networks.ts';
import type { Random } from './random.ts';
import { type ChainState, copyState, createToken, nonceKey, type Token, type TokenCall } from './token.ts';

export interface SimTransaction {
  hash: Hex;
  from: Hex;
  /** Undefined: whatever its account's next one is. */
  nonce: number | undefined;
  /** What it offers per gas at most. */
  maxFeeWei: bigint;
  /** More than one, where a contract makes them; a failed one does not fail the others. */
  calls: readonly TokenCall[];
}

interface SimBlock {
  number: bigint;
  hash: Hex;
  timestamp: bigint;
  baseFeeWei: bigint;
  transactions: SimTransaction[];
  receipts: Map<string, Receipt>;
  logs: Log[];
  /** After this block. */
  state: ChainState;
}

interface Pending {
  transaction: SimTransaction;
  /** No block takes it before, in milliseconds of the world. */
  notBefore: number;
}

export interface SimChain {
  port: Chain;
  token: Token;
  network: EvmNetwork;
  blocks: readonly SimBlock[];
  mempool: ReadonlyMap<string, Pending>;
  /** Mints USDC, in the state of the newest block. */
  mint(address: string, value: bigint): void;
  /** Hands over a transaction. @returns why a node would refuse it. */
  submit(transaction: SimTransaction, delayMs?: number): string | undefined;
  /** Adds a block of what is due, each transaction left out with this chance. */
  mine(options: { baseFeeWei: bigint; leaveOut: number }): void;
  /** Takes the newest blocks back; each of their transactions is pending again, or gone with this chance. */
  reorg(depth: number, loseChance: number): void;
  /** Forgets a pending transaction. */
  drop(hash: string): void;
  /** Receipts of this transaction are not found before, in milliseconds of the world. */
  hide(hash: string, untilMs: number): void;
  /** Blocks below this number are final: no reorg within the network's confirmations reaches them. */
  finalBlock(): bigint;
}

export interface SimChainPorts {
  network: EvmNetwork;
  random: Random;
  now(): number;
  /** Seconds by which blocks are ahead of the world's time. */
  skewSeconds: bigint;
  /** A raw transaction reached the node, which has not looked at it yet. */
  onBroadcast(hash: Hex): Promise<void>;
  /** Whether a batch runs out of gas as it is mined. */
  starves(): boolean;
}

/** A transaction as an account of the simulation sends it: real but for the signature, which names the sender (hot-key.ts). */
export function decodeRaw(raw: Hex): { from: Hex; nonce: number; maxFeeWei: bigint; to: Hex; data: Hex } {
  const {
    r,
    nonce = 0,
    maxFeePerGas = 0n,
    to,
    data = '0x',
  } = parseTransaction(raw) as TransactionSerializableEIP1559;
  return { from: `0x${r!.slice(-40)}`, nonce, maxFeeWei: maxFeePerGas, to: to!, data };
}

/** What the chain is made of. */
interface Inner extends SimChainPorts {
  token: Token;
  blocks: SimBlock[];
  mempool: Map<string, Pending>;
  /** By transaction: until when its receipt is not found. */
  hidden: Map<string, number>;
  /** The highest block there was; lower again after a reorganisation beyond the confirmations. */
  highest: bigint;
}

const gwei = 1_000_000_000n;
const firstBlocks = 12;

export function createSimChain(ports: SimChainPorts): SimChain {
  const { network, random, now } = ports;
  const token = createToken(network);
  const inner: Inner = { ...ports, token, blocks: [], mempool: new Map(), hidden: new Map(), highest: 0n };
  const { blocks, mempool, hidden } = inner;
  for (let i = 0; i < firstBlocks; i++)
    addBlock(inner, {
      ...emptyBlock(inner, BigInt(i), worldSeconds(inner) - BigInt(2 * (firstBlocks - i)), gwei),
      state: blocks[0]?.state ?? { balances: new Map(), nonces: new Map(), counts: new Map() },
    });
  return {
    network,
    token,
    blocks,
    mempool,
    port: portOf(inner),
    finalBlock: () => inner.highest - BigInt(network.confirmations),
    mint(address, value) {
      const { balances } = headOf(inner).state;
      balances.set(address.toLowerCase(), (balances.get(address.toLowerCase()) ?? 0n) + value);
    },
    submit: (transaction, delayMs = 0) => submit(inner, transaction, delayMs),
    mine({ baseFeeWei, leaveOut }) {
      const timestamp = max(headOf(inner).timestamp + 1n, worldSeconds(inner));
      const due = [...mempool.values()].filter(
        ({ notBefore }) => notBefore <= now() && !random.chance(leaveOut),
      );
      build(inner, timestamp, baseFeeWei, due);
    },
    reorg: (depth, loseChance) => reorg(inner, depth, loseChance),
    drop: (hash) => void mempool.delete(hash),
    hide: (hash, untilMs) => void hidden.set(hash.toLowerCase(), untilMs),
  };
}

const headOf = ({ blocks }: Inner) => blocks.at(-1)!;
const worldSeconds = ({ now, skewSeconds }: Inner) => BigInt(Math.floor(now() / 1000)) + skewSeconds;
const countOf = (state: ChainState, address: string) => state.counts.get(address.toLowerCase()) ?? 0;

function addBlock(inner: Inner, block: SimBlock): void {
  inner.blocks.push(block);
  if (block.number > inner.highest) inner.highest = block.number;
}

const emptyBlock = (
  { random }: Inner,
  number: bigint,
  timestamp: bigint,
  baseFeeWei: bigint,
): Omit<SimBlock, 'state'> => ({
  number,
  hash: `0x${random.hex(32)}`,
  timestamp,
  baseFeeWei,
  transactions: [],
  receipts: new Map(),
  logs: [],
});

function submit(inner: Inner, transaction: SimTransaction, delayMs: number): string | undefined {
  const { mempool, now } = inner;
  const refusal = refuse(inner, transaction);
  if (refusal !== undefined) return refusal;
  for (const { transaction: other } of mempool.values())
    if (other.from === transaction.from && other.nonce === transaction.nonce && other.nonce !== undefined)
      mempool.delete(other.hash);
  mempool.set(transaction.hash, { transaction, notBefore: now() + delayMs });
  return undefined;
}

/** As a node would: what cannot be mined any more, or is there already. */
function refuse(inner: Inner, { hash, from, nonce, maxFeeWei }: SimTransaction): string | undefined {
  const { mempool } = inner;
  const { state, baseFeeWei } = headOf(inner);
  if (nonce === undefined) return undefined;
  if (nonce < countOf(state, from)) return 'nonce too low';
  if (mempool.has(hash)) return 'already known';
  for (const { transaction: other } of mempool.values())
    if (other.from === from && other.nonce === nonce && maxFeeWei * 10n < other.maxFeeWei * 11n)
      return 'replacement transaction underpriced';
  return maxFeeWei < baseFeeWei ? 'max fee per gas less than block base fee' : undefined;
}

function reorg(inner: Inner, depth: number, loseChance: number): void {
  const { blocks, mempool, random, now } = inner;
  const taken = blocks.splice(blocks.length - depth, depth);
  // Deeper than the confirmations allow: what was final begins anew below.
  const standing = headOf(inner).number + BigInt(inner.network.confirmations);
  if (standing < inner.highest) inner.highest = standing;
  for (const { transactions } of taken)
    for (const transaction of transactions)
      if (!random.chance(loseChance))
        mempool.set(transaction.hash, { transaction, notBefore: now() + random.between(0, 6_000) });
  // The other branch: as long, or a little shorter until the next block.
  const length = depth - random.between(0, 1);
  for (const { timestamp, baseFeeWei } of taken.slice(0, length))
    build(
      inner,
      timestamp,
      baseFeeWei,
      [...mempool.values()].filter(() => random.chance(0.3)),
    );
}

/** Each account's transactions by nonce, without a gap; between accounts in any order. */
function inOrder({ random }: Inner, due: SimTransaction[], state: ChainState): SimTransaction[] {
  const counts = new Map(state.counts);
  const order: SimTransaction[] = [];
  const left = new Set(due);
  for (;;) {
    const next = [...left].filter(
      ({ from, nonce }) => nonce === undefined || nonce === (counts.get(from) ?? 0),
    );
    if (next.length === 0) return order;
    const chosen = random.pick(next);
    left.delete(chosen);
    counts.set(chosen.from, (counts.get(chosen.from) ?? 0) + 1);
    order.push(chosen);
  }
}

function build(inner: Inner, timestamp: bigint, baseFeeWei: bigint, due: readonly Pending[]): void {
  const before = headOf(inner);
  const candidates = inOrder(
    inner,
    due.map(({ transaction }) => transaction),
    before.state,
  );
  const block: SimBlock = {
    ...emptyBlock(inner, before.number + 1n, timestamp, baseFeeWei),
    state: candidates.length > 0 ? copyState(before.state) : before.state,
  };
  const skipped = new Set<string>();
  for (const transaction of candidates) {
    // What follows one that pays too little waits with it.
    if (skipped.has(transaction.from) || transaction.maxFeeWei < baseFeeWei) skipped.add(transaction.from);
    else include(inner, block, transaction);
  }
  addBlock(inner, block);
}

function include({ mempool, token, starves }: Inner, block: SimBlock, transaction: SimTransaction): void {
  mempool.delete(transaction.hash);
  block.transactions.push(transaction);
  const isBatch = transaction.calls.length > 1;
  const calls = isBatch && starves() ? [] : transaction.calls;
  const { state } = block;
  state.counts.set(transaction.from, countOf(state, transaction.from) + 1);
  const logs: Log[] = [];
  let reverted = false;
  for (const call of calls) {
    const result = token.run(state, call, block.timestamp);
    if ('revert' in result) reverted = true;
    else
      for (const log of result.logs)
        logs.push({
          ...log,
          logIndex: block.logs.length + logs.length,
          blockNumber: block.number,
          transactionHash: transaction.hash,
        });
  }
  block.logs.push(...logs);
  block.receipts.set(transaction.hash, {
    transactionHash: transaction.hash,
    blockNumber: block.number,
    blockHash: block.hash,
    succeeded: isBatch ? calls.length > 0 : !reverted,
    gasUsed: gasOf(transaction),
    feeWei: gasOf(transaction) * min(transaction.maxFeeWei, block.baseFeeWei + gwei),
    logs,
  });
}

const gasOf = ({ calls }: SimTransaction) => 21_000n + 50_000n * BigInt(calls.length);

function receiptOf({ blocks, hidden, now }: Inner, hash: string): Receipt | undefined {
  if ((hidden.get(hash.toLowerCase()) ?? 0) > now()) return undefined;
  for (let i = blocks.length - 1; i >= 0; i--) {
    const receipt = blocks[i]!.receipts.get(hash.toLowerCase());
    if (receipt) return receipt;
  }
  return undefined;
}

function simulate(inner: Inner, { data }: TransactionRequest): string | undefined {
  const { state, timestamp } = headOf(inner);
  const { token } = inner;
  const result = token.run(copyState(state), token.decode(data), max(timestamp, worldSeconds(inner)));
  return 'revert' in result ? `execution reverted: ${result.revert}` : undefined;
}

/** One after the other, each on what those before it left. */
function simulateAll(inner: Inner, transfers: readonly Hex[]): Simulated[] {
  const { token } = inner;
  const { state, timestamp } = headOf(inner);
  const copy = copyState(state);
  return transfers.map((data): Simulated => {
    const result = token.run(copy, token.decode(data), max(timestamp, worldSeconds(inner)));
    return 'revert' in result
      ? { kind: 'reverts', reason: `execution reverted: ${result.revert}` }
      : { kind: 'passes', gas: 50_000n };
  });
}

function findLog({ blocks }: Inner, payer: string, nonce: string, fromBlock: bigint): Log | undefined {
  const payerWord = `0x${payer.slice(2).toLowerCase().padStart(64, '0')}`;
  for (const { number, logs } of blocks)
    if (number >= fromBlock)
      for (const log of logs) {
        const [kind, from, used] = log.topics;
        if (kind !== topics.used && kind !== topics.canceled) continue;
        if (from === payerWord && used === nonce.toLowerCase()) return log;
      }
  return undefined;
}

const stateOf = ({ state: { balances, nonces } }: SimBlock, { payer, nonce }: AuthorizationKey) => ({
  balance: balances.get(payer.toLowerCase()) ?? 0n,
  used: nonces.has(nonceKey(payer, nonce)),
  hasCode: false,
});

function portOf(inner: Inner): Chain {
  const { network, blocks, token } = inner;
  const head = () => blockOf(headOf(inner));
  return {
    network,
    head: async () => head(),
    follow: async () => {
      throw new RpcUnavailable('announces nothing');
    },
    identity: async () => ({ chainId: network.chainId, firstBlockHash: blocks[1]!.hash }),
    authorization: async (key) => ({ block: head(), state: stateOf(headOf(inner), key) }),
    async authorizations(keys, atBlock) {
      const block = blocks[Number(atBlock)];
      if (!block) throw new RpcUnavailable(`block ${atBlock} not found`);
      return { block: blockOf(block), states: keys.map((key) => stateOf(block, key)) };
    },
    simulate: async (transfers) => simulateAll(inner, transfers),
    passes: async (requests) => requests.map((request) => simulate(inner, request) === undefined),
    estimateGas: async (requests) =>
      requests.map((request) => {
        const revert = simulate(inner, request);
        return revert === undefined ? { gas: 80_000n } : { revert };
      }),
    async broadcast(raws) {
      for (const raw of raws) await inner.onBroadcast(keccak256(raw));
      return raws.map((raw) => {
        const { from, nonce, maxFeeWei, to, data } = decodeRaw(raw);
        const calls = token.callsOf(to, data);
        return submit(inner, { hash: keccak256(raw), from, nonce, maxFeeWei, calls }, 0);
      });
    },
    receipts: async (hashes) => ({
      head: head(),
      receipts: hashes.map((hash) => receiptOf(inner, hash)),
    }),
    blockHashes: async (numbers) => numbers.map((number) => blocks[Number(number)]?.hash),
    authorizationLog: async (payer, nonce, fromBlock) => findLog(inner, payer, nonce, fromBlock),
    nativeBalance: async () => 10n ** 20n,
    async transactionCount(address, atBlock) {
      const block = atBlock === undefined ? headOf(inner) : blocks[Number(atBlock)];
      if (!block) throw new RpcUnavailable(`block ${atBlock} not found`);
      return BigInt(countOf(block.state, address));
    },
  };
}

const blockOf = ({ number, timestamp, baseFeeWei }: SimBlock) => ({ number, timestamp, baseFeeWei });
const max = (a: bigint, b: bigint) => (a > b ? a : b);
const min = (a: bigint, b: bigint) => (a < b ? a : b);
