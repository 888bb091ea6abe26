/**
 * Many transfers at once: simulated by a contract that is never deployed (contracts/TransferSimulator.sol), sent through
 * Multicall3. Both cost one JSON-RPC method, however many they carry.
 */
import { encodeDeployData, encodeFunctionData, type Hex, parseAbi } from 'viem';
import type { Simulated } from '../chain.ts';
import type { EvmNetwork } from '../networks.ts';
import simulator from './contracts/TransferSimulator.json' with { type: 'json' };
import { type Rpc, RpcError, RpcUnavailable, unwrap } from './rpc.ts';

/**
 * Transfers of one simulation, at most: 39 KB with their arguments spelt out, of the 48 KB that a creation may have
 * (EIP-3860).
 */
export const mostSimulated = 100;

/** Gas that each simulated transfer may take: USDC takes some 60,000, and twice as much nowhere. */
const gasEach = 150_000n;

/** What one item of the contract's answer takes. */
const itemBytes = 96;
const kinds = { passes: 1, hasCode: 2 };

/**
 * Whether each transfer would pass at the latest block, after those before it, and the gas that it would take. Where a node
 * refuses the call as a whole, halves of it are tried: one item's trouble is not its neighbours'. @throws {RpcUnavailable}
 */
export async function simulateTransfers(
  rpc: Rpc,
  network: EvmNetwork,
  transfers: readonly Hex[],
): Promise<Simulated[]> {
  if (transfers.length === 0) return [];
  const halves = async (): Promise<Simulated[]> => {
    const middle = Math.ceil(transfers.length / 2);
    const parts = [transfers.slice(0, middle), transfers.slice(middle)];
    return (await Promise.all(parts.map((part) => simulateTransfers(rpc, network, part)))).flat();
  };
  if (transfers.length > mostSimulated) return halves();
  const data = encodeDeployData({
    abi: simulatorAbi,
    bytecode: simulator.bytecode as Hex,
    args: [network.asset, gasEach, transfers],
  });
  const [answer] = await rpc([{ method: 'eth_call', params: [{ data }, 'latest'] }]);
  try {
    return parseSimulated(unwrap<Hex>(answer), transfers.length);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return transfers.length === 1 ? [{ kind: 'reverts', reason: error.message }] : halves();
  }
}

const simulatorAbi = parseAbi(['constructor(address token, uint256 gasEach, bytes[] transfers)']);

function parseSimulated(data: Hex, count: number): Simulated[] {
  const bytes = Buffer.from(data.slice(2), 'hex');
  if (bytes.length !== itemBytes * count)
    throw new RpcUnavailable(`the node answered ${bytes.length} bytes for ${count} transfers`);
  return Array.from({ length: count }, (_, i): Simulated => {
    const item = bytes.subarray(itemBytes * i, itemBytes * (i + 1));
    if (item[0] === kinds.hasCode) return { kind: 'hasCode' };
    if (item[0] === kinds.passes) return { kind: 'passes', gas: item.readBigUInt64BE(24) };
    // It goes into a row and a log.
    const reason = item.toString('latin1', 32, 32 + item[1]!).replace(/[^ -~]/g, '?');
    return { kind: 'reverts', reason: reason ? `execution reverted: ${reason}` : 'execution reverted' };
  });
}

/** What a batch calls. */
export const batchAbi = parseAbi([
  'function aggregate3((address target, bool allowFailure, bytes callData)[] calls) payable returns ((bool success, bytes returnData)[])',
]);

/** Calldata by which Multicall3 makes every transfer, whatever becomes of the others. */
export const batchCalldata = (network: EvmNetwork, transfers: readonly Hex[]): Hex =>
  encodeFunctionData({
    abi: batchAbi,
    functionName: 'aggregate3',
    args: [transfers.map((callData) => ({ target: network.asset, allowFailure: true, callData }))],
  });
