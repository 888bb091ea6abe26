import { existsSync } from 'node:fs';
import secp256k1 from 'secp256k1';
import { bytesToHex, type Hex, hexToBytes, keccak256, type LocalAccount, serializeTransaction } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { type KeyFileOptions, makeKeyFile, readHex, readKeyFile } from './key-file.ts';
import type { Signer } from './signer.ts';

const plainKey = {
  read: (text: string) => readHex(text, '0x'),
  what: 'private key (0x and 64 hexadecimal digits, or an encrypted keystore)',
};

/**
 * The account of a key file, plain or encrypted.
 * @throws {Error} that names the file and never its content
 */
export async function readKey(file: string, options?: KeyFileOptions): Promise<LocalSigner> {
  const { bytes, address } = await readKeyFile(file, plainKey, options);
  const account = signingAccount(bytesToHex(bytes));
  if (address && address !== account.address.toLowerCase())
    throw new Error(`${file} says that its address is ${address}, and its key's is ${account.address}`);
  return account;
}

/** A key in memory: what viem takes for an account, and a signer. */
export type LocalSigner = LocalAccount & Signer;

/**
 * viem's account of the key, with transactions and hashes signed by libsecp256k1: the same signature (RFC 6979, low s) in a
 * tenth of the time, and every paid call waits for one of each.
 */
export function signingAccount(privateKey: Hex): LocalSigner {
  const key = hexToBytes(privateKey);
  const sign: Signer['sign'] = async ({ hash }) => {
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
export async function devnetKey(file: string): Promise<LocalSigner> {
  if (!existsSync(file)) await makeKeyFile(file, generatePrivateKey());
  return readKey(file);
}
