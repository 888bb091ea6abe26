import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mentionsIn } from './send.ts';

test('who is named in a note is mentioned, and nobody whose name is only part of it', () => {
  const members = [
    { userId: 'ada', name: 'Ada' },
    { userId: 'lovelace', name: 'Ada Lovelace' },
    { userId: 'bob', name: 'Bob' },
  ];
  assert.deepEqual(mentionsIn('Please, @Ada Lovelace: mail bob@Example.com', members), ['lovelace']);
  assert.deepEqual(mentionsIn('@Ada, and @Ada Lovelace', members), ['lovelace', 'ada']);
  assert.deepEqual(mentionsIn('Bob', members), []);
});
