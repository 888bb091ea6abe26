import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atEnd, testDatabaseUrl } from '../harness.ts';
import { postgresStorage } from './storage.ts';
import { createWorldClock, simulate } from './world.ts';

const clock = createWorldClock();
const storage = await postgresStorage(await testDatabaseUrl(), () => clock.now());
atEnd(async () => storage[Symbol.asyncDispose]());

test('a seed replays exactly on Postgres as well', async () => {
  for (const seed of [5, 12, 27]) {
    const first = await simulate(seed, { storage, clock, record: true });
    const second = await simulate(seed, { storage, clock, record: true });
    assert.deepEqual(second.history, first.history, `seed ${seed}`);
  }
});

const seeds = 200;
const part = 25;

for (let from = 1; from <= seeds; from += part)
  test(`no invariant breaks in ${part} worlds on Postgres from seed ${from}`, async () => {
    for (let seed = from; seed < from + part; seed++) {
      const { violations } = await simulate(seed, { storage, clock });
      assert.deepEqual(violations, [], `seed ${seed} (npm run sim -- --postgres --seed ${seed})`);
    }
  });
