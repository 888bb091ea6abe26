/** What a settlement costs about now, for whom it is booked before it is sent. */
import type { Block, Chain } from '../../chains/chain.ts';
import type { Clock } from '../../kernel/time.ts';

/** A plain transfer by authorization alone in its transaction takes some 90,000; in a batch it is less. */
const gasOfOne = 100_000n;
/** On Solana: two signatures, and the most that is taken for priority. A lamport is a billionth. */
const lamportsOfOne = 15_000n;
const nano = 1_000_000_000n;
/** How long a block's base fee is good enough. */
const freshMs = 5_000;

/** Estimates by a network's name, in billionths of its coin (gwei), rounded up. @throws {RpcUnavailable} */
export function createEstimate(
  chains: readonly Chain[],
  clock: Clock,
): (network: { name: string }) => Promise<bigint> {
  const seen = new Map<string, { head: Promise<Block>; at: number }>();
  return async ({ name }) => {
    const chain = chains.find(({ network }) => network.name === name);
    if (!chain) return lamportsOfOne;
    let found = seen.get(name);
    if (!found || clock() - found.at > freshMs) {
      found = { head: chain.head(), at: clock() };
      seen.set(name, found);
      found.head.catch(() => seen.delete(name));
    }
    const { baseFeeWei } = await found.head;
    return (gasOfOne * (baseFeeWei + chain.network.priorityFeeWei) + nano - 1n) / nano;
  };
}
