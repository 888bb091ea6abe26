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
  getBase64EncodedWireTransaction,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from '@solana/kit';
import { toBase58 } from './base58.ts';
import { readMessage, readTransaction, TransactionUnreadable } from './reader.ts';
import type { SvmSigner } from './signer.ts';

export { TransactionUnreadable };

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

/**
 * Reads a transaction as it goes over the wire.
 * @param base64 in its one canonical spelling
 * @throws {TransactionUnreadable} for anything else: too large, bytes left over, an index past the accounts, a later version
 */
export function parseTransaction(base64: string): SvmTransaction {
  if (base64.length > Math.ceil(maxTransactionBytes / 3) * 4)
    throw new TransactionUnreadable(`it is larger than ${maxTransactionBytes} bytes`);
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw new TransactionUnreadable('it is not base64');
  if (bytes.length > maxTransactionBytes)
    throw new TransactionUnreadable(`it is larger than ${maxTransactionBytes} bytes`);
  const { signatures, messageBytes } = readTransaction(new Uint8Array(bytes));
  const { version, header, keys, blockhash, instructions, lookupTables } = readMessage(messageBytes);
  if (signatures.length === 0 || signatures.length !== header.signers || keys.length < header.signers)
    throw new TransactionUnreadable('its signatures are not as many as its header says');
  if (header.readonlySigners >= header.signers)
    throw new TransactionUnreadable('its fee payer is not writable');
  if (header.readonlyOthers > keys.length - header.signers)
    throw new TransactionUnreadable('its header says more accounts than there are');
  if (new Set(keys).size !== keys.length) throw new TransactionUnreadable('it names an account twice');
  const accounts = keys.map((address, index) => ({
    address,
    signer: index < header.signers,
    writable:
      index < header.signers
        ? index < header.signers - header.readonlySigners
        : index < keys.length - header.readonlyOthers,
  }));
  const known = (index: number) => {
    // Past the accounts of the message come those of the tables, which are not here.
    if (index >= keys.length && lookupTables.length === 0)
      throw new TransactionUnreadable('an instruction names an account that is not there');
    return accounts[index] ?? [];
  };
  return {
    version,
    messageBytes,
    messageHash: createHash('sha256').update(messageBytes).digest('hex'),
    signers: signatures.map((signature, index) => ({
      address: keys[index]!,
      signature: signature.some((byte) => byte !== 0) ? signature : undefined,
    })),
    blockhash,
    accounts,
    instructions: instructions.map((instruction) => ({
      program: [known(instruction.program)].flat()[0]?.address ?? '',
      accounts: instruction.accounts.flatMap(known),
      data: instruction.data,
    })),
    lookupTables,
  };
}

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
  return parseTransaction(getBase64EncodedWireTransaction(made));
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
  Buffer.concat([
    Uint8Array.of(signers.length),
    ...signers.map(({ signature }) => signature ?? new Uint8Array(64)),
    messageBytes,
  ]).toString('base64');

/** The id under which the chain knows a transaction: its fee payer's signature in base58; undefined before that. */
export function signatureOf({ signers }: SvmTransaction): string | undefined {
  const signature = signers[0]?.signature;
  return signature && toBase58(signature);
}
