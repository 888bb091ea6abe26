import { getAddress, isAddress, zeroAddress } from 'viem';
import { PosternError } from '../kernel/errors.ts';
import type { Network } from './networks.ts';
import { isSvmAddress } from './svm/base58.ts';
import { associatedTokenProgram, systemProgram, token2022Program, tokenProgram } from './svm/instructions.ts';

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

/**
 * Where money is to go on a network, as an operator wrote it.
 * @returns the address; an EVM address checksummed. @throws {PosternError} `invalid_arguments`
 */
export function readPayTo(network: Network, address: string): string {
  const payTo = network.family === 'evm' ? readEvmPayTo(address) : readSvmPayTo(address);
  if (payTo === network.asset)
    throw new PosternError('invalid_arguments', 'payTo must be a wallet, not USDC itself.');
  return payTo;
}

function readEvmPayTo(address: string): string {
  // A checksum catches the one slip that loses money for good, so it is asked for.
  if (!isAddress(address) || address === address.toLowerCase() || address === zeroAddress)
    throw new PosternError('invalid_arguments', 'payTo must be a wallet’s address with its EIP-55 checksum.');
  return getAddress(address);
}

/** Solana's addresses have no checksum; one that is no public key belongs to a program, and may be a vault. */
function readSvmPayTo(address: string): string {
  const programs = [systemProgram, tokenProgram, token2022Program, associatedTokenProgram];
  if (!isSvmAddress(address) || programs.includes(address))
    throw new PosternError('invalid_arguments', 'payTo must be a wallet’s address: 32 bytes in base58.');
  return address;
}
