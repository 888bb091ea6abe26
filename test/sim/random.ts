/** The one source of chance in a run: the same seed makes the same choices, in the same order. */
import type { Ids } from '../../src/kernel/ids.ts';

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** That many bytes, as lower-case hexadecimal without 0x. */
  hex(bytes: number): string;
  /** A generator of its own, so that one part's choices do not shift another's. */
  fork(): Random;
}

/** xoshiro128**, its state spread from the seed by splitmix32. */
export function createRandom(seed: number): Random {
  let spread = seed >>> 0;
  const splitmix = () => {
    spread = (spread + 0x9e3779b9) >>> 0;
    let z = spread;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()];
  const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k));
  const draw = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
  const random: Random = {
    next: () => draw() / 0x1_0000_0000,
    between: (from, to) => from + Math.floor(random.next() * (to - from + 1)),
    chance: (probability) => random.next() < probability,
    pick: (items) => items[Math.floor(random.next() * items.length)]!,
    hex: (bytes) =>
      Array.from({ length: bytes }, () => (draw() & 0xff).toString(16).padStart(2, '0')).join(''),
    fork: () => createRandom(draw()),
  };
  return random;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Ids of the usual form, from the seed. */
export const seededIds =
  (random: Random): Ids =>
  (prefix) =>
    `${prefix}_${Array.from({ length: 24 }, () => alphabet[random.between(0, 31)]).join('')}`;
