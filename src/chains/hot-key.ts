import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import secp256k1 from 'secp256k1';
import { bytesToHex, type Hex, hexToBytes, keccak256, type LocalAccount, serializeTransaction } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

/** The account of a key file: 0x and 64 hexadecimal digits. @throws {Error} that names the file and never its content. */
export async function readKey(file: string): Promise<LocalAccount> {
  const text = (await readFile(file, 'utf8')).trim();
  if (!/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new Error(`${file} holds no private key (0x and 64 hexadecimal digits)`);
  return signingAccount(text as Hex);
}

/**
 * viem's account of the key, with transactions and hashes signed by libsecp256k1: the same signature (RFC 6979, low s) in a
 * tenth of the time, and every paid call waits for one of each.
 */
export function signingAccount(privateKey: Hex): LocalAccount {
  const key = hexToBytes(privateKey);
  const sign: LocalAccount['sign'] = async ({ hash }) => {
    const { signature, recid } = secp256k1.ecdsaSign(hexToBytes(hash), key);
    return `${bytesToHex(signature)}${recid === 0 ? '1b' : '1c'}`;
  };
  const signTransaction: LocalAccount['signTransaction'] = async (transaction, options) => {
    const serialize = options?.serializer ?? serializeTransaction;
    const hash = keccak256(await serialize(transaction));
    const { signature, recid } = secp256k1.ecdsaSign(hexToBytes(hash), key);
    return serialize(transaction, {
      r: bytesToHex(signature.subarray(0, 32)),
      s: bytesToHex(signature.subarray(32)),
      yParity: recid,
    });
  };
  return { ...privateKeyToAccount(privateKey), sign, signTransaction };
}

/** The same, making a key where the file is missing: for a devnet, where no key is worth anything. */
export async function devnetKey(file: string): Promise<LocalAccount> {
  if (!existsSync(file)) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, generatePrivateKey(), { mode: 0o600, flag: 'wx' });
  }
  return readKey(file);
}
