import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTurn, isBusy, led, ownSince } from './in-turn.ts';

test('what is done with one ticket waits for what was done before, refused or not; others do not wait', async () => {
  const order: string[] = [];
  const waits = Promise.withResolvers<void>();
  const first = inTurn(['a'], async () => {
    await waits.promise;
    order.push('first');
    throw new Error('refused');
  });
  const both = inTurn(['a', 'b'], async () => void order.push('both'));
  const last = inTurn(['b'], async () => void order.push('last'));
  await inTurn(['c'], async () => void order.push('other'));
  assert.deepEqual(['a', 'b', 'c'].map(isBusy), [true, true, false]);
  waits.resolve();
  await assert.rejects(first, /refused/);
  await Promise.all([both, last]);
  assert.equal(isBusy('a'), false);
  assert.deepEqual(order, ['other', 'first', 'both', 'last']);
});

test('a version leads on over one’s own changes only', () => {
  led('a', 1, 2);
  led('a', 2, 3);
  led('a', 4, 5);
  assert.deepEqual([ownSince('a', 1), ownSince('a', 3), ownSince('a', 4), ownSince('b', 1)], [3, 3, 5, 1]);
});
