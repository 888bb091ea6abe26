/**
 * Reads a transaction's bytes as far as they go, in the one form that a cluster takes. By hand, because it stands in the way
 * of every payment: the published codec takes two and a half times as long, for it has to write again what it read before
 * one knows that it was the only spelling.
 */
import { toBase58 } from './base58.ts';

/** The bytes are no transaction, or one that no cluster would take in this form. */
export class TransactionUnreadable extends Error {
  override name = 'TransactionUnreadable';
}

/** A message as the bytes have it: accounts by their place in the list. */
export interface RawMessage {
  version: 'legacy' | 0;
  header: { signers: number; readonlySigners: number; readonlyOthers: number };
  keys: string[];
  blockhash: string;
  instructions: { program: number; accounts: number[]; data: Uint8Array }[];
  lookupTables: string[];
}

/** What stands in front of a message, and the message's bytes. */
export interface RawTransaction {
  signatures: Uint8Array[];
  messageBytes: Uint8Array;
}

/** @throws {TransactionUnreadable} */
export function readTransaction(bytes: Uint8Array): RawTransaction {
  const reader = createReader(bytes);
  const signatures = Array.from({ length: reader.length() }, () => reader.take(64));
  return { signatures, messageBytes: reader.take(bytes.length - reader.position()) };
}

/** @throws {TransactionUnreadable} */
export function readMessage(bytes: Uint8Array): RawMessage {
  const reader = createReader(bytes);
  const versioned = (bytes[0] ?? 0) >= 0x80;
  if (versioned && reader.byte() !== 0x80) throw new TransactionUnreadable('its version is a later one');
  const header = { signers: reader.byte(), readonlySigners: reader.byte(), readonlyOthers: reader.byte() };
  const keys = Array.from({ length: reader.length() }, () => toBase58(reader.take(32)));
  const blockhash = toBase58(reader.take(32));
  const instructions = Array.from({ length: reader.length() }, () => ({
    program: reader.byte(),
    accounts: [...reader.take(reader.length())],
    data: reader.take(reader.length()),
  }));
  const lookupTables = versioned
    ? Array.from({ length: reader.length() }, () => {
        const table = toBase58(reader.take(32));
        reader.take(reader.length());
        reader.take(reader.length());
        return table;
      })
    : [];
  if (reader.position() !== bytes.length) throw new TransactionUnreadable('bytes are left over');
  return { version: versioned ? 0 : 'legacy', header, keys, blockhash, instructions, lookupTables };
}

function createReader(bytes: Uint8Array) {
  let at = 0;
  const byte = () => {
    if (at >= bytes.length) throw new TransactionUnreadable('it is cut off');
    return bytes[at++]!;
  };
  return {
    byte,
    position: () => at,
    take(length: number): Uint8Array {
      if (at + length > bytes.length) throw new TransactionUnreadable('it is cut off');
      at += length;
      return bytes.slice(at - length, at);
    },
    /** A number of items: seven bits a byte, in as few bytes as will do. */
    length(): number {
      const low = byte();
      if (low < 0x80) return low;
      const high = byte();
      // A transaction has no room for what would take a third.
      if (high === 0 || high >= 0x80) throw new TransactionUnreadable('a length is not in canonical form');
      return (low & 0x7f) | (high << 7);
    },
  };
}
