/** Where Solana keys come from: files, and the house secret. */
import { existsSync } from 'node:fs';
import { randomSecret } from '../../kernel/ids.ts';
import { type KeyFileOptions, makeKeyFile, readKeyFile } from '../key-file.ts';
import { deriveKey } from '../secret.ts';
import { readKeypair, writeKeypair } from './keypair.ts';
import { type SvmSigner, svmSigner } from './signer.ts';

const plainKey = {
  read: readKeypair,
  what: 'Solana key (the array of 64 numbers that solana-keygen writes, or an encrypted keystore)',
};

/**
 * The signer of a key file, as `solana-keygen` writes it or encrypted.
 * @throws {Error} that names the file and never its content
 */
export async function readSvmKey(file: string, options?: KeyFileOptions): Promise<SvmSigner> {
  const { bytes, address } = await readKeyFile(file, plainKey, options);
  // The bytes would do, and be another wallet's: what pays on one kind of chain is not to sign on the other.
  if (address) throw new Error(`${file} holds the key of an EVM address, ${address}`);
  return svmSigner(bytes);
}

/** The same, making a key where the file is missing: for a devnet, where no key is worth anything. */
export async function devnetSvmKey(file: string): Promise<SvmSigner> {
  if (!existsSync(file)) await makeKeyFile(file, writeKeypair(randomSecret(32)));
  return readSvmKey(file);
}

/** A Solana account of our own for one use. Its key is another than that of the EVM account of the same label. */
export const deriveSvmAccount = (secret: Uint8Array, label: string): SvmSigner =>
  svmSigner(deriveKey(secret, `solana:${label}`));
