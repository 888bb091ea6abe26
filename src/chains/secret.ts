/**
 * The house secret: 32 bytes that the keys of Postern's own are derived from, each by its name, so that one file is what
 * must be kept. Processes that share a database share it.
 */
import { hkdfSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { bytesToHex } from 'viem';
import { randomSecret } from '../kernel/ids.ts';
import { type LocalSigner, signingAccount } from './hot-key.ts';
import { type KeyFileOptions, makeKeyFile, readHex, readKeyFile } from './key-file.ts';
import { encryptKeystore } from './keystore.ts';

const plainSecret = {
  read: (text: string) => readHex(text, ''),
  what: 'secret (64 hexadecimal digits, or an encrypted keystore)',
};

/**
 * Reads the secret, plain or encrypted, and makes one where there is no file: encrypted where there is a passphrase. Two
 * processes that start at once come to share one.
 * @throws {Error} that names the file and never its content
 */
export async function readSecret(file: string, options: KeyFileOptions = {}): Promise<Uint8Array> {
  if (!existsSync(file)) await makeSecret(file, options.passphrase);
  return (await readKeyFile(file, plainSecret, options)).bytes;
}

async function makeSecret(file: string, passphrase: string | undefined): Promise<void> {
  const secret = randomSecret(32);
  await makeKeyFile(
    file,
    passphrase ? await encryptKeystore(secret, passphrase) : `${secret.toString('hex')}\n`,
  );
}

/** 32 bytes of the secret for one use, by HKDF-SHA256: who learns them learns nothing of the others. */
export const deriveKey = (secret: Uint8Array, label: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, 'postern', label, 32));

/** An account of our own for one use, such as `receipts`. */
export const deriveAccount = (secret: Uint8Array, label: string): LocalSigner =>
  signingAccount(bytesToHex(deriveKey(secret, label)));
