import assert from 'node:assert/strict';
import { test } from 'node:test';
import { niceTop, runsOf } from './scale.ts';

test('a scale ends at a round number that is no smaller', () => {
  assert.deepEqual([0, 1, 2.4, 7, 21, 100, 0.03, 1999].map(niceTop), [1, 1, 3, 8, 30, 100, 0.03, 2000]);
});

test('a line is broken where there is nothing to say', () => {
  assert.deepEqual(runsOf([1, 0, null, 3, null, null, 2]), [[0, 1], [3], [6]]);
  assert.deepEqual(runsOf([null]), []);
});
