/**
 * The signer port on Solana. All that is asked of a key is to sign a transaction's message; a key that never leaves a KMS
 * answers the same.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { fromBase58, toBase58 } from './base58.ts';

export interface SvmSigner {
  /** The public key, base58. */
  readonly address: string;
  /** Ed25519 over the bytes as they are: 64 bytes. */
  signMessage(message: Uint8Array): Promise<Uint8Array>;
}

/** What PKCS#8 and SPKI put in front of an Ed25519 key's 32 bytes (RFC 8410). */
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** The signer of a private key in memory. @param seed the 32 bytes of RFC 8032 that both halves of the key come from */
export function svmSigner(seed: Uint8Array): SvmSigner {
  if (seed.length !== 32) throw new Error('an Ed25519 key has 32 bytes');
  const key = createPrivateKey({
    key: Buffer.concat([privatePrefix, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    address: toBase58(publicBytes(key)),
    signMessage: async (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** The public half of a private key: 32 bytes. */
export const publicBytes = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length));

/** Whether these bytes were signed by the key of the address. False for an address that is no public key. */
export function verifySignature(address: string, message: Uint8Array, signature: Uint8Array): boolean {
  const bytes = fromBase58(address);
  if (bytes?.length !== 32 || signature.length !== 64) return false;
  try {
    const key = createPublicKey({
      key: Buffer.concat([publicPrefix, bytes]),
      format: 'der',
      type: 'spki',
    });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}
