import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow, type Rows } from './earlier.ts';

const rows = (text: string, earlier: string | null, count: number): Rows<string> => ({
  rows: text.split(' '),
  earlier,
  count,
});
const key = (row: string) => row;
const newest = (known: Rows<string>, now: Rows<string>) => follow(known, now, key);

test('what was read before stays, without a gap, when something is added', () => {
  const known = rows('c d e f g', 'b', 7);
  assert.deepEqual(newest(known, rows('f g h', 'e', 8)), rows('c d e f g h', 'b', 8));
  assert.deepEqual(newest(known, rows('e f g', 'd', 7)), known);
});

test('where the newest follow on nothing that is known, they are all that is shown', () => {
  const now = rows('x y z', 'w', 30);
  assert.equal(newest(rows('c d e f g', 'b', 7), now), now);
  const shorter = rows('c d e f', 'b', 6);
  assert.equal(newest(rows('c d e f g', 'b', 7), shorter), shorter);
});

test('what came into the middle, by a merge, or went, is not passed over', () => {
  const known = rows('c d e f g', 'b', 7);
  const merged = rows('f g note', 'e', 12);
  assert.equal(newest(known, merged), merged);
  const gone = rows('e f g', 'd', 6);
  assert.equal(newest(known, gone), gone);
});

test('what changed of the newest is shown as it is now', () => {
  const known: Rows<{ id: string; mail: string }> = {
    rows: ['a', 'b', 'c'].map((id) => ({ id, mail: 'queued' })),
    earlier: null,
    count: 3,
  };
  const now = { rows: ['b', 'c'].map((id) => ({ id, mail: 'sent' })), earlier: 'a', count: 3 };
  const after = follow(known, now, ({ id }) => id);
  assert.deepEqual(
    after.rows.map(({ mail }) => mail),
    ['queued', 'sent', 'sent'],
  );
  assert.equal(after.earlier, null);
});
