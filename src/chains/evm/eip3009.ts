/**
 * EIP-3009 as USDC has it: what the payer signs, how it is sent, and what the chain logs when it moved the money.
 * The typed-data hash is spelt out rather than computed by a general encoder: it is on the path of every paid call.
 */
import secp256k1 from 'secp256k1';
import { concatHex, encodeFunctionData, type Hex, hexToBytes, keccak256, parseAbi, toHex } from 'viem';
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

const text = (value: string): Hex => keccak256(toHex(value));
const word = (value: bigint): Hex => toHex(value, { size: 32 });
const addressWord = (address: Hex): Hex => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;

const domainType = text('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)');
const transferType = text(
  'TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)',
);

export const topics = {
  used: text('AuthorizationUsed(address,bytes32)'),
  canceled: text('AuthorizationCanceled(address,bytes32)'),
  transfer: text('Transfer(address,address,uint256)'),
};

const separators = new WeakMap<EvmNetwork, Hex>();

/** EIP-712 domain separator of the network's pinned USDC. */
export function domainSeparator(network: EvmNetwork): Hex {
  const known = separators.get(network);
  if (known) return known;
  const { name, version } = network.domain;
  const parts = [
    domainType,
    text(name),
    text(version),
    word(BigInt(network.chainId)),
    addressWord(network.asset),
  ];
  const separator = keccak256(concatHex(parts));
  separators.set(network, separator);
  return separator;
}

/** The 32 bytes that the payer signs. */
export function authorizationDigest(network: EvmNetwork, a: Authorization): Hex {
  const struct = concatHex([
    transferType,
    addressWord(a.from),
    addressWord(a.to),
    word(a.value),
    word(a.validAfter),
    word(a.validBefore),
    a.nonce,
  ]);
  return keccak256(concatHex(['0x1901', domainSeparator(network), keccak256(struct)]));
}

/** Of secp256k1. A signature has a twin with s subtracted from it; the one with s in the lower half is canonical. */
export const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
export const halfOrder = order / 2n;

/** A signature of a plain key in its one canonical form (low s, v of 27 or 28), or undefined if it is not one. */
export function canonicalSignature(signature: Hex): Hex | undefined {
  if (signature.length !== 132) return undefined;
  const v = Number.parseInt(signature.slice(130), 16);
  const recovery = v >= 27 ? v - 27 : v;
  const s = BigInt(`0x${signature.slice(66, 130)}`);
  if ((recovery !== 0 && recovery !== 1) || s === 0n || s > halfOrder) return undefined;
  return `${signature.slice(0, 130).toLowerCase()}${recovery === 0 ? '1b' : '1c'}` as Hex;
}

/** The address whose key made a canonical signature over the digest, lower case; undefined if none did. */
export function recoverSigner(digest: Hex, canonical: Hex): Hex | undefined {
  const bytes = hexToBytes(canonical);
  try {
    const key = secp256k1.ecdsaRecover(bytes.subarray(0, 64), bytes[64]! - 27, hexToBytes(digest), false);
    return `0x${keccak256(key.subarray(1)).slice(-40)}`;
  } catch {
    return undefined;
  }
}

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
  const payer = addressWord(payment.payer as Hex);
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
      isOf(next, topics.transfer, payer, addressWord(payment.payTo as Hex)) &&
      BigInt(next.data) === payment.amountAtomic
    );
  });
}
