import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStorage } from './storage.ts';
import { createWorldClock, type Outcome, simulate } from './world.ts';

const clock = createWorldClock();
const storage = memoryStorage(() => clock.now());

/** How to see what happened. */
const told = ({ seed, violations }: Outcome) =>
  `seed ${seed} (npm run sim -- --seed ${seed}): ${violations.join('; ')}`;

const seeds = 2_000;
const part = 250;

for (let from = 1; from <= seeds; from += part)
  test(`no invariant breaks in ${part} worlds from seed ${from}`, async () => {
    for (let seed = from; seed < from + part; seed++) {
      const outcome = await simulate(seed, { storage, clock });
      assert.deepEqual(outcome.violations, [], told(outcome));
    }
  });

test('a seed replays exactly: every step, at the same moment, by the same actor', async () => {
  for (const seed of [3, 77, 1_234]) {
    const first = await simulate(seed, { storage, clock, record: true });
    const second = await simulate(seed, { storage, clock, record: true });
    assert.ok(first.history.length > 100);
    assert.deepEqual(second.history, first.history);
  }
});

test('the worlds are worth their time: most things that can happen do', async () => {
  const seen: Record<string, number> = {};
  const words =
    /delivered|void|owed|took effect, and the answer is lost|dies: (before|after)|taken over|stands still|takes \d blocks back|drops|database dies|cancels|empties|submits|burns|a nonce hangs|succeeded":?false|vanishes|wallet_busy|authorization_conflict/g;
  for (let seed = 1; seed <= 60; seed++) {
    const { history } = await simulate(seed, { storage, clock, record: true });
    for (const word of new Set(history.join('\n').match(words))) seen[word] = (seen[word] ?? 0) + 1;
  }
  for (const word of [
    'delivered',
    'void',
    'owed',
    'taken over',
    'took effect, and the answer is lost',
    'drops',
    'cancels',
    'empties',
    'submits',
    'burns',
    'a nonce hangs',
    'wallet_busy',
    'authorization_conflict',
  ])
    assert.ok((seen[word] ?? 0) > 0, `${word} was never seen: ${JSON.stringify(seen)}`);
});
