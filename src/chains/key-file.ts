/**
 * Files with a key in them: plain, or an encrypted keystore. What is written is there whole or not at all, and
 * for its owner only. No message holds what was read.
 */
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomSecret } from '../kernel/ids.ts';
import { type Decrypted, decryptKeystore, encryptKeystore, looksEncrypted } from './keystore.ts';
import { readKeypair } from './svm/keypair.ts';

export interface KeyFileOptions {
  /** For a file that is encrypted, or is to be. */
  passphrase?: string | undefined;
  /** Takes what an operator should know: the file is not encrypted, or others may read it. Left out, nobody is told. */
  warn?: ((message: string) => void) | undefined;
}

/** Where the passphrase comes from: said at once, or kept in a file. */
export type PassphraseSource = { passphrase: string } | { file: string };

/** @returns the passphrase, without the line's end of its file. @throws {Error} where the file has none. */
export async function readPassphrase(source: PassphraseSource): Promise<string> {
  if ('passphrase' in source) return source.passphrase;
  const passphrase = (await readFile(source.file, 'utf8')).replace(/[\r\n]+$/, '');
  if (passphrase === '') throw new Error(`${source.file} holds no passphrase`);
  return passphrase;
}

/**
 * @param read takes the 32 bytes from a plain file's whole text; undefined if it is none
 * @param what it should hold, for the error
 * @throws {Error} that names the file and never its content
 */
export async function readKeyFile(
  file: string,
  { read, what }: { read: (text: string) => Uint8Array | undefined; what: string },
  { passphrase, warn }: KeyFileOptions = {},
): Promise<Decrypted> {
  const text = (await readFile(file, 'utf8')).trim();
  if (warn && (await mayBeReadByOthers(file)))
    warn(`${file} may be read by other users of this machine; chmod 600 it`);
  if (looksEncrypted(text)) return decrypt(file, text, passphrase);
  const bytes = read(text);
  if (!bytes) throw new Error(`${file} holds no ${what}`);
  warn?.(`${file} is not encrypted; npx postern key encrypt does that`);
  return { bytes, address: undefined };
}

/** Reads 64 hexadecimal digits: behind `0x`, or without it. @returns undefined for anything else */
export function readHex(text: string, prefix: '0x' | ''): Uint8Array | undefined {
  const digits = text.startsWith(prefix) ? text.slice(prefix.length) : '';
  return /^[0-9a-fA-F]{64}$/.test(digits) ? new Uint8Array(Buffer.from(digits, 'hex')) : undefined;
}

async function decrypt(file: string, text: string, passphrase: string | undefined): Promise<Decrypted> {
  if (!passphrase)
    throw new Error(
      `${file} is encrypted, and neither POSTERN_KEY_PASSPHRASE nor POSTERN_KEY_PASSPHRASE_FILE is set`,
    );
  return decryptKeystore(text, passphrase).catch((error: Error) => {
    throw new Error(`${file}: ${error.message}`);
  });
}

/** Windows keeps its rights elsewhere, and shows every file as everybody's. */
const mayBeReadByOthers = async (file: string): Promise<boolean> =>
  process.platform !== 'win32' && ((await stat(file)).mode & 0o077) !== 0;

/** Writes a new file, its folder as well. @returns false where there is one already, which stays as it is. */
export async function makeKeyFile(file: string, text: string): Promise<boolean> {
  return writeBeside(file, text, async (made) => {
    try {
      // Unlike a rename it never takes another's place: two processes that start at once come to share the first one's.
      await link(made, file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}

/**
 * Puts an encrypted keystore in the place of a plain key or secret. The old file's blocks may stay on the disk for a while.
 * @returns false where it was encrypted already
 * @throws {Error} that names the file and never its content
 */
export async function encryptKeyFile(
  file: string,
  passphrase: string,
  addressOf: (key: `0x${string}`) => string,
): Promise<boolean> {
  const text = (await readFile(file, 'utf8')).trim();
  if (looksEncrypted(text)) return false;
  const key = readHex(text, '0x');
  const bytes = key ?? readHex(text, '') ?? readKeypair(text);
  if (!bytes) throw new Error(`${file} holds neither a private key nor a secret`);
  // A keystore's address is an EVM one: a secret has none, and a Solana key none of that form.
  const address = key && addressOf(`0x${Buffer.from(key).toString('hex')}`);
  const keystore = await encryptKeystore(bytes, passphrase, address);
  // Before the plain one is gone for good: this passphrase opens what was written.
  const { bytes: again } = await decryptKeystore(keystore, passphrase);
  if (Buffer.compare(again, bytes) !== 0)
    throw new Error(`${file} could not be encrypted; it stays as it was`);
  await writeBeside(file, keystore, async (made) => {
    await rename(made, file);
    await syncFolder(dirname(file));
  });
  return true;
}

async function writeBeside<T>(file: string, text: string, place: (made: string) => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const made = `${file}.${randomSecret(4).toString('hex')}`;
  try {
    const handle = await open(made, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return await place(made);
  } finally {
    await rm(made, { force: true });
  }
}

/** The new name is on the disk too. Not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
