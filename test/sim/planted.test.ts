import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planted } from './bugs.ts';
import { hunt, plant } from './planted.ts';

test('each bug can still be planted: the text that it replaces is there', async () => {
  for (const bug of planted) {
    const { remove } = await plant(bug);
    await remove();
  }
});

for (const { name, seeds } of [
  { name: 'broadcast before the transaction is stored', seeds: 20 },
  { name: 'take a revert for the end', seeds: 150 },
  { name: 'deliver what is being refunded', seeds: 150 },
])
  test(`the simulation finds a planted bug: ${name}`, async () => {
    const found = await hunt(planted.find((bug) => bug.name === name)!, seeds);
    assert.ok(found, `not in ${seeds} seeds`);
  });
