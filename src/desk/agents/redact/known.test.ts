/** How stored names are written by who does not write them as they are stored: found, and what is like them is left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactor } from '../redact.ts';

/** Whatever is written between the bars is gone, and what stands around it is left. */
const masked: readonly [name: string, ...texts: string[]][] = [
  // Characters that control machines are seen by nobody.
  [
    'Ada Lovelace',
    '|Love\u007flace|',
    '|L\u0007ovelace|',
    '|Love\u0001lace|',
    'I am |Ad\u0002a|.',
    '|Lov\u009belace|',
  ],
  ['Ada Lovelace', '|Love%07lace|', '|Love&#1;lace|', '|Love\\u0007lace|', '|Love=07lace|'],
  // One letter, written in several ways.
  ['محمد علي', 'أنا |محـمد| |وعـلي|', '|لعلي|', '|لمحمد|', '|مـحـمـد|', '|مُحَمَّد|', '|ﻣﺤﻤﺪ|'],
  ['علی کریمی', 'اسمي |علي كريمي|', '|كريمي|', '|ڪريمي|'],
  ['علي كريمي', '|علی کریمی|', '|کریمی|'],
  ['فاطمة حسن', '|فاطمه| هنا', '|فاطمۀ|', '|فاطمہ|'],
  ['فاطمه', '|فاطمة|'],
  ['مصطفى', '|مصطفي|', '|مصطفی|'],
  ['مصطفي', '|مصطفى|'],
  ['أحمد', '|احمد|', '|آحمد|', '|ٱحمد|'],
  ['דוד כהן', 'אני |דוד| |וכהן|', '|לדוד|'],
  ['ג׳ון לוי', "|ג'ון לוי|"],
  // In one piece, with a space between, or one part by itself.
  ['김철수', '안녕하세요, |철수|입니다.', '|김 철수|', '|김철수|님', '|김·철수|', '|김| 선생님', '|철 수|'],
  ['남궁민수', '|남궁| 민호', '|민수|씨', '|남궁 민수|'],
  ['王小明', '我是|小明|。', '|王 小明|', '|王小明|', '|王　小明|', '|王|先生', '|王| 女士', '|小明| |小明|'],
  ['歐陽小明', '|歐陽|先生', '|小明|'],
  ['佐藤健', '|佐藤|さん', '|佐藤 健|', '|佐藤・健|', '|佐藤|様'],
  ['長谷川健太郎', '|長谷川|です', '|健太郎|さん', '|長谷川　健太郎|'],
  ['林太郎', '|林|さん', '|太郎|です'],
  ['サトウ', '|ｻﾄｳ|', '|さとう|'],
  ['さとうけんじ', '|さとう|です', '|けんじ|です', '|サトウ ケンジ|'],
  // Apostrophes and hyphens.
  [
    "Pat O'Brien",
    '|O Brien|',
    '|o-brien| here',
    '|OBrien|',
    '|O`Brien|',
    '|O´Brien|',
    'at |o.brien|',
    '|O\nBrien|',
  ],
  ["D'Angelo", '|D Angelo|', '|Dangelo|', '|D`Angelo|', '|D&rsquo;Angelo|', '|D=27Angelo|', '|d_angelo|'],
  ['Ian MacDonald', '|Mac Donald|', '|MacDonald|', '|macdonald|', '|mac-donald|'],
  ['McDonald', '|Mc Donald|', '|mcdonald|'],
  ['Jean-Luc Picard', '|JeanLuc| here', '|Jean Luc|', '|jean_luc|', '|Jean-\nLuc|', '|JEANLUC|', '|Luc|'],
  ['Mary-Jane Li', '|MaryJane|', '|Mary Jane|'],
  ['Ana María de la Cruz', '|delacruz|', '|DeLaCruz|', '|de-la-cruz|', '|AnaMaria|', '|Cruz|'],
  ['Jan van der Berg', '|vanderBerg|', '|Vanderberg|', '|van der Berg|'],
  // Letters of the north, and others that have two spellings.
  ['Håkon Åse', '|Haakon Aase|', '|Haakon|', '|Aase|', '|Hakon|', '|Ase|'],
  ['Haakon Aase', '|Håkon Åse|', '|Håkon|', '|HÅKON|', '|Ase|'],
  ['Đorđe Petrović', '|Djordje Petrovic|', '|Djordje|', '|Dorde|'],
  ['Djordje', '|Đorđe|', '|Dorde|'],
  ['Nguyễn Đức', '|Nguyen Duc|', '|Duc|'],
  // Letters that look alike.
  ['Ada Lovelace', '|Loνelace|', '|Loѵelace|', '|ΑΔΑ LΟVΕLΑCΕ|'.replace('Δ', 'D')],
  ['Juan Nuñez', '|Jυan|', '|Νunez|', '|nυñez|'],
  ['Νίκος Υδραίος', '|Νίκος|', '|νικος|', '|NIKOΣ|', '|ΥΔΡΑΙΟΣ|', '|υδραιος|', '|Yδραιος|'],
  ['Hanna Hynes', '|Ηanna|', '|Ηγnes|'],
  // Stored so that one cannot see it.
  ['Ada\u200bLovelace', 'I am |Ada Lovelace|', '|Lovelace|', '|Ada| here', '|Ada\u200bLovelace|'],
  ['Ada Love\u200blace', '|Lovelace|', '|Love\u200blace|'],
  ['Ada\u0007Lovelace', '|Lovelace|', '|Ada|'],
  ['Ada\u2800Lovelace', '|Lovelace|', '|Ada|', '|Ada Lovelace|'],
  ['Ada &amp; Zo&euml;', '|Ada & Zoë|', '|Zoe|', '|Ada|'],
];

test('a stored name is found however else it is spelled', () => {
  for (const [name, ...texts] of masked) {
    const redact = redactor({ names: [name], emails: [] });
    for (const text of texts) {
      const expected = text.replace(/\|[^|]*\|/g, '[name]');
      assert.equal(redact(text.replaceAll('|', '')), expected, `${name}: ${text}`);
    }
  }
});

test('and what only looks a little like it is left', () => {
  const left: readonly [name: string, ...texts: string[]][] = [
    ["Pat O'Brien", 'to brie', 'o brie'],
    ["D'Angelo", 'and angels', 'old angelo'],
    ["L'Hôte", 'all hotels'],
    ['Haakon', 'hako aside'],
    ['Al Wu Li', 'a wulin'],
    ['王小明', '王国', '明天', '小心', '王 国'],
    ['김철수', '김치', '철도'],
    ['さとうけんじ', 'うけます'],
    ['佐藤健', '健康', '加藤さん'],
    ['علي', 'عليه', 'معلي'],
    ['a b c d', 'xa b c', 'ab', 'bc'],
    ['Ana María de la Cruz', 'de la', 'in the de la same'],
  ];
  for (const [name, ...texts] of left)
    for (const text of texts) assert.equal(redactor({ names: [name], emails: [] })(text), text, name);
});

test('anybody’s numbers, addresses and keys are found with what is not seen between', () => {
  const redact = redactor({ names: [], emails: ['ada.lovelace@gmail.com'] });
  const shown: readonly [text: string, shown: string][] = [
    ['card 4111\u00011111\u00011111\u00011111', 'card [card]'],
    ['call +49\u007f176\u007f12345678 now', 'call [phone] now'],
    ['other\u007fperson@exa\u0001mple.org', '[email]'],
    ['ada\u0002.lovelace@gmail.com', '[email]'],
    ['token ghp_16C7e42F\u200b292c6912E7710c838347Ae178B4a ends', 'token [key] ends'],
    ['-----BEGIN PRIV\u0001ATE KEY-----\nabc\n-----END PRIVATE KEY-----', '[key]'],
    ['sk_live_\u000151H8xYzAbCdEfGhIjKlMn', '[key]'],
    ['GB82\u0001WEST\u00011234\u00015698\u00017654\u000132', '[iban]'],
  ];
  for (const [text, expected] of shown) assert.equal(redact(text), expected);
  for (const text of ['tab\there', 'a\r\nb', 'page\fbreak', 'nothing\u0007 to see', '👩\u200d🚀 up'])
    assert.equal(redact(text), text);
});
