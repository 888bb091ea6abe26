/**
 * Masking for search: a text that was masked before is not masked again. What is kept is no more than a process can spare, and
 * nothing that strangers may not read.
 */
import { createHash } from 'node:crypto';
import { PosternError } from '../../kernel/errors.ts';
import type { Redactor } from '../agents/redact.ts';

/** UTF-16 units of all that is kept. */
const maxKept = 8_000_000;
/** What an entry costs beside its text. */
const entry = 150;

const kept = new Map<string, string>();
let size = 0;

const keyOf = (values: string, text: string): string =>
  createHash('sha256').update(values).update('\0').update(text).digest('base64');

/** Whether it is at hand: then masking costs nothing. @param values all that is masked, as one text */
export const isRemembered = (values: string, text: string): boolean => kept.has(keyOf(values, text));

/** The redactor of these values; a text that was masked with the same before is not masked again. */
export const remembering =
  (redact: Redactor, values: string): Redactor =>
  (text) => {
    const key = keyOf(values, text);
    const known = kept.get(key);
    // The newest use is last: what is asked for stays.
    kept.delete(key);
    if (known !== undefined) {
      kept.set(key, known);
      return known;
    }
    const masked = redact(text);
    keep(key, masked);
    return masked;
  };

function keep(key: string, masked: string): void {
  kept.set(key, masked);
  size += masked.length + entry;
  for (const [oldest, text] of kept) {
    if (size <= maxKept) return;
    kept.delete(oldest);
    size -= text.length + entry;
  }
}

/** Searches of strangers that one process carries at once: each holds a connection, and what it masks the others wait for. */
const maxAtOnce = 4;
let atOnce = 0;

/** @throws {PosternError} `busy` where too many are at it. */
export async function amongFew<T>(work: () => Promise<T>): Promise<T> {
  if (atOnce >= maxAtOnce) throw new PosternError('busy');
  atOnce += 1;
  try {
    return await work();
  } finally {
    atOnce -= 1;
  }
}
