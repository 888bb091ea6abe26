/** A key in the world: what it signs is readable, and every signature is seen by who watches. */
import secp256k1 from 'secp256k1';
import { bytesToHex, type Hex, hexToBytes, keccak256, serializeTransaction } from 'viem';
import { type Authorization, authorizationDigest } from '../../src/chains/evm/eip3009.ts';
import type { EvmNetwork } from '../../src/chains/networks.ts';
import type { Signer } from '../../src/chains/signer.ts';
import type { Random } from './random.ts';

export interface Signed {
  from: Hex;
  /** Where the transaction goes. */
  to: Hex;
  data: Hex;
  value: bigint;
  nonce: number;
  chainId: number;
  raw: Hex;
  hash: Hex;
}

/** The relayer's account. Transactions are signed by writing down who sends them: the simulated chain believes it. */
export function simulatedHotKey(random: Random, onSign: (signed: Signed) => void): Signer {
  const address: Hex = `0x${random.hex(20)}`;
  return {
    address,
    async sign() {
      throw new Error('a hot key signs transactions only');
    },
    async signTransaction(transaction) {
      const { to, data = '0x', value = 0n, nonce, chainId } = transaction;
      const raw = serializeTransaction(transaction, {
        r: `0x${address.slice(2).padStart(64, '0')}`,
        s: '0x01',
        yParity: 0,
      });
      onSign({ from: address, to, data, value, nonce, chainId, raw, hash: keccak256(raw) });
      return raw;
    },
  };
}

/** A client's wallet: a real key, for its signatures are really checked. */
export interface SimWallet {
  /** Lower case. */
  address: Hex;
  sign(network: EvmNetwork, authorization: Authorization): Hex;
}

export function simulatedWallet(random: Random): SimWallet {
  const key = hexToBytes(`0x${random.hex(32)}`);
  const publicKey = secp256k1.publicKeyCreate(key, false);
  return {
    address: `0x${keccak256(publicKey.subarray(1)).slice(-40)}`,
    sign(network, authorization) {
      const { signature, recid } = secp256k1.ecdsaSign(
        hexToBytes(authorizationDigest(network, authorization)),
        key,
      );
      return `${bytesToHex(signature)}${recid === 0 ? '1b' : '1c'}`;
    },
  };
}
