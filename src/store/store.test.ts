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
