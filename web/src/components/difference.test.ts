import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from './difference.ts';

const told = (before: string, after: string) =>
  differences(before, after)
    .map(({ kind, text }) => (kind === 'same' ? text : kind === 'in' ? `+${text}+` : `-${text}-`))
    .join('');

test('differences are by words, and both texts can be read from them', () => {
  assert.equal(told('Take it out.', 'Take it out.'), 'Take it out.');
  assert.equal(told('Take it out.', 'Please take it out.'), '-Take-+Please+ +take +it out.');
  assert.equal(told('', 'New'), '+New+');
  assert.equal(told('Old', ''), '-Old-');
  const [before, after] = ['a b  c\nd', 'b c\n\nd e'];
  const pieces = differences(before, after);
  const without = (kind: string) =>
    pieces
      .filter((piece) => piece.kind !== kind)
      .map(({ text }) => text)
      .join('');
  assert.deepEqual([without('in'), without('out')], [before, after]);
});

test('two texts too long to compare are shown whole', () => {
  const [before, after] = ['a '.repeat(3000), 'b '.repeat(3000)];
  assert.deepEqual(
    differences(before, after).map(({ kind }) => kind),
    ['out', 'in'],
  );
});
