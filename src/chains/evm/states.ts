/**
 * The states of authorizations, many in one call: a contract that is never deployed reads them all at one block
 * (contracts/AuthorizationReader.sol). One JSON-RPC method, where two and a half a wallet are usual.
 */
import { encodeDeployData, type Hex } from 'viem';
import type { AuthorizationKey, AuthorizationState, Chain, ReadBlock } from '../chain.ts';
import type { EvmNetwork } from '../networks.ts';
import reader from './contracts/AuthorizationReader.json' with { type: 'json' };
import { gather } from './gather.ts';
import { type Rpc, RpcError, RpcUnavailable, unwrap } from './rpc.ts';

/**
 * Items of one call, at most. They take 26 KB of the 48 KB that a creation may have (EIP-3860), 16 KB of the 24 KB that it
 * may return (EIP-170), and with all slots cold some 10 million gas, a fifth of what nodes give a call (geth 50 million).
 */
export const mostStates = 500;

/** What one read found; the block without its base fee, which nodes set to zero for a call that pays none. */
export interface States {
  block: ReadBlock;
  /** Undefined where the token did not answer. */
  states: (AuthorizationState | undefined)[];
}

/** The chain port's reads of authorizations. @param apartMs how far apart the requests leave that many verifies share */
export function createStateReader(
  network: EvmNetwork,
  rpc: Rpc,
  apartMs: () => number,
): Pick<Chain, 'authorization' | 'authorizations'> {
  const readLatest = gather(
    async (keys: readonly AuthorizationKey[]) => {
      const { block, states } = await readStates(rpc, network, keys);
      return states.map((state) => ({ block, state }));
    },
    { most: mostStates, apartMs },
  );
  return {
    async authorization(key) {
      const { block, state } = await readLatest(key);
      return { block, state: known(state) };
    },
    async authorizations(keys, atBlock) {
      const { block, states } = await readStates(rpc, network, keys, atBlock);
      return { block, states: states.map(known) };
    },
  };
}

function known(state: AuthorizationState | undefined): AuthorizationState {
  if (!state) throw new RpcUnavailable('the token does not answer');
  return state;
}

const latestOr = (block: bigint | undefined) => (block === undefined ? 'latest' : `0x${block.toString(16)}`);

/**
 * States at one block: the latest, or a given one. This call cannot revert: a node's refusal is its own trouble, often a
 * block that came in between, so it is asked once more. @throws {RpcUnavailable}
 */
export async function readStates(
  rpc: Rpc,
  network: EvmNetwork,
  items: readonly AuthorizationKey[],
  atBlock?: bigint,
): Promise<States> {
  const first = await readOnce(rpc, network, items.slice(0, mostStates), atBlock);
  const rest: Promise<States>[] = [];
  for (let i = mostStates; i < items.length; i += mostStates)
    rest.push(readOnce(rpc, network, items.slice(i, i + mostStates), first.block.number));
  const others = await Promise.all(rest);
  return { block: first.block, states: [first, ...others].flatMap(({ states }) => states) };
}

async function readOnce(
  rpc: Rpc,
  network: EvmNetwork,
  items: readonly AuthorizationKey[],
  atBlock: bigint | undefined,
): Promise<States> {
  const call = { method: 'eth_call', params: [{ data: creation(network, items) }, latestOr(atBlock)] };
  const ask = async () => parseStates(unwrap<Hex>((await rpc([call]))[0]), items.length);
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return ask().catch((again: Error) => {
      throw new RpcUnavailable(again.message);
    });
  }
}

function creation(network: EvmNetwork, items: readonly AuthorizationKey[]): Hex {
  const packed: Hex = `0x${items.map(({ payer, nonce }) => payer.slice(2) + nonce.slice(2)).join('')}`;
  return encodeDeployData({
    abi: readerAbi,
    bytecode: reader.bytecode as Hex,
    args: [network.asset, packed],
  });
}

const readerAbi = [
  {
    type: 'constructor',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'asset', type: 'address' },
      { name: 'items', type: 'bytes' },
    ],
  },
] as const;

/** The contract's flags; see its source. */
const hasCode = 1;
const used = 2;
const answered = 4;

function parseStates(data: Hex, count: number): States {
  const bytes = Buffer.from(data.slice(2), 'hex');
  if (bytes.length !== 32 * (2 + count))
    throw new RpcUnavailable(`the node answered ${bytes.length} bytes for ${count} authorizations`);
  const word = (i: number) => BigInt(`0x${bytes.toString('hex', 32 * i, 32 * i + 32)}`);
  const states = Array.from({ length: count }, (_, i) => {
    const flags = bytes[32 * (2 + i)]!;
    if ((flags & answered) === 0) return undefined;
    return {
      balance: BigInt.asUintN(248, word(2 + i)),
      used: (flags & used) !== 0,
      hasCode: (flags & hasCode) !== 0,
    };
  });
  return { block: { number: word(0), timestamp: word(1) }, states };
}
