/** What strangers write is looked through in the transaction that delivers it: no text may make that slow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesIn } from '../../kernel/addresses.ts';
import { looksLikeInstruction } from './flags/instructions.ts';
import { redactor } from './redact.ts';

/** As long as a body may be. */
const length = 50_000;
/** Beside ordinary text of the same length; what is quadratic takes hundreds of times as long. */
const maxTimes = 20;
/** What took less is counted as this: a busy machine measures no less. */
const leastMs = 25;

const ordinary = filled(
  'Hello, the lens of my camera is stuck since Monday. I tried to reset it; order 48213 does not help. Write to bob@example.com or call +44 20 7946 0958.\n\n',
);

/** In runs of these patterns have gone astray: in each many beginnings, or many ways to go on. */
const units = [
  ...[
    ' ',
    '\t',
    '\n',
    ' \n',
    '\u00a0',
    '&',
    '&amp;',
    '%25',
    '\\',
    '<',
    '<a ',
    '<!--',
    '>',
    '\n> ',
    '#',
    '*',
    '=',
  ],
  ...[
    '0',
    '4',
    '4 ',
    '4-',
    '+1 ',
    '@',
    'a@',
    'a@a',
    'a.',
    'a at ',
    '"',
    '"a ',
    "'",
    '`',
    '(',
    '[',
    '{',
    '[a](',
    '![',
    '](',
    '(at)',
  ],
  ...[
    '-',
    '- ',
    '_',
    'a_',
    '.',
    ',',
    ';',
    '!',
    ':',
    '/',
    'http://',
    'www.',
    'a',
    'aA1',
    'de89 ',
    '0a',
    'é',
    '漢',
    '\u0301',
  ],
  ...[
    'a\u200b',
    'key ',
    'token is ',
    'eyJ',
    'eyJ-',
    'sk-',
    'seed abc ',
    'ignore ',
    'send all ',
    'a and ',
    'tel 1 ',
    'ada ',
  ],
  ...['\u0007', 'a\u0007', 'de la ', 'aa', 'dj', 'o ', 'ν', 'ꜳ', '王', '王 ', '김', 'ᄀ', 'ー', 'ـ', 'o b '],
  ...['-----BEGIN PRIVATE KEY-----', '## system ', 'display:', 'a://b:'],
  ...[
    '://',
    ':/',
    '//',
    '(dot)',
    ' (at)',
    'a.com',
    'a.com/',
    'a.com?',
    'a@a.com',
    'com.',
    'a.b@',
    'a_',
    'xn--',
    '1.2.3.4/',
  ],
  ...[
    '\uff41',
    '\u3002',
    '漢。',
    '漢a.com',
    'a\u0301',
    '\u0315\u0300',
    '://[a',
    'example.',
    'a@漢',
    '%2e',
    'a%2ecom/',
  ],
];

/** And these begin something that a run then goes on with. */
const beginnings = [
  '&',
  'a',
  'ignore ',
  '\n## system',
  '\nsystem',
  'http://',
  'http://a@',
  'www.',
  'a.com/',
  'key: ',
  '@',
  '-----BEGIN PRIVATE KEY-----',
];

function filled(unit: string, before = '', after = ''): string {
  const room = length - before.length - after.length;
  return before + unit.repeat(Math.ceil(room / unit.length)).slice(0, room) + after;
}

const known = redactor({
  names: [
    'Ada Lovelace',
    "Jürgen de la Cruz O'Brien",
    'Håkon Đorđe',
    '王小明',
    '김철수',
    'さとうけんじ',
    'علی',
  ],
  emails: ['ada.lovelace+shop@lovelace-optik.example', 'king@gmail.com'],
});

for (const [name, work] of Object.entries({ looksLikeInstruction, addressesIn, redactor: known }))
  test(`${name}: no text takes much longer than an ordinary one of its length`, () => {
    work(ordinary);
    const usual = Math.max(leastMs, timed(work, ordinary));
    const runs = [' ', '\n', '-', '.', ',', 'a', '\n '];
    const texts = [
      ...units.map((unit) => filled(unit, '&a', '}b')),
      ...beginnings.flatMap((begin) => runs.map((unit) => filled(unit, begin, 'x~'))),
    ];
    for (const text of texts) {
      const took = timed(work, text);
      // A machine that is busy with something else is asked again.
      if (took > maxTimes * usual && timed(work, text) > maxTimes * usual)
        assert.fail(`${JSON.stringify(text.slice(0, 40))}…: ${took} ms, and ordinary text ${usual} ms`);
    }
  });

test('no name and no address makes it slow to look for, whatever the text is like', () => {
  const names = [
    `o${"'".repeat(100)}x`,
    `${"a'".repeat(99)}b`,
    "'a ".repeat(66),
    "a' ".repeat(66),
    '-'.repeat(200),
    '-='.repeat(100),
    `${'ae'.repeat(99)}b`,
    `${'aee'.repeat(60)}b`,
    'a '.repeat(100),
    'aa '.repeat(66),
    'aab '.repeat(50),
    'aabå '.repeat(40),
    'baa aa'.repeat(33),
    'å '.repeat(100),
    'åb '.repeat(66),
    'aåb'.repeat(66),
    'aae'.repeat(66),
    'aae '.repeat(50),
    'äa '.repeat(66),
    'dj '.repeat(66),
    'đj'.repeat(100),
    'ν'.repeat(200),
    'nν '.repeat(66),
    'a de la '.repeat(25),
    'a de la a de la a',
    "a'b'c'd",
    'aB'.repeat(100),
    'aaBaa'.repeat(40),
    '王'.repeat(8),
    '王'.repeat(200),
    'あ'.repeat(8),
    '가'.repeat(8),
    `가${'가'.repeat(198)}나`,
    'a\u200b'.repeat(100),
  ];
  const emails = [
    `a${'-_'.repeat(30)}b@example.com`,
    `a${'-'.repeat(60)}b@example.com`,
    `${"a'".repeat(31)}b@example.com`,
    `a@${'a.'.repeat(100)}example`,
    `a${"-'".repeat(30)}b@example.com`,
    `x@a.${'-.'.repeat(95)}`,
    `a@a${'-'.repeat(60)}.example`,
  ];
  const text = [
    ...[
      "'",
      '-',
      '_',
      '-\n',
      "a'",
      "a''",
      "'a'",
      "' a ",
      'a\n',
      "a'\n",
      'ae',
      'aee',
      'aa',
      'aab',
      'aa b',
      'dj',
      'djj',
      'nν',
      'de la',
      'a de la ',
      '王',
      '王 ',
      'あ',
      '가',
      'a ',
      'a  .  ',
      'a . ',
      '--.-- ',
      ' (.) a',
    ].map((unit) => `a${unit.repeat(120)}c`),
    // What is looked for is there, so that the patterns are asked.
    'ox ab aab a'.repeat(3),
    'a'.repeat(200),
    `${'ae'.repeat(120)}b`,
    `${'aee'.repeat(60)}b`,
  ].join('\n\n');
  const usual = Math.max(leastMs, timed(known, text));
  for (const value of [...names, ...emails]) {
    const redact = redactor(
      value.includes('@') ? { names: [], emails: [value] } : { names: [value], emails: [] },
    );
    const took = timed(redact, text);
    assert.ok(took < 2 * maxTimes * usual, `${value.slice(0, 30)}: ${took} ms, and usually ${usual}`);
  }
});

test('so many places as a text can have are masked', () => {
  for (const name of ['王'.repeat(8), 'あ'.repeat(8), 'ab cd ef gh'])
    assert.doesNotMatch(redactor({ names: [name], emails: [] })(filled(`${name} `)), /[王あ]|[abcdefgh]{2} /);
});

/** Milliseconds that the process worked: not those in which others did. */
function timed(work: (text: string) => unknown, text: string): number {
  const before = process.cpuUsage();
  work(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
