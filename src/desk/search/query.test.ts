import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { hintsOf } from './hints.ts';
import { parseTicketQuery, readTicketQuery } from './query.ts';

const empty = {
  words: [],
  phrases: [],
  without: [],
  status: [],
  priority: [],
  channel: [],
  tag: [],
  assignee: [],
  team: [],
};

test('filters, words, phrases and what must not be there', () => {
  assert.deepEqual(
    parseTicketQuery('status:open status:pending from:Ada@example.com "exact  words" -refund lens tag:K9'),
    {
      ...empty,
      status: ['open', 'pending'],
      from: 'Ada@example.com',
      phrases: ['exact  words'],
      without: ['refund'],
      words: ['lens'],
      tag: ['k9'],
    },
  );
  assert.deepEqual(parseTicketQuery('from:"Ada Lovelace" -"not this" #12 is:unassigned assignee:me'), {
    ...empty,
    from: 'Ada Lovelace',
    without: ['not this'],
    number: 12n,
    assignee: ['nobody', 'me'],
  });
  assert.deepEqual(parseTicketQuery('after:2026-01-31 before:2026-02-01'), {
    ...empty,
    after: new Date('2026-01-31T00:00:00Z'),
    before: new Date('2026-02-01T00:00:00Z'),
  });
});

test('what is no filter is a word, and no text is refused', () => {
  for (const word of [
    'colour:red',
    'status:lost',
    'before:2026-02-31',
    'http://example.com',
    '-',
    '#',
    'is:',
    ':',
  ])
    assert.deepEqual(parseTicketQuery(word), { ...empty, words: [word] });
  assert.deepEqual(parseTicketQuery('"no end'), { ...empty, phrases: ['no end'] });
  assert.deepEqual(parseTicketQuery('"" "  "'), empty);
  for (const text of createRequire(import.meta.url)('big-list-of-naughty-strings') as string[])
    assert.equal(typeof parseTicketQuery(text).words.length, 'number');
});

const misread = (text: string) => readTicketQuery(text).misread.map(({ piece }) => piece);

test('what looks like a filter and is none is said; what only has a colon is not', () => {
  for (const piece of [
    'status:bogus',
    'status:',
    'status:""',
    'Priority:asap',
    'is:open',
    'before:yesterday',
    'after:2026-02-31',
    'number:x',
    'foo:bar',
    'foo:"bar baz"',
    '-status:open',
    '-tag:"lens"',
  ])
    assert.deepEqual(misread(`lens ${piece} hood`), [piece]);
  for (const text of [
    'https://example.com/a?status:open',
    'http:',
    'mailto:ada@example.com',
    '10:30',
    '12:30:59',
    'a:b',
    'C:\\lens',
    'std::vector',
    'localhost:4020',
    'example.com:80',
    'eip155:8453',
    'Re:Shutter',
    'Re: Shutter',
    'fog:)',
    '{"status":"open"}',
    '"status:bogus"',
    '-"status:bogus"',
    ':',
    '-',
    '-foo',
    'status:open tag:x from:ada is:unassigned number:#3 before:2026-01-31',
  ])
    assert.deepEqual(misread(text), [], text);
});

test('a minus before a filter does not ask for just that', () => {
  for (const piece of ['-tag:"lens"', '-tag:lens', '-TAG:lens'])
    assert.deepEqual(parseTicketQuery(piece), { ...empty, without: [piece.slice(1).replaceAll('"', '')] });
});

test('a hint names the piece and what it may be, once, and few', () => {
  const hints = (text: string) => hintsOf(readTicketQuery(text).misread);
  assert.deepEqual(hints('status:bogus status:bogus before:yesterday'), [
    '“status:bogus” is no filter, and was looked for as words; status: takes open, pending, snoozed, resolved, closed or spam.',
    '“before:yesterday” is no filter, and was looked for as words; before: takes a day, such as 2026-01-31.',
  ]);
  assert.match(
    hints('foo:bar')[0]!,
    /^“foo:bar” is no filter.*filters are status:, priority:, .* before:\.$/,
  );
  assert.match(hints('-status:open')[0]!, /^“-status:open” left out.*filters take none\.$/);
  assert.equal(hints(Array.from({ length: 60 }, (_, i) => `foo:x${i}`).join(' ')).length, 5);
  assert.ok(hints(`foo:${'x'.repeat(400)}`)[0]!.length < 300);
});
