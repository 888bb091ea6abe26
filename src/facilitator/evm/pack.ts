/**
 * How settlements are packed into transactions: as many together as may be, through Multicall3, each allowed to fail by
 * itself; one that is by itself goes to the token directly, which is cheaper. Wallets with code always go alone.
 */
import type { Hex } from 'viem';
import type { TransactionRequest } from '../../chains/chain.ts';
import { batchCalldata } from '../../chains/evm/batch.ts';
import { multicall3 } from '../../chains/evm/chain.ts';
import type { EvmNetwork } from '../../chains/networks.ts';
import type { Settlement } from '../book.ts';

/** A settlement that would pass now. */
export interface Passing {
  settlement: Settlement;
  request: TransactionRequest;
  /** What the transfer took when it was simulated; for a wallet with code, the whole transaction. */
  gas: bigint;
  /** The payer has code: it could burn the gas of its neighbours. */
  isAlone: boolean;
}

/** Gas of a batch at most: blocks of every network take it (Sei's, the smallest, are of 10 million). */
const maxBatchGas = 8_000_000n;

/** Of any transaction, and what Multicall3 takes beside its calls. */
const baseGas = 21_000n;
const multicallGas = 20_000n;
const multicallGasEach = 4_000n;

/** What a call's data costs at most; in a batch each is wrapped in 192 bytes. */
const dataGas = ({ data }: TransactionRequest, wrapping: bigint) =>
  (BigInt(data.length / 2 - 1) + wrapping) * 16n;

/** A quarter more than was simulated: the state moves, and a call is given 63 parts of 64 of what is left. */
const withMargin = (gas: bigint) => (gas * 5n) / 4n + 3_000n;

/**
 * What it was simulated behind others for nothing, and pays for where it goes alone: the token's slots are warm then, and a
 * payTo that held nothing holds something.
 */
const coldGas = 25_000n;

/** Limit of a transaction that carries it alone. A wallet with code gets a tenth more than estimated: it pays for none of it. */
const aloneGas = ({ request, gas, isAlone }: Passing): bigint =>
  isAlone ? (gas * 11n) / 10n : baseGas + dataGas(request, 0n) + withMargin(gas) + coldGas;

/** What it adds to the limit of a batch. */
const sharedGas = ({ request, gas }: Passing): bigint =>
  dataGas(request, 192n) + multicallGasEach + withMargin(gas);

/** Limit of the transaction that carries these. */
export const limitOf = (items: readonly Passing[]): bigint =>
  items.length === 1
    ? aloneGas(items[0]!)
    : items.reduce((sum, item) => sum + sharedGas(item), baseGas + multicallGas);

/**
 * Packs in the order given, each settlement with no more others than its row allows.
 * @param mostGas of all together; what does not fit any more is left out
 */
export function pack(passing: readonly Passing[], mostGas: bigint): Passing[][] {
  const groups: Passing[][] = [];
  const open = new Map<number, { group: Passing[]; gas: bigint }>();
  for (const item of passing) {
    const most = item.isAlone ? 1 : item.settlement.together;
    const last = open.get(most);
    const gas = (last?.gas ?? baseGas + multicallGas) + sharedGas(item);
    if (last && last.group.length < most && gas <= maxBatchGas) {
      last.group.push(item);
      last.gas = gas;
    } else {
      const group = [item];
      groups.push(group);
      open.set(most, { group, gas: baseGas + multicallGas + sharedGas(item) });
    }
  }
  return fitting(groups, mostGas);
}

/** The groups that there is gas for; and of the first that there is not, a part. */
function fitting(groups: readonly Passing[][], mostGas: bigint): Passing[][] {
  const kept: Passing[][] = [];
  let left = mostGas;
  for (const group of groups) {
    let part = group;
    while (part.length > 0 && limitOf(part) > left) part = part.slice(0, Math.floor(part.length / 2));
    if (part.length === 0) break;
    kept.push(part);
    left -= limitOf(part);
  }
  return kept;
}

/** The transaction that carries them. */
export function transactionOf(
  items: readonly Passing[],
  network: EvmNetwork,
): { to: Hex; data: Hex; gas: bigint } {
  const [only] = items;
  if (items.length === 1) return { to: only!.request.to, data: only!.request.data, gas: limitOf(items) };
  return {
    to: multicall3,
    data: batchCalldata(
      network,
      items.map(({ request }) => request.data),
    ),
    gas: limitOf(items),
  };
}
