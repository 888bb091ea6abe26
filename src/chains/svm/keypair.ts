import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { fromBase58 } from './base58.ts';
import { svmSigner } from './signer.ts';

const numbers = z.array(z.number().int().min(0).max(255)).length(64);

/**
 * Reads what `solana-keygen` writes: a JSON array of 64 numbers, the private half of a key and then the public one.
 * @returns the private half's 32 bytes; undefined for anything else, also where the halves do not belong together
 */
export function readKeypair(text: string): Uint8Array | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = numbers.safeParse(json);
  if (!parsed.success) return undefined;
  const seed = Uint8Array.from(parsed.data.slice(0, 32));
  const belongs = timingSafeEqual(publicHalf(seed), Uint8Array.from(parsed.data.slice(32)));
  return belongs ? seed : undefined;
}

/** The same array for a private half. */
export const writeKeypair = (seed: Uint8Array): string => JSON.stringify([...seed, ...publicHalf(seed)]);

const publicHalf = (seed: Uint8Array): Uint8Array => fromBase58(svmSigner(seed).address)!;
