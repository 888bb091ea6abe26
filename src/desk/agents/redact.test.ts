import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../bench/seed/words.ts';
import { redactor } from './redact.ts';

const given =
  'Ada|Grace|Jürgen|Siân|Zoë|Łukasz|Małgorzata|Øystein|Aleksandr|Νίκος|Дмитрий|王伟|たけし|김민수|Will|Mark|Mo|Al|Anne-Marie|José María|Nguyễn|Björn|Joel|D’Arcy|İpek|Ng|Rose|Jo|Håkon|Đorđe|Jean-Luc|مصطفى|فاطمة|Aaron|Jυan'.split(
    '|',
  );
const family =
  "Lovelace|Hopper|Müller|O'Brien|García Márquez|de la Cruz|van der Berg|Çelik|Żółć|Papadopoulos|Иванова|陈|鈴木|이|Li|Stone|Baker|McDonald|Nguyen|Sørensen|Straße|Weiß|Du Bois|Smith-Jones|Bîrlea|Xu|King|Æbelø|Åse|Kjær|D'Angelo|کریمی|김철수|王小明|佐藤健".split(
    '|',
  );
const domains = ['example.com', 'gmail.com', 'lovelace-optik.example', 'mail.example.co.uk', 'web.de'];

const smallCapitals: Record<string, string> = {
  ...{
    a: 'ᴀ',
    b: 'ʙ',
    c: 'ᴄ',
    d: 'ᴅ',
    e: 'ᴇ',
    f: 'ꜰ',
    g: 'ɢ',
    h: 'ʜ',
    i: 'ɪ',
    j: 'ᴊ',
    k: 'ᴋ',
    l: 'ʟ',
    m: 'ᴍ',
  },
  ...{ n: 'ɴ', o: 'ᴏ', p: 'ᴘ', r: 'ʀ', s: 'ꜱ', t: 'ᴛ', u: 'ᴜ', v: 'ᴠ', w: 'ᴡ', y: 'ʏ', z: 'ᴢ' },
};

/** What people, mail programs and who hides something make of a value. */
const disguises: Record<string, (value: string) => string> = {
  plain: (value) => value,
  upper: (value) => value.toUpperCase(),
  lower: (value) => value.toLowerCase(),
  decomposed: (value) => value.normalize('NFD'),
  unaccented: (value) => value.normalize('NFD').replace(/\p{M}/gu, ''),
  'full-width': (value) =>
    value.replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
  mathematical: (value) =>
    value.replace(/[a-z]/g, (char) => String.fromCodePoint(0x1d41a + char.charCodeAt(0) - 97)),
  'zero-width': (value) => [...value].join('\u200b'),
  'soft hyphen': (value) => [...value].join('\u00ad'),
  'word joiner': (value) => [...value].join('\u2060'),
  tags: (value) => [...value].join('\u{e0041}'),
  'no-break space': (value) => value.replaceAll(' ', '\u00a0'),
  wrapped: (value) => value.replace(' ', '\n'),
  'wrapped in a quote': (value) => value.replace(/ |(?<=.{4})(?=.{3})/u, '\n> > '),
  divided: (value) => value.replace(/(?<=\p{L}{3})(?=\p{L}{3})/u, '-\n'),
  percent: (value) =>
    [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  'percent, in parts': encodeURIComponent,
  entities: (value) => [...value].map((char) => `&#${char.codePointAt(0)};`).join(''),
  'entities, hexadecimal': (value) =>
    [...value].map((char) => `&#x${char.codePointAt(0)!.toString(16)};`).join(''),
  'entities, twice': (value) => [...value].map((char) => `&amp;#${char.codePointAt(0)};`).join(''),
  json: (value) => [...value].map((char) => `\\u{${char.codePointAt(0)!.toString(16)}}`).join(''),
  'quoted-printable': (value) =>
    [...Buffer.from(value)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  'soft break': (value) => value.replace(/(?<=.{2})(?=.)/u, '=\n'),
  'control characters': (value) => [...value].join('\u0007'),
  'deleted characters': (value) => [...value].join('\u007f'),
  'percent, control characters': (value) => [...value].map(encodeURIComponent).join('%07'),
  'entities, control characters': (value) => [...value].join('&#1;'),
  'northern spelling': (value) => value.replaceAll('å', 'aa').replaceAll('Å', 'Aa').replaceAll('đ', 'dj'),
  'longer strokes': (value) => [...value].join('\u0640'),
  'Persian letters': (value) => value.replaceAll('ي', 'ی').replaceAll('ك', 'ک').replaceAll('ة', 'ه'),
  'Arabic letters': (value) => value.replaceAll('ی', 'ي').replaceAll('ک', 'ك').replaceAll('ى', 'ي'),
  'Greek look-alikes': (value) => value.replaceAll('v', 'ν').replaceAll('u', 'υ').replaceAll('N', 'Ν'),
  'apostrophes as spaces': (value) => value.replace(/(?<=\p{L})['’](?=\p{L})/u, ' '),
  'spaces in one piece': (value) =>
    value.replace(/(?<=[\p{Script=Han}\p{Script=Hangul}])(?=[\p{Script=Han}\p{Script=Hangul}])/gu, ' '),
  'without hyphens': (value) => value.replaceAll('-', ''),
  markdown: (value) => value.replace(/([._@+-])/g, '\\$1'),
  html: (value) => value.replace(/(?<=.)(?=.)/u, '<wbr>'),
  'entities, named': (value) => [...value].join('&ZeroWidthSpace;'),
  'entities that join': (value) => [...value].join('&NoBreak;'),
  'small capitals': (value) => value.replace(/[a-z]/g, (char) => smallCapitals[char] ?? char),
  'white on black': (value) =>
    value.replace(/[a-z]/gi, (char) => String.fromCodePoint(0x1f170 + char.toLowerCase().charCodeAt(0) - 97)),
  'Cyrillic look-alikes': (value) => value.replaceAll('a', 'а').replaceAll('e', 'е').replaceAll('o', 'о'),
};

/** Where it stands: signatures, quotes, subjects, tags, links, beside signs and digits. */
const places: ((value: string) => string)[] = [
  (value) => `Hello, this is ${value}. My lens is stuck.`,
  (value) => `> ${value} wrote:\n> > it blinks`,
  (value) => `--\n${value}\nHarbour Street`,
  (value) => `"${value}"`,
  (value) => `(${value})`,
  (value) => `Re: [case] ${value}/lens`,
  (value) => `_${value}_ and *${value}*`,
  (value) => `https://shop.test/u/${value}?x=1`,
  (value) => `${value}`,
  (value) => `7${value}7`,
  (value) => `name=${value};`,
  (value) => `${value}, ${value}; ${value}`,
];

/** The words of a name that stand for somebody: single letters and what every language is full of do not. */
const telling = (name: string): string[] =>
  name
    .split(/[\s-]+/)
    .filter(
      (word, i, all) =>
        word.length > 1 && !(i > 0 && i < all.length - 1 && /^(de|la|van|der|Du)$/.test(word)),
    );

/** Letters and digits of it, as everybody compares them. */
const bare = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/** Whether the letters of one occur in the other, in their order. */
function isWithin(letters: string, text: string): boolean {
  let at = 0;
  for (const char of letters) {
    at = text.indexOf(char, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

test('what is stored for the customer is masked everywhere, however it is written', () => {
  const random = seeded(5);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  let tried = 0;
  for (let round = 0; round < 160; round++) {
    const name = `${pick(given)} ${pick(family)}`;
    const joined = bare(name).replace(/[^a-z0-9]/g, '') || 'tester';
    const local = pick([
      joined,
      `${joined.slice(0, 3)}.${joined.slice(3) || 'x'}`,
      `${joined}+shop`,
      `${joined}_99`,
    ]);
    const email = `${local}@${pick(domains)}`;
    const redact = redactor({ names: [name], emails: [email] });
    for (const value of [name, ...telling(name), email, email.toUpperCase(), local])
      for (const [dressed, disguise] of Object.entries(disguises)) {
        const place = pick(places);
        const text = place(disguise(value));
        const shown = redact(text);
        const without = shown.replace(/\[(?:name|email)\]/g, '');
        // Nothing is left but what stood around it, and not always that.
        const around = bare(place('').replace(/\[(?:name|email)\]/g, ''));
        assert.ok(
          isWithin(bare(without), around),
          `${dressed} ${JSON.stringify(value)}: ${JSON.stringify(text)} -> ${JSON.stringify(shown)}`,
        );
        tried++;
      }
  }
  assert.ok(tried > 10_000);
});

test('what a reviewer found unmasked is masked, and what is like it and nobody’s is left', () => {
  const redact = redactor({ names: [], emails: ['al@hooli.example'] });
  const shown: [text: string, shown: string][] = [
    ['Write to bob@exam\nple.net now.', 'Write to [email] now.'],
    ['> bob@exam\n> ple.net', '> [email]'],
    ['I am al@hooli, as you know', 'I am [email], as you know'],
    ['card 4111/1111/1111/1111 today', 'card [card] today'],
    ['card 4111_1111_1111_1111 today', 'card [card] today'],
    ['card 4111, 1111, 1111, 1111 today', 'card [card] today'],
    ['card 3782/822463/10005 today', 'card [card] today'],
    ['Bearer abc.def.ghi', 'Bearer [key]'],
    ['https://x.test/f.pdf?sig=Zm9vYmFy&p=1', 'https://x.test/f.pdf?sig=[key]&p=1'],
    ['my PIN 4711 does not work', 'my PIN [key] does not work'],
    ['CVV 123', 'CVV [key]'],
  ];
  for (const [text, expected] of shown) assert.equal(redact(text), expected);
  for (const text of [
    'root@server\nsee README.md',
    'Sizes 40, 41, 42, 43, 44, 45, 46, 47, 48 fit.',
    'Lots 4111/1111/1111/1112 and 1234_5678_1234_5678',
    'the bearer of this. Or not.',
    'https://x.test/?page=2&significant=yes',
    'pin 13 of the board, pins 4711',
    'between 2024/2025/2026/2027',
  ])
    assert.equal(redact(text), text);
});
