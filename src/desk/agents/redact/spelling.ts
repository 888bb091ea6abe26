/** How a stored word is looked for in folded text: broken over lines, and spelled in the ways that people have. */
import { lettersOf } from './spans.ts';

/** What is looked for, and the word that it begins with. */
export type Sought = [source: string, word: string];

/** Letters that are there wherever the word is, however it is written: the longest run of them. */
export const needleOf = (word: string): string =>
  lettersOf(
    word
      .replace(/[^\p{L}\p{N}]/gu, '')
      .split(/(?<=[aou])e|(?<=d)j|(?<=a)(?=a)|ꜳ/)
      .reduce((longest, part) => (part.length > longest.length ? part : longest)),
  );

/**
 * Whose value is looked for wrote it, and may have written the text as well. So of every text a pattern has one reading only:
 * what may be left out stands in one class with all that may stand in its place. Two that could take the same sign would be
 * tried in every combination, which a long value never ends.
 */

/** Within a value a line may end, with a hyphen where a word was divided. */
export const gap = '(?:[-=]?\\n)?';
/** The same beside one of these signs, which is then the value's own. */
const gapBeside = (signs: string): string =>
  signs.includes('-')
    ? signs.includes('=')
      ? '\\n?'
      : '(?:=?\\n)?'
    : signs.includes('=')
      ? '(?:-?\\n)?'
      : gap;
export const notLetter = { before: '(?<!\\p{L})', after: '(?!\\p{L})' };
const notDigit = { before: '(?<!\\d)', after: '(?!\\d)' };
/** Where no space stands between words, a word begins anywhere. */
export const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** A short word is one only where none goes on; a long one is found within others, too: an account may be called `xlovelace99`. */
export function bounded(source: string, word: string): string {
  if (spaceless.test(word)) return source;
  if (/^\p{N}+$/u.test(word)) return notDigit.before + source + notDigit.after;
  const letters = word.replace(/[^\p{L}\p{N}]/gu, '').length;
  if (letters >= 5) return source;
  return `${notLetter.before}${joinedBefore(word)}${source}(?:'?s)?${notLetter.after}`;
}

/** "And", "to" and their like, which Arabic and Hebrew write as one with what follows. */
const joinedBefore = (word: string): string =>
  /\p{Script=Arabic}/u.test(word)
    ? '[وفبلك]{0,2}(?:ال)?'
    : /\p{Script=Hebrew}/u.test(word)
      ? '[והבלמשכ]{0,2}'
      : '';

/** Greek letters that are taken for Latin ones, small or capital, and the other way round. */
const alike: Record<string, string> = { n: 'ν', h: 'η', v: 'ν', u: 'υ', y: 'υ', ν: 'nv', η: 'hn', υ: 'uy' };

const escaped = (char: string): string =>
  char in alike ? `[${char}${alike[char]}]` : char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Letter by letter; apostrophes may be left out. */
export const spelled = (text: string): string =>
  joined(text.match(/'+|[^']/gu) ?? [], (part, before) =>
    part.startsWith("'") ? `(?:'|${before === '-' ? '' : '-?'}\\n|=\\n){0,${part.length + 2}}` : undefined,
  );

/** Each part as it is, with a gap between, or as `loosely` has it, which is then instead of both gaps. */
export function joined(
  parts: readonly string[],
  loosely: (part: string, before: string | undefined) => string | undefined,
): string {
  let source = '';
  let isLoose = true;
  for (const [i, part] of parts.entries()) {
    const loose = loosely(part, parts[i - 1]);
    if (loose === undefined && !isLoose) source += gapBeside(`${parts[i - 1]}${part}`);
    source += loose ?? escaped(part);
    isLoose = loose !== undefined;
  }
  return source;
}

/** Stands for an å in a name: two letters, of which the second may be left out. */
export const ring = 'ꜳ';

/**
 * `ü` is also written `ue`, `å` is `aa` and `đ` is `dj`; and who is called `ue` may be written with one. Two `a` only where
 * another letter follows: of a run of them there is one reading then.
 */
export const umlauted = (word: string): string =>
  spelled(
    word
      .replace(/(?<!a)aa(?=[^ae'ꜳ])/g, ring)
      .replace(/(?<=[aou])e|(?<=d)j/g, (letter) => letter.toUpperCase())
      .replace(/ꜳ(?=[^aeEꜳ'])/g, 'aA')
      .replaceAll(ring, 'a'),
  ).replaceAll(
    new RegExp(`${escaped(gap)}([AEJ])`, 'g'),
    (_, letter: string) => `(?:${gap}${letter.toLowerCase()})?`,
  );
