/** How a stored name looks in text: whole and in parts, and in parts that it is not stored in. */
import { fold, parted } from './fold.ts';
import { bounded, gap, notLetter, ring, type Sought, spaceless, spelled, umlauted } from './spelling.ts';

/** Between a name's first and last word these say nothing of whose it is, and languages are full of them. */
const particles = new Set(
  'a al af av bin da das de del della den der di do dos du e el et i ibn la las le les lo los of the und van vom von y zu zum zur'.split(
    ' ',
  ),
);
const titles = new Set('mr mrs ms mx dr prof sir herr frau mme mlle sr sra senor senora pan pani'.split(' '));

/** Of a longer name the parts alone are looked for. */
const maxPaired = 12;

/**
 * In all the ways in which it may be meant: also with a space where it has what nobody sees, set apart before a capital
 * (`MacDonald`), and with escapes that were stored.
 */
export function ofName(name: string): Sought[] {
  const ways = [
    name,
    parted(name),
    name.replace(/(?<=\p{Ll})(?=\p{Lu})/gu, "'"),
    ...(/[&%\\<]/.test(name) ? [fold(name, 'escapes').text] : []),
  ];
  return [...new Set(ways)].flatMap(asWritten);
}

/** The whole of it, also joined, set apart, or with its last word first; and each of its words. */
function asWritten(name: string): Sought[] {
  const text = fold(
    name
      .normalize('NFC')
      .replace(/[åÅ]/g, ring)
      .replace(/[äöüøÄÖÜØ]/g, (letter) => `${fold(letter).text}e`)
      .replace(/[đĐðÐ]/g, 'dj'),
  ).text.trim();
  const words = text.match(/[\p{L}\p{N}](?:[\p{L}\p{N}']*[\p{L}\p{N}])?/gu) ?? [];
  if (words.length === 0) return text === '' ? [] : [[spelled(text.replace(/\s+/g, '')), '']];
  const titled = words.length > 1 && titles.has(words[0]!);
  const own = titled ? words.slice(1) : words;
  return [
    together(own),
    ...(own.length > 1 ? [together([own.at(-1)!, ...own.slice(0, -1)])] : []),
    ...own
      .filter((word, i) => tells(word, i, own))
      .map((word): Sought => [bounded(umlauted(word), word), word]),
    ...compounds(own).map(together),
    ...own.flatMap(setApart),
    ...own.flatMap(inOnePiece),
  ];
}

const together = (words: readonly string[]): Sought => [
  bounded(words.map((word) => umlauted(word)).join('[^\\p{L}\\p{N}]{0,4}'), words.join('')),
  words.toSorted((a, b) => b.length - a.length)[0]!,
];

const isParticle = (word: string, at: number, words: readonly string[]): boolean =>
  at > 0 && at < words.length - 1 && particles.has(word);

/** Whether a word of a name is looked for by itself. */
function tells(word: string, at: number, words: readonly string[]): boolean {
  if (words.length === 1) return true;
  if (/^[\p{N}']+$/u.test(word) || isParticle(word, at, words)) return false;
  return word.length > 1 || spaceless.test(word);
}

/** Neighbours that may be written as one, such as `Jean-Luc`; and particles with what they belong to, such as `de la Cruz`. */
function compounds(words: readonly string[]): string[][] {
  if (words.length < 3 || words.length > maxPaired) return [];
  const [is, says] = [isParticle, tells].map((test) => words.map((word, i) => test(word, i, words)));
  return words.slice(0, -1).flatMap((_, from) => {
    const last = is![from] ? is!.indexOf(false, from) : from + 1;
    return is![last] || !says!.slice(from, last + 1).includes(true) ? [] : [words.slice(from, last + 1)];
  });
}

/** A word with apostrophes, with spaces or hyphens in their place: `O Brien`. */
function setApart(word: string): Sought[] {
  const parts = word.split(/'+/).filter((part) => part !== '');
  if (parts.length < 2 || parts.length > 4) return [];
  const source = parts.map((part) => umlauted(part)).join('[^\\p{L}\\p{N}]{1,3}');
  return [[`${notLetter.before}${source}(?:'?s)?${notLetter.after}`, parts.at(-1)!]];
}

/** Longer ones are no person's. */
const maxPiece = 8;
const unspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+$/u;
const syllables = /^[\p{Script=Hiragana}ー]+$/u;

/** Behind one of these a single character is somebody's name. */
const honorifics = fold(
  '先生 女士 小姐 太太 老师 老師 师傅 師傅 总 總 经理 經理 同学 さん さま 様 君 くん ちゃん 氏 殿 先輩 씨 님 선생 과장 부장 대리 사장 팀장',
)
  .text.split(' ')
  .join('|');

/**
 * A Chinese, Japanese or Korean name that is stored without a space: where the surname ends is not told, so all that it may be
 * made of is looked for.
 */
function inOnePiece(word: string): Sought[] {
  const chars = [...word.normalize('NFC')];
  if (chars.length < 2 || chars.length > maxPiece || !unspaced.test(chars.join(''))) return [];
  const shortest = syllables.test(chars.join('')) ? 3 : 2;
  const lengths = chars.map((_, i) => i).filter((length) => length >= shortest);
  const spaced = '[^\\p{L}\\p{N}]{0,2}';
  const sought = (part: readonly string[], between: string): Sought => [
    part.map((char) => spelled(char.normalize('NFD'))).join(between),
    part.join('').normalize('NFD'),
  ];
  const called = [chars[0]!, chars.at(-1)!].map((char): Sought => {
    const decomposed = char.normalize('NFD');
    return [`${spelled(decomposed)}(?=[^\\p{L}\\p{N}]?(?:${honorifics}))`, decomposed];
  });
  return [
    sought(chars, spaced),
    ...lengths.flatMap((length) => [
      sought(chars.slice(0, length), gap),
      sought(chars.slice(-length), spaced),
    ]),
    ...called,
  ];
}
