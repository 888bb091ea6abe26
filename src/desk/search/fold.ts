/**
 * Texts as they are compared: without case and accents. Postgres does it (`folded` and `plain_words` of
 * migrations/0037_folding.sql); this is the same again, for where a folded text has to be shown as it was written.
 */

/** Accents, points and what is not seen. */
const dropped =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: they are looked for by themselves
  /[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u061c\u0640\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\ufe00-\ufe0f\ufeff]+/g;
/** Letters that Unicode takes for no variant of another. */
const alike: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th' },
  ...{ ø: 'o', ł: 'l', đ: 'd', ħ: 'h', ı: 'i', ð: 'd', ς: 'σ' },
};

const isEnglish = (text: string): boolean => !/[^\0-\x7f]/.test(text);

/** As names, and what is looked for letter for letter, are compared. */
export function fold(text: string): string {
  if (isEnglish(text)) return text.toLowerCase();
  return text
    .replace(/[\u2018-\u201b]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .normalize('NFKD')
    .toLowerCase()
    .replace(dropped, '')
    .replace(/^.*[\u1100-\u11ff\u3099\u309a].*$/s, (signs) => signs.normalize('NFC'))
    .replace(/[ßæœþøłđħıðς]/g, (letter) => alike[letter]!);
}

/** As words are looked for: what is no letter to every server is a space. */
const plainWords = (text: string): string =>
  fold(text).replace(/[<>]|(?![\0-\x7f]|\p{Alphabetic})[\p{P}\p{S}\s\u0085]/gu, ' ');

const sign =
  '[\\u3005-\\u3007\\u3041-\\u3096\\u30a1-\\u30fa\\u30fc-\\u30ff\\u3105-\\u312f\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\uf900-\\ufaff\\u{20000}-\\u{3ffff}]';
const splitSigns = new RegExp(`${sign}[\\p{L}\\p{N}]|[\\p{L}\\p{N}]${sign}`, 'u');

/** Whether a folded word is several to the index, for it holds Chinese, Japanese or Korean, of which each sign is one. */
export const splitsSigns = (word: string): boolean => splitSigns.test(word);

/** A text as its words are looked for, and where each UTF-16 unit of it stands in the text itself: from, and up to. */
export interface Folded {
  text: string;
  from: number[];
  to: number[];
}

/** A letter with its accents, or a Korean syllable, however it is put together. */
const signs = /[\0-\x7f](?!\p{M})|[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?|[^\p{M}]\p{M}*|\p{M}+/gsu;

const english = new Map(
  Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).map((sign) => [sign, plainWords(sign)]),
);

/** Folds a text sign by sign. */
export function foldInPlace(text: string): Folded {
  if (isEnglish(text)) {
    const from = Array.from(text, (_, unit) => unit);
    return { text: plainWords(text), from, to: from.map((unit) => unit + 1) };
  }
  const folded: Folded = { text: '', from: [], to: [] };
  for (const { 0: sign, index } of text.matchAll(signs)) {
    const plain = english.get(sign) ?? plainWords(sign);
    folded.text += plain;
    for (let unit = 0; unit < plain.length; unit++) {
      folded.from.push(index);
      folded.to.push(index + sign.length);
    }
  }
  return folded;
}
