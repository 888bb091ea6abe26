import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused } from '../../test/desk.ts';
import { newWorkspace } from '../../test/fakes/purchases.ts';
import { atEnd, silent, testDatabaseUrl } from '../../test/harness.ts';
import { inWorkspace, openDatabase, workspacesOf } from '../store/database.ts';
import { postgresBudget } from './budget.ts';

const url = await testDatabaseUrl();
// Two processes, each with a pool of its own.
const databases = [1, 2].map(() => {
  const db = openDatabase({ url, poolSize: 8, log: silent });
  atEnd(() => db.destroy());
  return db;
});
const budgets = databases.map((db) => postgresBudget(workspacesOf(db), 1_000));
const [db, budget] = [databases[0]!, budgets[0]!];

const spentBy = async (workspaceId: string) => {
  const rows = await db
    .selectFrom('modelTokens')
    .select('tokens')
    .where('workspaceId', '=', workspaceId)
    .orderBy('day', 'desc')
    .execute();
  return rows.map(({ tokens }) => Number(tokens));
};
const has = (workspaceId: string, tokens: number) =>
  inWorkspace(db, workspaceId, (tx) => budget.has(tx, workspaceId, tokens), { readOnly: true });

test('calls at once, of two processes, never set aside more than the day has', async () => {
  const workspaceId = await newWorkspace(db);
  const asked = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) => budgets[i % 2]!.reserve(workspaceId, 90)),
  );
  const taken = asked.filter(({ status }) => status === 'fulfilled');
  assert.equal(taken.length, 11, '11 times 90 fit into 1,000');
  for (const one of asked) if (one.status === 'rejected') assert.ok(refused('model_unavailable')(one.reason));
  assert.deepEqual(await spentBy(workspaceId), [990]);
});

test('what was not used is given back, and can be used then', async () => {
  const workspaceId = await newWorkspace(db);
  const first = await budget.reserve(workspaceId, 900);
  await assert.rejects(budget.reserve(workspaceId, 200), refused('model_unavailable'));
  assert.deepEqual([await has(workspaceId, 100), await has(workspaceId, 101)], [true, false]);
  await budget.settle(first, 150);
  assert.deepEqual(await spentBy(workspaceId), [150]);
  await budget.settle(await budget.reserve(workspaceId, 850), 0);
  assert.deepEqual(await spentBy(workspaceId), [150]);
});

test('no claim of a server takes more than was set aside, or gives back more', async () => {
  const workspaceId = await newWorkspace(db);
  for (const [used, expected] of [
    [10 ** 15, 100],
    [-500, 100],
    [Number.MAX_VALUE, 200],
  ] as const) {
    await budget.settle(await budget.reserve(workspaceId, 100), used);
    assert.deepEqual(await spentBy(workspaceId), [expected]);
  }
});

test('a call that could never fit takes nothing, each workspace and each day has its own', async () => {
  const [workspaceId, other] = [await newWorkspace(db), await newWorkspace(db)];
  await assert.rejects(budget.reserve(workspaceId, 1_001), refused('model_unavailable'));
  assert.deepEqual(await spentBy(workspaceId), []);
  const late = await budget.reserve(workspaceId, 1_000);
  await budget.reserve(other, 1_000);
  assert.equal(await has(workspaceId, 1), false);
  // Midnight.
  const yesterday = '2026-01-01';
  await db
    .updateTable('modelTokens')
    .set({ day: yesterday })
    .where('workspaceId', '=', workspaceId)
    .execute();
  assert.equal(await has(workspaceId, 1_000), true);
  await budget.reserve(workspaceId, 600);
  await budget.settle({ ...late, day: yesterday }, 10);
  assert.deepEqual(await spentBy(workspaceId), [600, 10], 'given back to the day that it was taken from');
});
