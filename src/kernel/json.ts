import { createHash } from 'node:crypto';

/** Anything JSON can carry. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type JsonObject = { [key: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** How deep arrays and objects may nest in what a stranger sends. Real calls use four levels. */
const maxDepth = 32;

/** Why a body could not be read. */
export class JsonError extends Error {
  override name = 'JsonError';
}

/**
 * Parses text from outside.
 * Nesting is bounded before JSON.parse sees it, and a key given twice in one object is refused: two readers that
 * disagree on which of the two counts are how one party checks an amount and another spends it.
 * @throws {JsonError}
 */
export function parseJson(text: string): Json {
  scan(text);
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new JsonError('not valid JSON');
  }
}

/** One pass over the text: depth, and keys per open object. Malformed text is left to JSON.parse. */
function scan(text: string): void {
  const keys: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) {
      const end = stringEnd(text, i);
      const open = keys.at(-1);
      if (open && isKey(text, end)) {
        const key = text.slice(i, end);
        const name = key.includes('\\') ? unescapeKey(key) : key.slice(1, -1);
        if (open.has(name)) throw new JsonError('the same key twice in one object');
        open.add(name);
      }
      i = end - 1;
    } else if (char === 0x7b || char === 0x5b) {
      keys.push(char === 0x7b ? new Set() : undefined);
      if (keys.length > maxDepth) throw new JsonError(`nested deeper than ${maxDepth} levels`);
    } else if (char === 0x7d || char === 0x5d) {
      keys.pop();
    }
  }
}

/** Index after the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x5c) i++;
    else if (char === 0x22) return i + 1;
  }
  return text.length;
}

/** A string is a key where a colon follows; in valid JSON nothing else puts one there. */
function isKey(text: string, end: number): boolean {
  let i = end;
  while (i < text.length && text.charCodeAt(i) <= 0x20) i++;
  return text.charCodeAt(i) === 0x3a;
}

function unescapeKey(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw new JsonError('not valid JSON');
  }
}

/** JSON with sorted keys and no space, so that equal values have equal text (RFC 8785 for the values we use). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 of the canonical JSON, in hexadecimal. */
export const hashJson = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex');
