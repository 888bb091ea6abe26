/** Fields that the door's operations for members share. */
import { z } from 'zod';
import { readAddress } from '../../chains/address.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Standing } from '../../store/schema.ts';

export const standings = ['new', 'known', 'trusted', 'blocked'] as const satisfies readonly Standing[];

export const purchaseId = z
  .string()
  .regex(/^pur_\w{1,60}$/, 'must be a purchase id, such as pur_…')
  .describe('Id of the purchase.');

export const wallet = z.string().min(1).max(64).describe('Address of the wallet.');

export const limit = z.int().min(1).max(50).default(20).describe('Entries at most, up to 50.');

export const cursor = z
  .string()
  .min(1)
  .max(300)
  .optional()
  .describe('`next` of the page before this one, with the same filters.');

export const next = z.string().optional().describe('For the next page; absent on the last.');

export const amountAtomic = (what: string) => z.string().describe(`${what}, in millionths of a USDC.`);

export const time = (what: string) => z.iso.datetime().describe(`${what}, UTC.`);

/** Why a member decides so, for the audit log. */
export const reason = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text), 'must be one line without control characters')
  .refine((text) => text.trim() !== '', 'must not be blank')
  .describe('Why; kept in the audit log.');

/** The address as it is kept. @throws {PosternError} `invalid_arguments` */
export function addressOf(text: string): string {
  // What members copy may have lost its checksum; every known wallet is looked up, none is paid.
  const address = /^0x[0-9a-fA-F]{40}$/.test(text) ? text.toLowerCase() : readAddress(text);
  if (!address) throw new PosternError('invalid_arguments', 'wallet: not an address.');
  return address;
}

/** A place in a list as clients carry it. */
export const toCursor = (place: readonly string[]): string =>
  Buffer.from(place.join('|')).toString('base64url');

/** @throws {PosternError} `invalid_arguments` where the cursor is none of the list whose places look so */
export function readCursor(cursor: string, form: RegExp): [string, string] {
  const parts = form.exec(Buffer.from(cursor, 'base64url').toString());
  const time = parts?.[1];
  if (!parts || !time || (time !== '-infinity' && Number.isNaN(Date.parse(`${time}Z`))))
    throw new PosternError('invalid_arguments', 'cursor: not one of this list.');
  return [time, parts[2]!];
}
