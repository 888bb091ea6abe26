/**
 * Amounts of USDC. Inside Postern an amount is always a bigint of atomic units (1 USDC = 1,000,000);
 * on the wire it is a decimal string, and only people see dollars.
 */

const decimals = 6;
const unit = 10n ** BigInt(decimals);

/** Atomic units of a dollar figure written as `'0.06'`. @throws {RangeError} if it is not a plain decimal with at most six places. */
export function usdc(dollars: string): bigint {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(dollars);
  if (!match) throw new RangeError(`not a USDC amount: ${JSON.stringify(dollars)}`);
  return BigInt(match[1]!) * unit + BigInt((match[2] ?? '').padEnd(decimals, '0'));
}

/** Dollars of an amount in atomic units, at least two places: `60000n` is `'0.06'`. */
export const formatUsdc = (amountAtomic: bigint): string => formatUnits(amountAtomic, decimals);

/** An amount of any token, by the decimals of its smallest unit; at least two places. */
export function formatUnits(amount: bigint, places: number): string {
  const sign = amount < 0n ? '-' : '';
  const positive = amount < 0n ? -amount : amount;
  const whole = 10n ** BigInt(places);
  const fraction = (positive % whole).toString().padStart(places, '0').replace(/0+$/, '').padEnd(2, '0');
  return `${sign}${positive / whole}.${fraction}`;
}

/**
 * The amount in a decimal string as x402 carries it, or undefined. Strict on purpose: no sign, space, hexadecimal
 * or leading zero, for BigInt() accepts all of those and two spellings of one number are two keys.
 */
export function parseAtomic(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !/^(0|[1-9]\d{0,77})$/.test(text)) return undefined;
  return BigInt(text);
}

/** Billionths of a network's coin, of an amount written as `0.01`; undefined if it is none, or not above 0. */
export function parseNano(amount: string): bigint | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(amount);
  if (!match) return undefined;
  const nano = BigInt(match[1]!) * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
  return nano > 0n ? nano : undefined;
}
