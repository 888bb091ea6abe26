import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Hex, LocalAccount } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

/** The account of a key file: 0x and 64 hexadecimal digits. @throws {Error} that names the file and never its content. */
export async function readKey(file: string): Promise<LocalAccount> {
  const text = (await readFile(file, 'utf8')).trim();
  if (!/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new Error(`${file} holds no private key (0x and 64 hexadecimal digits)`);
  return privateKeyToAccount(text as Hex);
}

/** The same, making a key where the file is missing: for a devnet, where no key is worth anything. */
export async function devnetKey(file: string): Promise<LocalAccount> {
  if (!existsSync(file)) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, generatePrivateKey(), { mode: 0o600, flag: 'wx' });
  }
  return readKey(file);
}
