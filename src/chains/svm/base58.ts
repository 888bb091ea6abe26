import { getBase58Decoder, getBase58Encoder } from '@solana/kit';

const decoder = getBase58Decoder();
const encoder = getBase58Encoder();

/** Base58, as addresses, signatures and blockhashes are written. */
export const toBase58 = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Of a transaction, the longest thing that is written so. The time to decode grows with the square of the length. */
const maxTextLength = 1683;

/** @returns the bytes, undefined for what is not base58, or longer than a transaction */
export function fromBase58(text: string): Uint8Array | undefined {
  if (text.length > maxTextLength) return undefined;
  try {
    return new Uint8Array(encoder.encode(text));
  } catch {
    return undefined;
  }
}

/** Whether a text is an address: 32 bytes in base58, on the curve or off it. Case counts. */
export const isSvmAddress = (text: string): boolean =>
  text.length >= 32 && text.length <= 44 && fromBase58(text)?.length === 32;
