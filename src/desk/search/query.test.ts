import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { parseTicketQuery } from './query.ts';

const empty = { words: [], phrases: [], without: [], status: [], priority: [], channel: [], tag: [] };

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
    assignee: 'me',
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
