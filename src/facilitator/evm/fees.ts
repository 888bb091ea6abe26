/**
 * What a transaction offers for gas, and the bounds of it: a cap per gas, and a budget per day. Both are the network's,
 * unless the operator says otherwise. The base fee is that of the head, which the station reads anyway.
 */
import type { Block } from '../../chains/chain.ts';
import type { EvmNetwork } from '../../chains/networks.ts';
import type { Logger } from '../../kernel/log.ts';
import type { Book } from '../book.ts';

/** Of gas, on one network. */
export type GasLimits = Pick<EvmNetwork, 'maxFeeWei' | 'gasBudgetWei'>;

/** What a transaction offers per gas. */
export interface Fees {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

/** Whether a block takes a transaction now that offers no more than the cap. */
export const isAffordable = (
  { baseFeeWei }: Block,
  { priorityFeeWei }: EvmNetwork,
  { maxFeeWei }: GasLimits,
) => baseFeeWei + priorityFeeWei <= maxFeeWei;

/** Twice the base fee, for that is enough for six full blocks in a row, each an eighth dearer; and no more than the cap. */
export function feesFor(
  { baseFeeWei }: Block,
  { priorityFeeWei }: EvmNetwork,
  { maxFeeWei }: GasLimits,
): Fees {
  const maxFeePerGas = min(2n * baseFeeWei + priorityFeeWei, maxFeeWei);
  return { maxFeePerGas, maxPriorityFeePerGas: min(priorityFeeWei, maxFeePerGas) };
}

/**
 * What replaces a transaction that offers `old`: an eighth more of both, as nodes ask for, and what a new one would offer at
 * least. Undefined where that is beyond the cap.
 */
export function dearerFees(old: Fees, fresh: Fees, { maxFeeWei }: GasLimits): Fees | undefined {
  const more = (fee: bigint) => (fee * 9n + 7n) / 8n;
  const maxFeePerGas = max(more(old.maxFeePerGas), fresh.maxFeePerGas);
  const maxPriorityFeePerGas = max(more(old.maxPriorityFeePerGas), fresh.maxPriorityFeePerGas);
  return maxFeePerGas <= maxFeeWei && maxPriorityFeePerGas <= maxFeePerGas
    ? { maxFeePerGas, maxPriorityFeePerGas }
    : undefined;
}

/** What one day's gas may cost on one network, over all its keys and all processes. */
export interface Budget {
  /** Reads what was spent, and says so once where what is left is less than `leastWei`. */
  read(leastWei: bigint): Promise<void>;
  /** What is left, in wei. */
  left(): bigint;
  /** Sets aside what a transaction may cost, until it is read again. */
  reserve(wei: bigint): void;
}

export function createBudget(
  { book, log }: { book: Book; log: Logger },
  network: string,
  { gasBudgetWei }: GasLimits,
): Budget {
  // Until it was read nothing is known to be left.
  let left = 0n;
  let told = false;
  return {
    async read(leastWei) {
      const spentWei = await book.gasSpent(network);
      left = gasBudgetWei - spentWei;
      const isSpent = left < leastWei;
      if (isSpent && !told)
        log.error(
          { spentWei: String(spentWei), budgetWei: String(gasBudgetWei) },
          'the daily gas budget is spent: nothing more is settled on this network today (UTC)',
        );
      told = isSpent;
    },
    left: () => left,
    reserve(wei) {
      left -= wei;
    },
  };
}

const min = (a: bigint, b: bigint) => (a < b ? a : b);
const max = (a: bigint, b: bigint) => (a > b ? a : b);
