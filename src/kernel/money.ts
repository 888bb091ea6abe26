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
export function formatUsdc(amountAtomic: bigint): string {
  const sign = amountAtomic < 0n ? '-' : '';
  const positive = amountAtomic < 0n ? -amountAtomic : amountAtomic;
  const fraction = (positive % unit)
    .toString()
    .padStart(decimals, '0')
    .replace(/0{1,4}$/, '');
  return `${sign}${positive / unit}.${fraction}`;
}

/**
 * The amount in a decimal string as x402 carries it, or undefined. Strict on purpose: no sign, space, hexadecimal
 * or leading zero, for BigInt() accepts all of those and two spellings of one number are two keys.
 */
export function parseAtomic(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !/^(0|[1-9]\d{0,77})$/.test(text)) return undefined;
  return BigInt(text);
}
