import { hash, randomBytes, randomUUID } from 'node:crypto';

/** Every id starts with what it names. */
export type IdPrefix =
  | 'wsp'
  | 'tkt'
  | 'msg'
  | 'prp'
  | 'pur'
  | 'rcp'
  | 'cus'
  | 'art'
  | 'iss'
  | 'out'
  | 'prc'
  | 'aud'
  | 'rfd'
  | 'txn'
  | 'sgn'
  | 'stl'
  | 'ftk'
  | 'evt'
  | 'tea'
  | 'usr'
  | 'crd'
  | 'cno'
  | 'ses'
  | 'acc'
  | 'vrf'
  | 'psk'
  | 'inv'
  | 'att'
  | 'blb'
  | 'mac'
  | 'rul'
  | 'run'
  | 'rpl'
  | 'sla'
  | 'viw'
  | 'chg'
  | 'rat'
  | 'tok';

/** The id port: a new unguessable id, such as `tkt_5h2k…`. */
export type Ids = (prefix: IdPrefix) => string;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** 120 random bits in Crockford's base 32, lower case: 24 characters after the prefix. */
export const randomIds: Ids = (prefix) => idOf(prefix, randomBytes(24));

/** The id that the same `seed` always gets: as unguessable as that is. */
export const derivedId = (prefix: IdPrefix, seed: string): string =>
  idOf(prefix, hash('sha256', seed, 'buffer').subarray(0, 24));

function idOf(prefix: IdPrefix, bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += alphabet[byte & 31];
  return `${prefix}_${text}`;
}

/** Whether a string has the form of an id with this prefix. Says nothing about whether the thing exists. */
export const isId = (prefix: IdPrefix, text: unknown): text is string =>
  typeof text === 'string' && new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{24}$`).test(text);

/** Unguessable bytes, for keys and salts. */
export const randomSecret = (size: number): Buffer => randomBytes(size);

/** A UUID, where a format of others asks for one. */
export const randomUuid = (): string => randomUUID();
