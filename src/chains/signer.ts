import { bytesToHex, concatHex, type Hex, hexToBytes, keccak256, serializeTransaction } from 'viem';
import { halfOrder, order, recoverSigner } from './evm/eip3009.ts';

/** A transaction as the relayer makes it. */
export interface UnsignedTransaction {
  type: 'eip1559';
  chainId: number;
  nonce: number;
  to: Hex;
  data?: Hex;
  value?: bigint;
  gas: bigint;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

/**
 * The signer port: all that is asked of a key. The relayer signs transactions with it, the refund floats and receipts sign
 * hashes. `signingAccount` (hot-key.ts) is the one over a key in memory. A key that never leaves a KMS or an HSM is a
 * `remoteSigner` over its sign call.
 */
export interface Signer {
  /** EIP-55 checksummed. */
  readonly address: Hex;
  /** 65 bytes: r, s in the lower half, v of 27 or 28. */
  sign(message: { hash: Hex }): Promise<Hex>;
  /** The raw transaction, to be broadcast. */
  signTransaction(transaction: UnsignedTransaction): Promise<Hex>;
}

/** What a KMS answers: two numbers, s in either half, and no word on which of two keys it was. */
export interface RawSignature {
  r: bigint;
  s: bigint;
}

/**
 * A signer whose key lies elsewhere. For AWS KMS: a key of `ECC_SECG_P256K1`, `Sign` with `MessageType: DIGEST` and
 * `ECDSA_SHA_256`, r and s read from the DER it answers; Google's and Azure's (`ES256K`) are alike. The address is that of
 * the key's public half.
 * @param signDigest signs these 32 bytes as they are, without hashing them again
 */
export function remoteSigner(address: Hex, signDigest: (digest: Hex) => Promise<RawSignature>): Signer {
  const sign: Signer['sign'] = async ({ hash }) => canonical(address, hash, await signDigest(hash));
  return {
    address,
    sign,
    async signTransaction(transaction) {
      const signature = hexToBytes(await sign({ hash: keccak256(serializeTransaction(transaction)) }));
      return serializeTransaction(transaction, {
        r: bytesToHex(signature.subarray(0, 32)),
        s: bytesToHex(signature.subarray(32, 64)),
        yParity: signature[64]! - 27,
      });
    },
  };
}

/** USDC refuses an s of the upper half; which v is right is found by recovering. @throws {Error} for another key's signature. */
function canonical(address: Hex, digest: Hex, { r, s }: RawSignature): Hex {
  const lower = s > halfOrder ? order - s : s;
  const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;
  for (const v of ['0x1b', '0x1c'] as const) {
    const signature = concatHex([word(r), word(lower), v]);
    if (recoverSigner(digest, signature) === address.toLowerCase()) return signature;
  }
  throw new Error(`the signature is not one of ${address}`);
}
