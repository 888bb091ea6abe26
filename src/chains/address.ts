import { isAddress } from 'viem';
import { isSvmAddress } from './svm/base58.ts';

/**
 * A wallet's address as it is kept: an EVM address in lower case, for it is one wallet on all its networks however it is
 * written; a Solana address to the letter, for there each case is another wallet. In mixed case the former must pass the
 * checksum of EIP-55: a mistyped address is refused, not guessed at.
 * @returns undefined for what is no address
 */
export function readAddress(text: string): string | undefined {
  if (isAddress(text)) return text.toLowerCase();
  return isSvmAddress(text) ? text : undefined;
}
