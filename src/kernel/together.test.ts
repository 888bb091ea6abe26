import assert from 'node:assert/strict';
import { test } from 'node:test';
import { together } from './together.ts';

/** A run that is watched, and ends when it is told to. */
function watched(fails: (items: readonly number[]) => boolean = () => false) {
  const groups: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const run = async (items: readonly number[]) => {
    groups.push(items);
    await new Promise<void>((resolve) => ends.push(resolve));
    if (fails(items)) throw new Error(`of ${items.join()}`);
    return items.map((item) => item * 10);
  };
  return { groups, run, end: () => ends.shift()!() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('who comes alone goes at once, and who comes meanwhile goes together', async () => {
  const { groups, run, end } = watched();
  const ask = together(run);
  const first = ask(1);
  await turn();
  assert.deepEqual(groups, [[1]]);
  const others = [ask(2), ask(3)];
  await turn();
  others.push(ask(4));
  assert.deepEqual(groups, [[1]], 'one after the other');
  end();
  assert.equal(await first, 10);
  await turn();
  assert.deepEqual(groups, [[1], [2, 3, 4]]);
  end();
  assert.deepEqual(await Promise.all(others), [20, 30, 40]);
  const later = ask(5);
  await turn();
  end();
  assert.equal(await later, 50);
});

test('who comes in one turn goes together, as many as may', async () => {
  const { groups, run, end } = watched();
  const ask = together(run, { most: 2 });
  const all = [1, 2, 3].map(ask);
  await turn();
  end();
  await turn();
  end();
  assert.deepEqual(await Promise.all(all), [10, 20, 30]);
  assert.deepEqual(groups, [[1, 2], [3]]);
});

test('keys neither share nor wait', async () => {
  const { groups, run, end } = watched();
  const ask = together(run, { key: (item) => item % 2 });
  const all = [1, 2, 3].map(ask);
  await turn();
  assert.deepEqual(groups, [[1, 3], [2]]);
  end();
  end();
  assert.deepEqual(await Promise.all(all), [10, 20, 30]);
});

test('one that fails fails alone', async () => {
  const { groups, run, end } = watched((items) => items.includes(2));
  const ask = together(run);
  const all = Promise.allSettled([1, 2, 3].map(ask));
  for (let i = 0; i < 4; i++) {
    await turn();
    end();
  }
  const outcomes = (await all).map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed'));
  assert.deepEqual(outcomes, [10, 'failed', 30]);
  assert.deepEqual(groups, [[1, 2, 3], [1], [2], [3]]);
});

test('what may have taken effect is not tried again', async () => {
  const { groups, run, end } = watched(() => true);
  const ask = together(run, { again: () => false });
  const all = Promise.allSettled([1, 2].map(ask));
  await turn();
  end();
  assert.deepEqual(
    (await all).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.deepEqual(groups, [[1, 2]]);
});
