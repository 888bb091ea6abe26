/**
 * Signed receipts, as x402's offer-receipt extension has them: who paid where for which resource, and when it was
 * delivered; never what was bought, in words. EIP-712 rather than JWS: the signer is recovered from the receipt itself, so
 * that nothing needs to be fetched to check one. The hash is spelt out, for every delivery waits for it.
 */
import { concatHex, type Hex, keccak256, stringToHex, toHex } from 'viem';
import { canonicalSignature, recoverSigner } from '../chains/evm/eip3009.ts';
import { findNetwork, type Network } from '../chains/networks.ts';
import type { Signer } from '../chains/signer.ts';
import { fromBase58, isSvmAddress } from '../chains/svm/base58.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { toolUrl } from './wire/resource.ts';

type ReceiptPayload = {
  version: number;
  /** CAIP-2. */
  network: string;
  /** The tool's own address, whatever face it was bought at. */
  resourceUrl: string;
  payer: string;
  /** Seconds. */
  issuedAt: number;
  /** The one that moved the money: who wants to know how much can look there. */
  transaction: string;
};

/** A receipt as it goes onto the wire. */
export type SignedReceipt = { format: 'eip712'; payload: ReceiptPayload; signature: string };

/** The extension's name, in a settlement response. */
export const OFFER_RECEIPT = 'offer-receipt';

/** What a receipt tells of a delivery. */
export interface Sale {
  workspaceSlug: string;
  operation: string;
  network: Network;
  /** Lower case on EVM, base58 on Solana. */
  payer: string;
  transaction: string;
  deliveredAt: Date;
}

export interface Receipts {
  /** The key that signs, lower case: published, so that a receipt can be held to it. */
  signer: Hex;
  /** Signs with a key of our own, in memory: the delivering transaction waits for no port. */
  issue(sale: Sale): Promise<SignedReceipt>;
}

/** @param publicUrl what the outside calls this server: the resource's address begins so */
export function createReceipts(account: Pick<Signer, 'address' | 'sign'>, publicUrl: string): Receipts {
  const base = publicUrl.replace(/\/+$/, '');
  return {
    signer: account.address.toLowerCase() as Hex,
    async issue({ workspaceSlug, operation, network, payer, transaction, deliveredAt }) {
      const payload: ReceiptPayload = {
        version: 1,
        network: network.caip2,
        resourceUrl: toolUrl(base, workspaceSlug, operation),
        payer,
        issuedAt: Math.floor(deliveredAt.getTime() / 1000),
        transaction,
      };
      const signature = await account.sign({ hash: receiptDigest(payload) });
      return { format: 'eip712', payload, signature };
    },
  };
}

const text = (value: string): Hex => keccak256(stringToHex(value));
const word = (value: number): Hex => toHex(value, { size: 32 });

/** The extension fixes chain 1 for every receipt: nothing of it goes to a chain, and the payload names the network. */
const separator = keccak256(
  concatHex([
    text('EIP712Domain(string name,string version,uint256 chainId)'),
    text('x402 receipt'),
    text('1'),
    word(1),
  ]),
);
const receiptType = text(
  'Receipt(uint256 version,string network,string resourceUrl,string payer,uint256 issuedAt,string transaction)',
);

/** The 32 bytes that the signer signs. */
export function receiptDigest(payload: ReceiptPayload): Hex {
  const struct = concatHex([
    receiptType,
    word(payload.version),
    text(payload.network),
    text(payload.resourceUrl),
    text(payload.payer),
    word(payload.issuedAt),
    text(payload.transaction),
  ]);
  return keccak256(concatHex(['0x1901', separator, keccak256(struct)]));
}

/** Why something is no receipt; the message is for people. */
export class NotAReceipt extends Error {
  override name = 'NotAReceipt';
}

/**
 * Reads a receipt and says whose key signed it. Every field counts and no other is taken, so that nothing unsigned can
 * stand beside what is signed. Whose the key is, only the caller can know.
 * @throws {NotAReceipt}
 */
export function readReceipt(value: Json | undefined): { receipt: SignedReceipt; signer: Hex } {
  const { format, payload, signature } = exactly(value, ['format', 'payload', 'signature'], 'the receipt');
  if (format !== 'eip712') throw new NotAReceipt('its format is not "eip712"');
  const fields = ['version', 'network', 'resourceUrl', 'payer', 'issuedAt', 'transaction'];
  const read = exactly(payload, fields, 'its payload') as unknown as ReceiptPayload;
  if (read.version !== 1) throw new NotAReceipt('its payload is of another version than 1');
  if (!Number.isSafeInteger(read.issuedAt) || read.issuedAt <= 0)
    throw new NotAReceipt('issuedAt is not a time in seconds');
  const network = findNetwork(read.network);
  if (network?.caip2 !== read.network) throw new NotAReceipt('its network is not known');
  const isSvm = network.family === 'svm';
  if (!(isSvm ? isSvmAddress(read.payer) : /^0x[0-9a-fA-F]{40}$/.test(read.payer)))
    throw new NotAReceipt('the payer is not an address');
  if (!(isSvm ? isSvmSignature(read.transaction) : /^0x[0-9a-f]{64}$/.test(read.transaction)))
    throw new NotAReceipt('it names no transaction');
  if (typeof read.resourceUrl !== 'string' || !URL.canParse(read.resourceUrl))
    throw new NotAReceipt('its resource is not an address');
  const hex = typeof signature === 'string' && /^0x[0-9a-fA-F]{130}$/.test(signature);
  const canonical = hex ? canonicalSignature(signature as Hex) : undefined;
  const signer = canonical && recoverSigner(receiptDigest(read), canonical);
  if (!signer) throw new NotAReceipt('its signature is not one');
  return { receipt: { format, payload: read, signature: signature as string }, signer };
}

const isSvmSignature = (text: string): boolean => text.length <= 88 && fromBase58(text)?.length === 64;

/** An object with these fields and no other. */
function exactly(value: Json | undefined, fields: readonly string[], what: string): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new NotAReceipt(`${what} is not a JSON object`);
  const unknown = Object.keys(value).find((key) => !fields.includes(key));
  if (unknown !== undefined) throw new NotAReceipt(`${what} has a field that no receipt has: ${unknown}`);
  const missing = fields.find((field) => !Object.hasOwn(value, field));
  if (missing !== undefined) throw new NotAReceipt(`${what} lacks ${missing}`);
  return value;
}
