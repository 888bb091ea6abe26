import { encodeFunctionData, type Hex } from 'viem';
import type { EvmNetwork } from '../networks.ts';
import type { ChainView } from '../view.ts';
import { eip3009Abi } from './eip3009.ts';
import { type Rpc, RpcUnavailable, unwrap } from './rpc.ts';
import { explainTransfers, type RawLog, readTransfers } from './transfers.ts';

/** What USDC's transfer by authorization takes alone in a transaction, roughly: for a key that has sent nothing yet. */
const gasPerPayment = 90_000n;

interface Header {
  number: Hex;
  timestamp: Hex;
  baseFeePerGas?: Hex;
}

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;

/** The view of an EVM network over its node's JSON-RPC. */
export function evmView(network: EvmNetwork, rpc: Rpc): ChainView {
  async function header(tag: string): Promise<Header> {
    const answer = (await rpc([{ method: 'eth_getBlockByNumber', params: [tag, false] }]))[0];
    const found = unwrap<Header | null>(answer);
    if (!found) throw new RpcUnavailable(`the node has no block ${tag}`);
    return found;
  }

  async function finalBlock() {
    const latest = BigInt((await header('latest')).number);
    const depth = BigInt(network.confirmations);
    const { number, timestamp } = await header(quantity(latest > depth ? latest - depth : 0n));
    return { number: BigInt(number), timestamp: BigInt(timestamp) };
  }

  return {
    network,
    normal: (address) => address.toLowerCase(),
    finalBlock,
    async isOver(validBefore, forSeconds) {
      return (await finalBlock()).timestamp >= validBefore + forSeconds;
    },
    async blockAt(timestamp) {
      let low = 0n;
      let high = (await finalBlock()).number + 1n;
      while (low < high) {
        const middle = (low + high) / 2n;
        if (BigInt((await header(quantity(middle))).timestamp) < timestamp) low = middle + 1n;
        else high = middle;
      }
      return low;
    },
    async nativeBalances(addresses) {
      const calls = addresses.map((address) => ({ method: 'eth_getBalance', params: [address, 'latest'] }));
      return (await rpc(calls)).map((answer) => BigInt(unwrap<Hex>(answer)));
    },
    async tokenBalances(addresses) {
      const calls = addresses.map((address) => {
        const args = [address as Hex] as const;
        const data = encodeFunctionData({ abi: eip3009Abi, functionName: 'balanceOf', args });
        return { method: 'eth_call', params: [{ to: network.asset, data }, 'latest'] };
      });
      return (await rpc(calls)).map((answer) => BigInt(unwrap<Hex>(answer)));
    },
    async feePerPayment() {
      const { baseFeePerGas = '0x0' } = await header('latest');
      return gasPerPayment * (BigInt(baseFeePerGas) + network.priorityFeeWei);
    },
    transfers: (accounts, span) => readTransfers(rpc, network, accounts, span),
    async transaction(hash) {
      const answer = (await rpc([{ method: 'eth_getTransactionReceipt', params: [hash] }]))[0];
      const receipt = unwrap<{ logs: RawLog[] } | null>(answer);
      return receipt ? explainTransfers(rpc, network, receipt.logs) : undefined;
    },
  };
}
