import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linksIn, readMarkdown } from './markdown.ts';

const blocks = (text: string) => readMarkdown(text).map(({ block }) => block);
const inline = (text: string) => {
  const [block] = blocks(text);
  assert.ok(block?.kind === 'paragraph');
  return block.content;
};

test('short forms are read, and what is none stays text', () => {
  assert.deepEqual(inline('a **b** *c* ~~d~~ `e*f*` ***g***'), [
    'a ',
    { mark: 'bold', content: ['b'] },
    ' ',
    { mark: 'italic', content: ['c'] },
    ' ',
    { mark: 'strike', content: ['d'] },
    ' ',
    { mark: 'code', content: ['e*f*'] },
    ' ',
    { mark: 'bold', content: [{ mark: 'italic', content: ['g'] }] },
  ]);
  for (const plain of [
    '2*3*4',
    '** a **',
    'a * b * c',
    '**',
    '****',
    '`',
    'https://a.example/x*y*z',
    '<b>x</b>',
  ])
    assert.deepEqual(inline(plain), [plain], plain);
  assert.deepEqual(inline('[click](javascript:alert(1))'), ['[click](javascript:alert(1))']);
});

test('lists, quotes, code and headings, one in another', () => {
  assert.deepEqual(
    blocks('# A\n- one\n  - sub\n- two\n9. nine\n10. ten\n> said\n>\n```\na\n  - b\n```\n---\nend'),
    [
      { kind: 'heading', level: 1, content: ['A'] },
      {
        kind: 'list',
        start: null,
        items: [
          [
            { kind: 'paragraph', content: ['one'] },
            { kind: 'list', start: null, items: [[{ kind: 'paragraph', content: ['sub'] }]] },
          ],
          [{ kind: 'paragraph', content: ['two'] }],
        ],
      },
      {
        kind: 'list',
        start: 9,
        items: [[{ kind: 'paragraph', content: ['nine'] }], [{ kind: 'paragraph', content: ['ten'] }]],
      },
      {
        kind: 'quote',
        blocks: [
          { kind: 'paragraph', content: ['said'] },
          { kind: 'paragraph', content: [] },
        ],
      },
      { kind: 'code', text: 'a\n  - b' },
      { kind: 'rule' },
      { kind: 'paragraph', content: ['end'] },
    ],
  );
});

test('nothing of a text is lost, and none takes long to read', () => {
  const hostile = [
    '> '.repeat(25_000),
    '- '.repeat(25_000),
    '~~a '.repeat(12_500),
    '**a '.repeat(12_500),
    '*a '.repeat(16_000),
    '`'.repeat(50_000),
    '*'.repeat(50_000),
    '```\n'.repeat(12_501),
    '1. x\n'.repeat(10_000),
    'https://'.repeat(6_000),
  ];
  const began = performance.now();
  for (const text of hostile)
    assert.equal(
      readMarkdown(text)
        .flatMap(({ lines }) => lines)
        .join('\n'),
      text,
    );
  assert.ok(performance.now() - began < 10_000, 'bounded work');
});

test('addresses are found whole, and no other kind of address is one', () => {
  assert.deepEqual(linksIn('See https://a.example/x, or javascript:alert(1).'), [
    'See ',
    { address: 'https://a.example/x', host: 'a.example' },
    ', or javascript:alert(1).',
  ]);
});
