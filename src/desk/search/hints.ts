/** What is said to who types a filter that is none, so that it is not taken for words unnoticed. */
import { filters, type Misread } from './query.ts';

/** More are not said at once. */
export const mostHints = 5;
const longest = 60;

/** A piece of a query as a hint names it. */
export const named = (piece: string): string =>
  `“${piece.length > longest ? `${piece.slice(0, longest)}…` : piece}”`.toWellFormed();

/** One line for each piece: what became of it, and what it may be. At most five. @param among the filters that the caller may use */
export function hintsOf(misread: readonly Misread[], among: Iterable<string> = filters.keys()): string[] {
  const keys = [...among];
  return [...new Set(misread.map((one) => hintOf(one, keys)))].slice(0, mostHints);
}

function hintOf({ piece, key, refused }: Misread, keys: readonly string[]): string {
  const said = named(piece);
  if (refused) return `${said} left out what has these words: words take a minus, filters take none.`;
  if (keys.includes(key))
    return `${said} is no filter, and was looked for as words; ${key}: takes ${filters.get(key)!.takes}.`;
  return `${said} is no filter, and was looked for as words; filters are ${keys.map((one) => `${one}:`).join(', ')}.`;
}
