/**
 * EIP-3009 as USDC has it: what the payer signs, how it is sent, and what the chain logs when it moved the money.
 * The typed-data hash is spelt out rather than computed by a general encoder: it is on the path of every paid call.
 */
import { keccak_256 } from '@noble/hashes/sha3';
import secp256k1 from 'secp256k1';
import { encodeFunctionData, type Hex, parseAbi } from 'viem';
import { assert } from '../../kernel/errors.ts';
import type { EvmNetwork } from '../networks.ts';

/** What the payer signed, normalised: addresses and hexadecimal in lower case. */
export interface Authorization {
  from: Hex;
  to: Hex;
  value: bigint;
  validAfter: bigint;
  validBefore: bigint;
  nonce: Hex;
}

export const eip3009Abi = parseAbi([
  'function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, uint8 v, bytes32 r, bytes32 s)',
  'function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, bytes signature)',
  'function authorizationState(address authorizer, bytes32 nonce) view returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
  'event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce)',
  'event AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
]);

const toHex = (bytes: Uint8Array): Hex =>
  `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`;
const hashOf = (text: string): Uint8Array => keccak_256(Buffer.from(text, 'utf8'));

export const topics = {
  used: toHex(hashOf('AuthorizationUsed(address,bytes32)')),
  canceled: toHex(hashOf('AuthorizationCanceled(address,bytes32)')),
  transfer: toHex(hashOf('Transfer(address,address,uint256)')),
};

const uint64End = 1n << 64n;
const uint256End = 1n << 256n;

/** Writes an ABI word of an address, or of 32 bytes. @throws {Error} for another length, or no hexadecimal */
function putBytes(words: Buffer, index: number, hex: Hex, length: 20 | 32): void {
  const start = 32 * index + 32 - length;
  words.fill(0, 32 * index, start);
  const written = hex.length === 2 + 2 * length ? words.write(hex.slice(2), start, length, 'hex') : 0;
  assert(written === length, `not ${length} bytes`);
}

/** Writes an ABI word of a number. @throws {Error} for one that no uint256 holds */
function putNumber(words: Buffer, index: number, value: bigint): void {
  assert(value >= 0n && value < uint256End, 'not a uint256');
  if (value < uint64End) {
    words.fill(0, 32 * index, 32 * index + 24);
    words.writeBigUInt64BE(value, 32 * index + 24);
  } else putBytes(words, index, `0x${value.toString(16).padStart(64, '0')}`, 32);
}

const separators = new WeakMap<EvmNetwork, Uint8Array>();

function separatorOf(network: EvmNetwork): Uint8Array {
  const known = separators.get(network);
  if (known) return known;
  const { name, version } = network.domain;
  const words = Buffer.alloc(5 * 32);
  words.set(hashOf('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'), 0);
  words.set(hashOf(name), 32);
  words.set(hashOf(version), 64);
  putNumber(words, 3, BigInt(network.chainId));
  putBytes(words, 4, network.asset, 20);
  const separator = keccak_256(words);
  separators.set(network, separator);
  return separator;
}

/** EIP-712 domain separator of the network's pinned USDC. */
export const domainSeparator = (network: EvmNetwork): Hex => toHex(separatorOf(network));

/**
 * What is hashed, written anew for each authorization: nothing is awaited between writing and hashing. A payment is hashed
 * and its signer recovered in 0.09 ms, of which 0.06 are the curve's; with hexadecimal and an encoder between the steps it
 * was 0.25 (Node 24).
 */
const struct = Buffer.alloc(7 * 32);
struct.set(
  hashOf(
    'TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)',
  ),
);
const message = Buffer.alloc(2 + 2 * 32);
message.set([0x19, 0x01]);

function digestOf(network: EvmNetwork, a: Authorization): Uint8Array {
  putBytes(struct, 1, a.from, 20);
  putBytes(struct, 2, a.to, 20);
  putNumber(struct, 3, a.value);
  putNumber(struct, 4, a.validAfter);
  putNumber(struct, 5, a.validBefore);
  putBytes(struct, 6, a.nonce, 32);
  message.set(separatorOf(network), 2);
  message.set(keccak_256(struct), 2 + 32);
  return keccak_256(message);
}

/** The 32 bytes that the payer signs. @throws {Error} for what no EIP-3009 message can hold */
export const authorizationDigest = (network: EvmNetwork, a: Authorization): Hex =>
  toHex(digestOf(network, a));

/** Of secp256k1. A signature has a twin with s subtracted from it; the one with s in the lower half is canonical. */
export const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
export const halfOrder = order / 2n;

const recoveries: Record<string, string | undefined> = { '00': '1b', '01': '1c', '1b': '1b', '1c': '1c' };

/** A signature of a plain key in its one canonical form (low s, v of 27 or 28), or undefined if it is not one. */
export function canonicalSignature(signature: Hex): Hex | undefined {
  if (!/^0x[0-9a-f]{130}$/i.test(signature)) return undefined;
  const lower = signature.toLowerCase();
  const v = recoveries[lower.slice(130)];
  const s = BigInt(`0x${lower.slice(66, 130)}`);
  return v === undefined || s === 0n || s > halfOrder ? undefined : `${lower.slice(0, 130) as Hex}${v}`;
}

const rAndS = Buffer.alloc(64);
const publicKey = Buffer.alloc(65);

function recover(digest: Uint8Array, canonical: Hex): Hex | undefined {
  rAndS.write(canonical.slice(2, 130), 'hex');
  try {
    secp256k1.ecdsaRecover(rAndS, canonical.endsWith('1b') ? 0 : 1, digest, false, publicKey);
  } catch {
    return undefined;
  }
  return toHex(keccak_256(publicKey.subarray(1)).subarray(12));
}

/** The address whose key made a canonical signature over the digest, lower case; undefined if none did. */
export const recoverSigner = (digest: Hex, canonical: Hex): Hex | undefined =>
  recover(Buffer.from(digest.slice(2), 'hex'), canonical);

/** The address whose key signed the authorization with a canonical signature, lower case; undefined if none did. */
export const recoverPayer = (network: EvmNetwork, a: Authorization, canonical: Hex): Hex | undefined =>
  [a.value, a.validAfter, a.validBefore].every((value) => value < uint256End)
    ? recover(digestOf(network, a), canonical)
    : undefined;

/** Calldata that settles the authorization. A plain key's signature goes as v, r, s; a contract wallet's as bytes. */
export function transferCalldata(a: Authorization, signature: Hex, contractWallet: boolean): Hex {
  const head = [a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce] as const;
  if (contractWallet)
    return encodeFunctionData({
      abi: eip3009Abi,
      functionName: 'transferWithAuthorization',
      args: [...head, signature],
    });
  const r: Hex = `0x${signature.slice(2, 66)}`;
  const s: Hex = `0x${signature.slice(66, 130)}`;
  const v = Number.parseInt(signature.slice(130), 16);
  return encodeFunctionData({
    abi: eip3009Abi,
    functionName: 'transferWithAuthorization',
    args: [...head, v, r, s],
  });
}

/** An address as an indexed field of a log has it. */
export const addressTopic = (address: string): Hex => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;

/** A log as nodes report it. */
export interface Log {
  address: Hex;
  topics: Hex[];
  data: Hex;
  logIndex: number;
  blockNumber: bigint;
  transactionHash: Hex;
}

/** What a payment must have logged. */
export interface ExpectedPayment {
  asset: string;
  payer: string;
  nonce: string;
  payTo: string;
  amountAtomic: bigint;
}

/**
 * The pair that proves a payment, among one transaction's logs: AuthorizationUsed(payer, nonce) of the asset,
 * immediately followed by its Transfer(payer, payTo, amount). Whoever sent the transaction.
 * @returns the AuthorizationUsed log; undefined where there is no such pair.
 */
export function findPayment(logs: readonly Log[], payment: ExpectedPayment): Log | undefined {
  const asset = payment.asset.toLowerCase();
  const payer = addressTopic(payment.payer);
  const nonce = payment.nonce.toLowerCase();
  const isOf = (log: Log | undefined, ...expected: string[]) =>
    log?.address.toLowerCase() === asset &&
    log.topics.length === 3 &&
    expected.every((topic, i) => log.topics[i]!.toLowerCase() === topic);
  return logs.find((log, i) => {
    const next = logs[i + 1];
    return (
      isOf(log, topics.used, payer, nonce) &&
      next?.logIndex === log.logIndex + 1 &&
      isOf(next, topics.transfer, payer, addressTopic(payment.payTo)) &&
      BigInt(next.data) === payment.amountAtomic
    );
  });
}
