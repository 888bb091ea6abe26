import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { atEnd, silent, testDatabase } from '../../test/harness.ts';
import { startTestServer, templateDatabase, withDatabase } from '../../test/server.ts';
import { assertIsolation, inWorkspace, openDatabase } from './database.ts';
import { migrate } from './migrate.ts';

test('migrations run once', async () => {
  const db = await testDatabase();
  assert.deepEqual(await migrate(db), []);
});

test('a workspace sees and writes its own rows only, filter or not', async () => {
  const db = await testDatabase();
  for (const id of ['wsp_a', 'wsp_b'])
    await db
      .insertInto('workspaces')
      .values({ id, slug: id.slice(4), name: id })
      .execute();
  await assertIsolation(db);
  const customer = (workspaceId: string) => ({
    workspaceId,
    id: `cus_${workspaceId}`,
    name: 'Ada',
    email: null,
  });
  await inWorkspace(db, 'wsp_a', (tx) => tx.insertInto('customers').values(customer('wsp_a')).execute());

  const seen = await inWorkspace(db, 'wsp_b', (tx) => tx.selectFrom('customers').selectAll().execute());
  assert.deepEqual(seen, []);
  await assert.rejects(
    inWorkspace(db, 'wsp_b', (tx) => tx.insertInto('customers').values(customer('wsp_a')).execute()),
    /row-level security/,
  );
  // The role does not leak to the connection's next user.
  const { rows } = await sql<{ role: string }>`select current_user as role`.execute(db);
  assert.notEqual(rows[0]!.role, 'postern_workspace');
});

test('a role that could see past row-level security is refused', async () => {
  const server = await startTestServer();
  atEnd(() => server.stop());
  const db = openDatabase({
    url: withDatabase(server.superuserUrl, templateDatabase),
    poolSize: 1,
    log: silent,
  });
  atEnd(() => db.destroy());
  for (const statement of [
    'alter role postern_workspace bypassrls',
    'alter role postern_workspace superuser',
    'alter table articles owner to postern_workspace',
  ]) {
    const tx = await db.startTransaction().execute();
    await sql.raw(statement).execute(tx);
    await assert.rejects(assertIsolation(tx), /postern_workspace must exist/, statement);
    await tx.rollback().execute();
  }
  await assertIsolation(db);
});

test('every table that has a workspace is under forced row-level security', async () => {
  const db = await testDatabase();
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and a.attname = 'workspace_id' and c.relnamespace = 'public'::regnamespace
      and not (c.relrowsecurity and c.relforcerowsecurity)`.execute(db);
  assert.deepEqual(rows, []);
});

test('of two who wait for each other both come through, for whoever gave way is run again', async () => {
  const db = await testDatabase();
  await db.insertInto('workspaces').values({ id: 'wsp_w', slug: 'waits', name: 'waits' }).execute();
  const ids = ['cus_1', 'cus_2'];
  const row = { workspaceId: 'wsp_w', name: '', email: null };
  await inWorkspace(db, 'wsp_w', (tx) =>
    tx
      .insertInto('customers')
      .values(ids.map((id) => ({ ...row, id })))
      .execute(),
  );
  let runs = 0;
  const bothHold = Promise.withResolvers<void>();
  const sign = (order: readonly string[], mark: string) =>
    inWorkspace(db, 'wsp_w', async (tx) => {
      for (const id of order) {
        await tx
          .updateTable('customers')
          .set({ name: sql`name || ${mark}` })
          .where('id', '=', id)
          .execute();
        if (id !== order[0]) continue;
        runs += 1;
        if (runs === 2) bothHold.resolve();
        await bothHold.promise;
      }
    });
  await Promise.all([sign(ids, 'a'), sign(ids.toReversed(), 'b')]);
  assert.equal(runs, 3, 'one of the two waited in vain');
  const { rows } = await sql<{ name: string }>`select name from customers order by id`.execute(db);
  for (const { name } of rows) assert.deepEqual([...name].sort(), ['a', 'b'], 'each once');
});

test('who gives way again and again is told so, and whoever is refused for another reason is not run again', async () => {
  const db = await testDatabase();
  await db.insertInto('workspaces').values({ id: 'wsp_g', slug: 'gives', name: 'gives' }).execute();
  const runsUntilToldOf = async (code: string) => {
    let runs = 0;
    await assert.rejects(
      inWorkspace(db, 'wsp_g', async (tx) => {
        runs += 1;
        await sql.raw(`do $$ begin raise exception using errcode = '${code}'; end $$`).execute(tx);
      }),
      { code },
    );
    return runs;
  };
  assert.deepEqual(
    [await runsUntilToldOf('40P01'), await runsUntilToldOf('40001'), await runsUntilToldOf('23505')],
    [4, 4, 1],
  );
});
