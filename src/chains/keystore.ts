/**
 * Encrypted key files: Web3 Secret Storage, version 3, as geth and most wallets write it. The 32 bytes are encrypted with
 * AES-128-CTR under a key that scrypt (or PBKDF2, read only) makes of the passphrase, and a keccak MAC tells a wrong
 * passphrase from a right one.
 */
import { createCipheriv, createDecipheriv, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { scryptAsync as nobleScrypt } from '@noble/hashes/scrypt';
import { keccak256 } from 'viem';
import { z } from 'zod';
import { randomSecret, randomUuid } from '../kernel/ids.ts';

/** geth's standard cost: a quarter of a gigabyte and about a second for each guess at the passphrase. */
const scryptCost = { n: 262_144, r: 8, p: 1 };
/** What a file may ask of us: a cost made up by others must not take the machine's memory, or hours. */
const maxScryptBytes = 512 * 2 ** 20;
const maxParallel = 16;
const maxPbkdf2Rounds = 10_000_000;

const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^(0x)?[0-9a-fA-F]{${bytes * 2}}$`), `must be ${bytes} bytes in hexadecimal`);
const anyHex = z.string().regex(/^(0x)?([0-9a-fA-F]{2}){1,1024}$/, 'must be hexadecimal');
const count = z.number().int().min(1);

const kdf = z.discriminatedUnion('kdf', [
  z.object({
    kdf: z.literal('scrypt'),
    kdfparams: z.object({
      dklen: z.literal(32),
      n: count.refine((n) => n > 1 && Number.isInteger(Math.log2(n)), 'must be a power of two'),
      r: count,
      p: count.max(maxParallel),
      salt: anyHex,
    }),
  }),
  z.object({
    kdf: z.literal('pbkdf2'),
    kdfparams: z.object({
      dklen: z.literal(32),
      c: count.max(maxPbkdf2Rounds),
      prf: z.literal('hmac-sha256'),
      salt: anyHex,
    }),
  }),
]);

const keystoreSchema = z.object({
  version: z.literal(3),
  address: hex(20).optional(),
  crypto: z.intersection(
    z.object({
      cipher: z.literal('aes-128-ctr'),
      cipherparams: z.object({ iv: hex(16) }),
      ciphertext: hex(32),
      mac: hex(32),
    }),
    kdf,
  ),
});

type Keystore = z.infer<typeof keystoreSchema>;

/** What an encrypted file held. */
export interface Decrypted {
  /** 32. */
  bytes: Uint8Array;
  /** What the file says the key's address is: lower case with 0x. Absent where it does not say, as for a secret. */
  address: string | undefined;
}

/** Whether a file's text is meant as a keystore, and not as a plain key. */
export const looksEncrypted = (text: string): boolean => text.trimStart().startsWith('{');

/**
 * @returns the keystore's JSON, with a salt of its own.
 * @param address of the key in it; left out for what is no account's key
 */
export async function encryptKeystore(
  bytes: Uint8Array,
  passphrase: string,
  address?: string,
): Promise<string> {
  const salt = randomSecret(32);
  const iv = randomSecret(16);
  const kdfparams = { dklen: 32 as const, ...scryptCost, salt: salt.toString('hex') };
  const key = await deriveKey({ kdf: 'scrypt', kdfparams }, passphrase);
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()]);
  const keystore = {
    ...(address && { address: address.replace(/^0x/, '').toLowerCase() }),
    crypto: {
      cipher: 'aes-128-ctr',
      ciphertext: ciphertext.toString('hex'),
      cipherparams: { iv: iv.toString('hex') },
      kdf: 'scrypt',
      kdfparams,
      mac: macOf(key, ciphertext).toString('hex'),
    },
    id: randomUuid(),
    version: 3,
  };
  return `${JSON.stringify(keystore)}\n`;
}

/** @throws {Error} in a few words, which never hold what is in the file: no keystore, costs too much, wrong passphrase. */
export async function decryptKeystore(text: string, passphrase: string): Promise<Decrypted> {
  const { crypto, address } = parseKeystore(text);
  const key = await deriveKey(crypto, passphrase);
  const ciphertext = fromHex(crypto.ciphertext);
  if (!timingSafeEqual(macOf(key, ciphertext), fromHex(crypto.mac)))
    throw new Error('the passphrase is wrong, or the file was changed');
  const decipher = createDecipheriv('aes-128-ctr', key.subarray(0, 16), fromHex(crypto.cipherparams.iv));
  return {
    bytes: new Uint8Array(Buffer.concat([decipher.update(ciphertext), decipher.final()])),
    address: address && `0x${address.replace(/^0x/, '').toLowerCase()}`,
  };
}

function parseKeystore(text: string): Keystore {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('it is no keystore: not JSON');
  }
  const parsed = keystoreSchema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`it is no keystore of version 3 that can be read: ${path.join('.')} ${message}`);
  }
  return parsed.data;
}

const fromHex = (text: string): Buffer => Buffer.from(text.replace(/^0x/, ''), 'hex');

/** Over the half of the derived key that does not encrypt. */
const macOf = (key: Buffer, ciphertext: Buffer): Buffer =>
  Buffer.from(keccak256(Buffer.concat([key.subarray(16, 32), ciphertext]), 'bytes'));

const nativeScrypt = promisify<string, Buffer, number, object, Buffer>(scrypt);
const pbkdf2Async = promisify(pbkdf2);

/** In a thread of the pool: a server that starts answers meanwhile. */
async function deriveKey(how: z.infer<typeof kdf>, passphrase: string): Promise<Buffer> {
  const salt = fromHex(how.kdfparams.salt);
  if (how.kdf === 'pbkdf2') return pbkdf2Async(passphrase, salt, how.kdfparams.c, 32, 'sha256');
  const { n, r, p } = how.kdfparams;
  if (128 * n * r > maxScryptBytes || 128 * r * p > maxScryptBytes)
    throw new Error('its scrypt would take more than 512 MB');
  // OpenSSL refuses a cost of 2^16r and more, as the RFC says; eth-account writes r = 1 with 2^18.
  if (Math.log2(n) >= 16 * r)
    return Buffer.from(await nobleScrypt(passphrase, salt, { N: n, r, p, dkLen: 32 }));
  return nativeScrypt(passphrase, salt, 32, { N: n, r, p, maxmem: 3 * maxScryptBytes });
}
