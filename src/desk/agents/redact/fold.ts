/**
 * Text as it is compared: lower case, without accents, compatibility forms, invisible characters and look-alikes, each unit
 * knowing where in the source it stands. So a value is found however it is dressed, and what is masked is the source.
 */

/** Which escapes are read: none, those of HTML, addresses, JSON and Markdown, or those of quoted-printable mail. */
export type Reading = 'plain' | 'escapes' | 'quoted-printable';

/** Where unit `i` of `text` stands in the source: from `from[i]` up to `to[i]`. A line break, with quoting behind it, is `\n`. */
export interface Folded {
  text: string;
  from: number[];
  to: number[];
}

/**
 * Latin letters that no normal form takes apart, and letters of other scripts that look like Latin ones, or are one letter
 * written in several ways. Greek ν, η and υ look like several: they stay, and `known.ts` takes them for each.
 */
const alike = new Map(
  Object.entries({
    ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', þ: 'th', ħ: 'h', ı: 'i', ŋ: 'n', ə: 'e' },
    ...{ ى: 'ي', ی: 'ي', ې: 'ي', ک: 'ك', ڪ: 'ك', ة: 'ه', ۃ: 'ه', ە: 'ه', ہ: 'ه', ھ: 'ه', ٱ: 'ا' },
    ...{ '׳': "'", '״': '"', '\u2800': ' ', ѵ: 'v', ѡ: 'w', γ: 'y', ω: 'w' },
    ...{ а: 'a', в: 'b', е: 'e', к: 'k', м: 'm', н: 'h', о: 'o', р: 'p', с: 'c', т: 't', у: 'y', х: 'x' },
    ...{ і: 'i', ј: 'j', ѕ: 's', һ: 'h', ԁ: 'd', ԛ: 'q', ԝ: 'w', ӏ: 'l', ɡ: 'g', ɑ: 'a' },
    ...{ α: 'a', β: 'b', ε: 'e', ζ: 'z', ι: 'i', κ: 'k', μ: 'm', ο: 'o', ρ: 'p', τ: 't' },
    ...{ χ: 'x', ς: 'σ', '’': "'", '‘': "'", ʼ: "'", '`': "'", '´': "'", '。': '.', '．': '.' },
    ...{ '−': '-', '⁄': '/', '∕': '/' },
    // Small capitals.
    ...{
      ᴀ: 'a',
      ʙ: 'b',
      ᴄ: 'c',
      ᴅ: 'd',
      ᴇ: 'e',
      ꜰ: 'f',
      ɢ: 'g',
      ʜ: 'h',
      ɪ: 'i',
      ᴊ: 'j',
      ᴋ: 'k',
      ʟ: 'l',
      ᴍ: 'm',
    },
    ...{ ɴ: 'n', ᴏ: 'o', ᴘ: 'p', ꞯ: 'q', ʀ: 'r', ꜱ: 's', ᴛ: 't', ᴜ: 'u', ᴠ: 'v', ᴡ: 'w', ʏ: 'y', ᴢ: 'z' },
  }),
);

/** What nobody sees. Tatweel is but a longer stroke between two letters. */
const ignored = /^[\p{Cc}\p{Cf}\p{M}\u115f\u1160\u3164\uffa0\u0640]$/u;
const unseen = /(?:(?![\t\n\v\f\r\u0085])[\p{Cc}\p{Cf}\u115f\u1160\u3164\uffa0])+/gu;
const zeros = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
  0x1040, 0x17e0, 0x1810,
];

/** The letters in circles and squares that no normal form takes out of them, by where each alphabet begins. */
const whiteOnBlack = [0x1f150, 0x1f170];

const known = new Map<string, string>();

/** One code point as it is compared; empty for what is not seen. */
function foldOne(char: string): string {
  if (char === '\t') return ' ';
  if (char >= ' ' && char < '\u007f') return char.toLowerCase();
  let folded = known.get(char);
  if (folded === undefined) {
    folded = ignored.test(char) ? '' : [...char.normalize('NFKD').toLowerCase()].map(plain).join('');
    // Of all code points there are a million: a stranger's text shall not fill the memory.
    if (known.size > 20_000) known.clear();
    known.set(char, folded);
  }
  return folded;
}

function plain(char: string): string {
  const other = alike.get(char);
  if (other !== undefined) return other;
  if (ignored.test(char)) return '';
  if (/\p{Zs}/u.test(char)) return ' ';
  if (/\p{Pd}/u.test(char)) return '-';
  const code = char.codePointAt(0)!;
  const first = whiteOnBlack.find((from) => code >= from && code < from + 26);
  if (first !== undefined) return String.fromCharCode(97 + code - first);
  // Katakana are hiragana in other clothes.
  if (code >= 0x30a1 && code <= 0x30f6) return String.fromCharCode(code - 0x60);
  if (!/\p{Nd}/u.test(char)) return char;
  const zero = zeros.findLast((from) => from <= code);
  return zero === undefined || char < '\u0080' ? char : String(code - zero);
}

/** A line break, and the quoting that the next line begins with. */
const lineBreak = /(?:\r\n?|[\n\u2028\u2029\u0085\v\f])(?:[ \t\u00a0]*[>|])*[ \t\u00a0]*/y;

/** What stands for something else, by its first character. */
const escapes: Record<string, RegExp> = {
  '&': /&(?:amp;)*(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,24}(?=;)|[a-z]{2,8}));?/iy,
  '%': /%(?:25)*([0-9a-f]{2})/iy,
  '\\': /\\(?:u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|x([0-9a-f]{2})|([!-/:-@[-`{-~]))/iy,
  '<': /<(?:!--[^>]{0,200}--|\/?[a-z][^<>@%&\\]{0,200})>/iy,
};
const softBreak = /=[ \t]*(?:\r\n?|\n)(?:[ \t]*[>|])*[ \t]*/y;
const quotedByte = /=([0-9a-f]{2})/iy;

const entities: Record<string, string> = {
  ...{
    commat: '@',
    period: '.',
    nbsp: ' ',
    shy: '',
    zwj: '',
    zwnj: '',
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
  },
  ...{
    apos: "'",
    rsquo: '’',
    lsquo: '‘',
    hyphen: '-',
    dash: '-',
    ndash: '-',
    lowbar: '_',
    plus: '+',
    szlig: 'ß',
  },
  ...{
    zerowidthspace: '',
    nobreak: '',
    negativeverythinspace: '',
    negativethinspace: '',
    negativemediumspace: '',
  },
  ...{
    negativethickspace: '',
    invisibletimes: '',
    invisiblecomma: '',
    applyfunction: '',
    it: '',
    ic: '',
    af: '',
  },
  ...{
    lrm: '',
    rlm: '',
    nonbreakingspace: ' ',
    ensp: ' ',
    emsp: ' ',
    thinsp: ' ',
    thinspace: ' ',
    hairsp: ' ',
  },
  ...{ verythinspace: ' ', mediumspace: ' ', numsp: ' ', puncsp: ' ', tab: ' ', newline: '\n' },
  ...{ aelig: 'æ', oelig: 'œ', oslash: 'ø', eth: 'ð', thorn: 'þ', lstrok: 'ł', dstrok: 'đ', inodot: 'ı' },
};

/** The source, folded. */
export function fold(source: string, reading: Reading = 'plain'): Folded {
  const out: Folded = { text: '', from: [], to: [] };
  const parts: string[] = [];
  const push = (text: string, from: number, to: number) => {
    // What is not seen belongs to what stands before it: an accent goes with its letter.
    if (text === '' && out.to.length > 0) out.to[out.to.length - 1] = to;
    parts.push(text);
    for (let i = 0; i < text.length; i++) {
      out.from.push(from);
      out.to.push(to);
    }
  };
  for (let i = 0; i < source.length; ) {
    const [text, length] = breakAt(source, i) ?? escapeAt(source, i, reading) ?? charAt(source, i);
    push(text, i, i + length);
    i += length;
  }
  return Object.assign(out, { text: parts.join('') });
}

/** The source as it is, but for what nobody sees; nothing where that is nothing. */
export function seen(source: string): Folded | undefined {
  const out: Folded = { text: source.replace(unseen, ''), from: [], to: [] };
  if (out.text.length === source.length) return undefined;
  let done = 0;
  const keep = (end: number) => {
    for (; done < end; done++) {
      out.from.push(done);
      out.to.push(done + 1);
    }
  };
  for (const { index, 0: gone } of source.matchAll(unseen)) {
    keep(index);
    done += gone.length;
  }
  keep(source.length);
  return out;
}

/** The same, with a space where that is. */
export const parted = (source: string): string => source.replace(unseen, ' ');

type Unit = [text: string, length: number];

function charAt(source: string, at: number): Unit {
  const char = String.fromCodePoint(source.codePointAt(at)!);
  return [foldOne(char), char.length];
}

function breakAt(source: string, at: number): Unit | undefined {
  const code = source.charCodeAt(at);
  if (code > 0x0d && code !== 0x85 && code !== 0x2028 && code !== 0x2029) return undefined;
  const length = lengthOf(lineBreak, source, at);
  return length === 0 ? undefined : ['\n', length];
}

function lengthOf(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0].length ?? 0;
}

function escapeAt(source: string, at: number, reading: Reading): Unit | undefined {
  if (reading === 'plain') return undefined;
  const char = source[at]!;
  if (reading === 'quoted-printable') {
    if (char !== '=') return undefined;
    const length = lengthOf(softBreak, source, at);
    return length > 0 ? ['', length] : bytesAt(quotedByte, source, at);
  }
  const pattern = escapes[char];
  if (!pattern) return undefined;
  if (char === '%') return bytesAt(pattern, source, at);
  pattern.lastIndex = at;
  const match = pattern.exec(source);
  if (!match) return undefined;
  const decoded = char === '<' ? tagOf(match[0]) : char === '&' ? entityOf(match) : backslashed(match);
  return decoded === undefined ? undefined : [folded(decoded), match[0].length];
}

const folded = (text: string): string =>
  [...text].map((char) => (char === '\n' ? char : foldOne(char))).join('');

/** Some tags end a line; others stand within a word. */
const tagOf = (tag: string): string => (/^<\/?(?:br|p|div|li|t[dhr]|h\d)\b/i.test(tag) ? '\n' : '');

function entityOf([, decimal, hex, name]: RegExpExecArray): string | undefined {
  if (name === undefined) return ofCode(decimal ? Number(decimal) : Number.parseInt(hex!, 16));
  const lower = name.toLowerCase();
  const accented = /^([a-z])(?:acute|grave|circ|uml|tilde|cedil|ring|caron|ogon|breve|macr|dot|dblac)$/.exec(
    lower,
  );
  return entities[lower] ?? accented?.[1];
}

const backslashed = ([, four, any, two, mark]: RegExpExecArray): string | undefined =>
  mark ?? ofCode(Number.parseInt((four ?? any ?? two)!, 16));

const ofCode = (code: number): string | undefined =>
  code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : undefined;

/** A character in UTF-8, byte by byte; what is not UTF-8 is taken for Latin-1. */
function bytesAt(pattern: RegExp, source: string, at: number): Unit | undefined {
  const bytes: number[] = [];
  let end = at;
  for (let needed = 1; bytes.length < needed; ) {
    pattern.lastIndex = end;
    const match = pattern.exec(source);
    const byte = match ? Number.parseInt(match[1]!, 16) : -1;
    if (!match || (bytes.length > 0 && byte >> 6 !== 2)) break;
    if (bytes.length === 0) needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    bytes.push(byte);
    end += match[0].length;
    if (bytes.length === needed) return [folded(new TextDecoder().decode(Uint8Array.from(bytes))), end - at];
  }
  if (bytes.length === 0) return undefined;
  pattern.lastIndex = at;
  return [folded(String.fromCharCode(bytes[0]!)), pattern.exec(source)![0].length];
}
