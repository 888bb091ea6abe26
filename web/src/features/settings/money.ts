/** Dollars as one types them, and millionths of a USDC as operations take them. */

/** Undefined for what is no amount with at most six places. */
export function atomicOf(dollars: string): string | undefined {
  const match = /^\s*\$?(\d{1,9})(?:\.(\d{0,6}))?\s*$/.exec(dollars);
  if (!match) return undefined;
  return String(BigInt(`${match[1]}${(match[2] ?? '').padEnd(6, '0')}`));
}

/** Such as `0.06`: at least two places, no more than it needs. */
export function plainDollars(atomic: string): string {
  const digits = atomic.padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${digits.slice(0, -6)}.${fraction}`;
}
