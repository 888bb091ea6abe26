import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { testDatabase } from '../../test/harness.ts';
import { randomSecret } from '../kernel/ids.ts';
import { attemptsIn } from './attempts.ts';

const db = await testDatabase({ poolSize: 10 });
const key = randomSecret(32);
// As two processes have it.
const [one, two] = [attemptsIn(db, key), attemptsIn(db, new Uint8Array(key))];
const rows = () => db.selectFrom('attempts').selectAll().orderBy('key').execute();

test('of those who come at once each is counted, once, and a window ends for all', async () => {
  const counted = await Promise.all(
    Array.from({ length: 60 }, (_, n) => (n % 2 ? one : two).add('password', 'ada@example.com', 900)),
  );
  assert.deepEqual(
    counted.map(({ count }) => count).sort((a, b) => a - b),
    Array.from({ length: 60 }, (_, n) => n + 1),
  );
  // Who waited for the row asked a little earlier than who made it.
  for (const { freesInMs } of counted)
    assert.ok(freesInMs > 800_000 && freesInMs < 1_000_000, `${freesInMs}`);
  // Neither another subject nor another kind is counted with it.
  assert.equal((await one.add('password', 'bob@example.com', 900)).count, 1);
  assert.equal((await one.add('mail', 'ada@example.com', 900)).count, 1);
  await db.updateTable('attempts').set({ endsAt: sql`now() - interval '1 second'` }).execute();
  assert.equal((await two.add('password', 'ada@example.com', 900)).count, 1);
  assert.equal((await one.add('password', 'ada@example.com', 900)).count, 2);
});

test('rows say of nobody that they tried, and another key finds none of them', async () => {
  await one.add('mail', 'grace@example.com', 60);
  const kept = await rows();
  for (const row of kept) assert.match(row.key, /^\w+ \d{1,5}$/);
  await attemptsIn(db, randomSecret(32)).add('mail', 'grace@example.com', 60);
  assert.equal((await rows()).length, kept.length + 1);
});

test('old rows leave as new ones come; what still counts stays', async () => {
  await sql`truncate attempts`.execute(db);
  const old = Array.from({ length: 150 }, (_, n) => ({
    key: `old ${n}`,
    count: 1,
    endsAt: sql<Date>`now() - interval '2 minutes'`,
  }));
  await db.insertInto('attempts').values(old).execute();
  await one.add('sign-in', '203.0.113.1', 60);
  await Promise.all([one.add('sign-in', '203.0.113.2', 60), two.add('sign-in', '203.0.113.3', 60)]);
  assert.deepEqual(
    (await rows()).map(({ count }) => count),
    [1, 1, 1],
  );
  assert.ok((await rows()).every(({ key: name }) => name.startsWith('sign-in')));
});
