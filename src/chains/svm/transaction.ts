/**
 * Solana's transactions as bytes: read strictly, put together, signed. Nothing here asks a chain.
 */
import { createHash } from 'node:crypto';
import {
  type AccountRole,
  type Address,
  appendTransactionMessageInstructions,
  type Blockhash,
  compileTransaction,
  createTransactionMessage,
  getCompiledTransactionMessageDecoder,
  getCompiledTransactionMessageEncoder,
  getTransactionDecoder,
  getTransactionEncoder,
  type SignatureBytes,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
  type Transaction,
  type TransactionMessageBytes,
} from '@solana/kit';
import { toBase58 } from './base58.ts';
import type { SvmSigner } from './signer.ts';

/** What a packet holds, and so the largest transaction that a cluster takes. */
export const maxTransactionBytes = 1232;

/** An account that an instruction names. */
export interface AccountMeta {
  /** Base58. */
  address: string;
  signer: boolean;
  writable: boolean;
}

export interface SvmInstruction {
  /** The program's address. */
  program: string;
  accounts: readonly AccountMeta[];
  data: Uint8Array;
}

/** A transaction, signed by all, by some, or by none. */
export interface SvmTransaction {
  version: 'legacy' | 0;
  /** What is signed. */
  messageBytes: Uint8Array;
  /** SHA-256 of it in hexadecimal: one message, one hash, whatever its signatures look like. */
  messageHash: string;
  /** All that must sign, the fee payer first, each with its signature of 64 bytes where there is one. */
  signers: readonly { address: string; signature: Uint8Array | undefined }[];
  /** The recent blockhash, until whose end the transaction can land. */
  blockhash: string;
  /** All accounts that the message itself names, programs too, in its order: who signs comes first. */
  accounts: readonly AccountMeta[];
  instructions: readonly SvmInstruction[];
  /** Addresses that stand in lookup tables on the chain; their accounts are in no instruction here. */
  lookupTables: readonly string[];
}

/** The bytes are no transaction, or one that no cluster would take in this form. */
export class TransactionUnreadable extends Error {
  override name = 'TransactionUnreadable';
}

const decoder = getTransactionDecoder();
const encoder = getTransactionEncoder();
const messageDecoder = getCompiledTransactionMessageDecoder();
const messageEncoder = getCompiledTransactionMessageEncoder();

/**
 * Reads a transaction as it goes over the wire.
 * @param base64 in its one canonical spelling
 * @throws {TransactionUnreadable} for anything else: too large, bytes left over, an index past the accounts, a version of later
 */
export function parseTransaction(base64: string): SvmTransaction {
  if (base64.length > Math.ceil(maxTransactionBytes / 3) * 4)
    throw new TransactionUnreadable(`it is larger than ${maxTransactionBytes} bytes`);
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw new TransactionUnreadable('it is not base64');
  if (bytes.length > maxTransactionBytes)
    throw new TransactionUnreadable(`it is larger than ${maxTransactionBytes} bytes`);
  let transaction: Transaction;
  try {
    transaction = decoder.decode(bytes);
    if (!bytes.equals(encode(transaction))) throw new Error('spelt differently');
    return read(transaction);
  } catch (error) {
    if (error instanceof TransactionUnreadable) throw error;
    throw new TransactionUnreadable('it is no transaction');
  }
}

function read({ messageBytes, signatures }: Transaction): SvmTransaction {
  const message = messageDecoder.decode(messageBytes);
  // The decoder stops where it has enough, and takes lengths in more bytes than they need.
  if (!Buffer.from(messageEncoder.encode(message)).equals(new Uint8Array(messageBytes)))
    throw new TransactionUnreadable('its message is not in canonical form');
  const { header, staticAccounts: keys } = message;
  const signers = Object.entries(signatures);
  if (signers.length !== header.numSignerAccounts || signers.length === 0)
    throw new TransactionUnreadable('its signatures are not as many as its header says');
  if (header.numReadonlySignerAccounts >= header.numSignerAccounts)
    throw new TransactionUnreadable('its fee payer is not writable');
  if (new Set(keys).size !== keys.length) throw new TransactionUnreadable('it names an account twice');
  const account = (index: number): AccountMeta => ({
    address: keys[index]!,
    signer: index < header.numSignerAccounts,
    writable:
      index < header.numSignerAccounts
        ? index < header.numSignerAccounts - header.numReadonlySignerAccounts
        : index < keys.length - header.numReadonlyNonSignerAccounts,
  });
  const lookups = 'addressTableLookups' in message ? (message.addressTableLookups ?? []) : [];
  const instructions = message.instructions.map((instruction): SvmInstruction => {
    const indices = instruction.accountIndices ?? [];
    const all = [instruction.programAddressIndex, ...indices];
    if (lookups.length === 0 && all.some((index) => index >= keys.length))
      throw new TransactionUnreadable('an instruction names an account that is not there');
    return {
      program: keys[instruction.programAddressIndex] ?? '',
      accounts: indices.filter((index) => index < keys.length).map(account),
      data: new Uint8Array(instruction.data ?? []),
    };
  });
  const bytes = new Uint8Array(messageBytes);
  return {
    version: message.version as SvmTransaction['version'],
    messageBytes: bytes,
    messageHash: messageHash(bytes),
    signers: signers.map(([address, signature]) => ({
      address,
      signature: signature ? new Uint8Array(signature) : undefined,
    })),
    blockhash: message.lifetimeToken,
    accounts: keys.map((_, index) => account(index)),
    instructions,
    lookupTables: lookups.map(({ lookupTableAddress }) => lookupTableAddress),
  };
}

/** SHA-256 in hexadecimal. */
export const messageHash = (messageBytes: Uint8Array): string =>
  createHash('sha256').update(messageBytes).digest('hex');

/** What a transaction is made of. */
export interface TransactionPlan {
  feePayer: string;
  blockhash: string;
  instructions: readonly SvmInstruction[];
}

/** A transaction of version 0 without signatures. @throws {TransactionUnreadable} if it comes out too large */
export function makeTransaction({ feePayer, blockhash, instructions }: TransactionPlan): SvmTransaction {
  const empty = setTransactionMessageLifetimeUsingBlockhash(
    // The height until which it lives is the caller's to remember: the bytes do not hold it.
    { blockhash: blockhash as Blockhash, lastValidBlockHeight: 0n },
    setTransactionMessageFeePayer(feePayer as Address, createTransactionMessage({ version: 0 })),
  );
  const message = appendTransactionMessageInstructions(
    instructions.map(({ program, accounts, data }) => ({
      programAddress: program as Address,
      accounts: accounts.map(({ address, signer, writable }) => ({
        address: address as Address,
        role: ((signer ? 2 : 0) | (writable ? 1 : 0)) as AccountRole,
      })),
      data,
    })),
    empty,
  );
  const made = compileTransaction(message);
  return parseTransaction(encode(made).toString('base64'));
}

/**
 * The same transaction with the signatures of these keys in it.
 * @throws {Error} for a key that the message does not ask to sign
 */
export async function signWith(
  transaction: SvmTransaction,
  keys: readonly SvmSigner[],
): Promise<SvmTransaction> {
  const signers = [...transaction.signers];
  for (const key of keys) {
    const index = signers.findIndex(({ address }) => address === key.address);
    if (index < 0) throw new Error(`the transaction asks for no signature of ${key.address}`);
    signers[index] = { address: key.address, signature: await key.signMessage(transaction.messageBytes) };
  }
  return { ...transaction, signers };
}

/** The transaction as it goes over the wire, in base64; zeros where a signature is missing. */
export const encodeTransaction = ({ messageBytes, signers }: SvmTransaction): string =>
  encode({
    messageBytes: messageBytes as unknown as TransactionMessageBytes,
    signatures: Object.fromEntries(
      signers.map(({ address, signature }) => [address, (signature ?? null) as SignatureBytes | null]),
    ),
  }).toString('base64');

/** The id under which the chain knows a transaction: its fee payer's signature in base58; undefined before that. */
export function signatureOf({ signers }: SvmTransaction): string | undefined {
  const signature = signers[0]?.signature;
  return signature && toBase58(signature);
}

const encode = (transaction: Transaction): Buffer => Buffer.from(encoder.encode(transaction));
