import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { testDatabase } from '../../test/harness.ts';
import { randomIds } from '../kernel/ids.ts';
import { createCounts } from './counts.ts';

const db = await testDatabase();

async function workspace(slug: string): Promise<string> {
  const id = randomIds('wsp');
  await db.insertInto('workspaces').values({ id, slug, name: slug }).execute();
  return id;
}

const stored = async (workspaceId: string) =>
  (
    await db
      .selectFrom('doorCounts')
      .select(['hour', 'operation', 'reason', 'count'])
      .where('workspaceId', '=', workspaceId)
      .orderBy('hour')
      .orderBy('operation')
      .orderBy('reason')
      .execute()
  ).map(({ hour, operation, reason, count }) => [hour.toISOString(), operation, reason, Number(count)]);

const isSold = (operation: string) => operation === 'create_ticket';

test('counts add up over hours and processes', async () => {
  const id = await workspace('adds-up');
  let now = Date.UTC(2026, 10, 28, 14, 59);
  const one = createCounts(db, () => now, isSold);
  const two = createCounts(db, () => now, isSold);
  one.challenged(id, 'create_ticket');
  one.challenged(id, 'create_ticket');
  two.challenged(id, 'create_ticket');
  await Promise.all([one.flush(), two.flush()]);
  now += 120_000;
  await one.flush();
  one.refused(id, 'create_ticket', 'over_cap');
  one.refused(id, 'create_ticket', 'insufficient_funds');
  await one.flush();
  await one.flush();
  assert.deepEqual(await stored(id), [
    ['2026-11-28T14:00:00.000Z', 'create_ticket', 'challenged', 3],
    ['2026-11-28T15:00:00.000Z', 'create_ticket', 'insufficient_funds', 1],
    ['2026-11-28T15:00:00.000Z', 'create_ticket', 'over_cap', 1],
  ]);
});

test('what strangers make up is counted under one name', async () => {
  const id = await workspace('made-up');
  const now = Date.UTC(2026, 10, 28, 14);
  const counts = createCounts(db, () => now, isSold);
  for (let i = 0; i < 1_000; i++) counts.refused(id, `tool ${i}`, `reason ${i}`);
  await counts.flush();
  assert.deepEqual(await stored(id), [['2026-11-28T14:00:00.000Z', 'other', 'other', 1_000]]);
});

test('what could not be written is kept, and a workspace that is gone keeps nothing from being written', async () => {
  const id = await workspace('kept');
  const now = Date.UTC(2026, 10, 28, 14);
  const counts = createCounts(db, () => now, isSold);
  counts.challenged(id, 'create_ticket');
  counts.challenged('wsp_gone', 'create_ticket');
  await sql`alter table door_counts rename to elsewhere`.execute(db);
  await assert.rejects(counts.flush());
  await sql`alter table elsewhere rename to door_counts`.execute(db);
  counts.challenged(id, 'create_ticket');
  await counts.flush();
  assert.deepEqual(await stored(id), [['2026-11-28T14:00:00.000Z', 'create_ticket', 'challenged', 2]]);
});

test('what is older than a year and a month is let go of', async () => {
  const id = await workspace('old');
  const old = { workspaceId: id, operation: 'create_ticket', reason: 'challenged', count: 1n };
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
  await db
    .insertInto('doorCounts')
    .values([
      { ...old, hour: ago(401) },
      { ...old, hour: ago(399) },
    ])
    .execute();
  const counts = createCounts(db, () => Date.now(), isSold);
  counts.challenged(id, 'create_ticket');
  await counts.flush();
  assert.equal((await stored(id)).length, 2);
});
