/**
 * The house secret: 32 bytes that the keys of Postern's own are derived from, each by its name, so that one file is what
 * must be kept. Processes that share a database share it.
 */
import { hkdfSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bytesToHex, type LocalAccount } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { signingAccount } from './hot-key.ts';

/**
 * Reads the secret (64 hexadecimal digits), and makes one where there is no file.
 * @throws {Error} that names the file and never its content
 */
export async function readSecret(file: string): Promise<Uint8Array> {
  if (!existsSync(file)) await makeSecret(file);
  const text = (await readFile(file, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new Error(`${file} holds no secret (64 hexadecimal digits)`);
  return Buffer.from(text, 'hex');
}

/** Whole or not at all, and never over another's: two processes that start at once come to share the first one's. */
async function makeSecret(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const made = `${file}.${generatePrivateKey().slice(2, 10)}`;
  await writeFile(made, `${generatePrivateKey().slice(2)}\n`, { mode: 0o600, flush: true });
  try {
    await link(made, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(made, { force: true });
  }
}

/** 32 bytes of the secret for one use, by HKDF-SHA256: who learns them learns nothing of the others. */
export const deriveKey = (secret: Uint8Array, label: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, 'postern', label, 32));

/** An account of our own for one use, such as `receipts`. */
export const deriveAccount = (secret: Uint8Array, label: string): LocalAccount =>
  signingAccount(bytesToHex(deriveKey(secret, label)));
