/** Invariant 10: no workspace reads or writes another's rows, even if a query forgets its filter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { postgresLedger } from '../../src/door/ledger.ts';
import { asSystem, inWorkspace } from '../../src/store/database.ts';
import { newPurchase } from '../fakes/purchases.ts';
import { testDatabase } from '../harness.ts';
import { deskRows } from '../rows.ts';

// One connection: what one workspace's transaction leaves behind meets the next.
const db = await testDatabase({ poolSize: 1 });
const [ours, theirs] = ['wsp_ours', 'wsp_theirs'] as const;

/** One row of everything that a workspace owns. */
async function fill(workspaceId: string, payer: string): Promise<void> {
  const own = { workspaceId };
  const name = workspaceId.slice('wsp_'.length);
  const id = (prefix: string) => `${prefix}_${name}`;
  await asSystem(db, async (tx) => {
    await tx.insertInto('workspaces').values({ id: workspaceId, slug: name, name }).execute();
    await tx
      .insertInto('workspaceNetworks')
      .values({ ...own, network: 'base-sepolia', payTo: payer })
      .execute();
    await tx
      .insertInto('workspacePrices')
      .values({ ...own, operation: 'create_ticket', priceAtomic: 1n })
      .execute();
    await tx
      .insertInto('customers')
      .values({ ...own, id: id('cus'), name })
      .execute();
    await tx
      .insertInto('tickets')
      .values({ ...own, id: id('tkt'), number: 1n, subject: name, customerId: id('cus'), channel: 'web' })
      .execute();
    await tx
      .insertInto('messages')
      .values({ ...own, id: id('msg'), ticketId: id('tkt'), author: 'customer', body: name })
      .execute();
    await tx
      .insertInto('articles')
      .values({ ...own, id: id('art'), slug: name, title: name, body: name })
      .execute();
    await tx
      .insertInto('proposals')
      .values({ ...own, id: id('prp'), operation: 'draft_reply', arguments: '{}', ticketId: id('tkt') })
      .execute();
    await tx
      .insertInto('outbox')
      .values({
        ...own,
        id: id('out'),
        messageId: `<${name}@localhost>`,
        mailFrom: 'a@localhost',
        rcptTo: 'b@localhost',
        subject: name,
        body: name,
        headers: '{}',
      })
      .execute();
    await tx
      .insertInto('wallets')
      .values({ ...own, address: payer })
      .execute();
    await tx
      .insertInto('auditLog')
      .values({ ...own, id: id('aud'), actor: 'system', action: 'wallet.struck', reason: name })
      .execute();
    await tx
      .insertInto('breakers')
      .values({ ...own, reason: name })
      .execute();
    await tx
      .insertInto('workspaceFloats')
      .values({ ...own, address: payer })
      .execute();
    // Of no workspace, but members refer to one.
    await tx
      .insertInto('users')
      .values({ id: id('usr'), name, email: `${name}@example.com` })
      .execute();
    for (const [table, row] of deskRows(workspaceId))
      await tx
        .insertInto(table)
        .values({ ...own, ...row } as never)
        .execute();
  });
  await postgresLedger(db).claim(newPurchase(workspaceId, payer, { id: id('pur'), amountAtomic: 1n }));
  await asSystem(db, (tx) =>
    postgresLedger(tx).storeDelivery(tx, {
      ...own,
      purchaseId: id('pur'),
      receiptId: id('rcp'),
      output: {},
      outputHash: 'hash',
      signed: {
        format: 'eip712',
        payload: { version: 1, network: '', resourceUrl: '', payer, issuedAt: 1, transaction: '' },
        signature: '0x',
      },
    }),
  );
}

await fill(ours, `0x${'11'.repeat(20)}`);
await fill(theirs, `0x${'22'.repeat(20)}`);

/** A table whose rows belong to workspaces. */
interface Owned {
  name: string;
  /** The column that says whose a row is. */
  owner: string;
  /** All that may be written, the owner included. */
  columns: string[];
}

// From the catalogue, so that no table to come is forgotten.
const { rows: tables } = await sql<Owned>`
  select c.relname as name, owner.attname as owner, array_agg(a.attname::text order by a.attnum) as columns
  from pg_class c
    join pg_attribute owner on owner.attrelid = c.oid
      and owner.attname = case c.relname when 'workspaces' then 'id' else 'workspace_id' end
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
  group by c.relname, owner.attname order by c.relname`.execute(db);

/** Every row of the other workspace, with what would show that it was written to. */
async function snapshot({ name, owner }: Owned) {
  const { rows } = await sql`select xmin::text, ctid::text, * from ${sql.table(name)}
    where ${sql.ref(owner)} = ${theirs}`.execute(db);
  return rows;
}

type Outcome = { rows: Record<string, unknown>[]; count: number } | { code: string };

const refusedByPostgres = '42501';
const stillReferenced = '23503';

/** Runs one statement as our workspace's role. @returns what it showed and touched, or Postgres' reason to refuse it. */
async function asOurs(statement: string): Promise<Outcome> {
  try {
    return await inWorkspace(db, ours, async (tx) => {
      const result = await sql.raw<Record<string, unknown>>(statement).execute(tx);
      return { rows: result.rows, count: Number(result.numAffectedRows ?? 0) };
    });
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code) return { code: error.code };
    throw error;
  }
}

const quoted = (name: string) => pg.escapeIdentifier(name);

test('this file fills every table that has a workspace, for two workspaces', async () => {
  assert.ok(tables.length >= 12, `${tables.length} tables`);
  for (const { name, owner } of tables) {
    const { rows } = await sql<{ owner: string }>`select distinct ${sql.ref(owner)} as owner
      from ${sql.table(name)} order by 1`.execute(db);
    assert.deepEqual(
      rows.map((row) => row.owner),
      [ours, theirs],
      `${name}: give it a row in fill()`,
    );
  }
});

test('a query without a filter shows nothing of another workspace', async () => {
  for (const { name, owner } of tables) {
    const seen = await asOurs(`select distinct ${quoted(owner)} as owner from ${quoted(name)}`);
    if ('code' in seen) assert.equal(seen.code, refusedByPostgres, name);
    else assert.deepEqual(seen.rows, [{ owner: ours }], name);
  }
});

test('an update without a filter touches nothing of another workspace', async () => {
  const touched = new Set<string>();
  for (const table of tables) {
    const before = await snapshot(table);
    for (const column of table.columns) {
      const set = `${quoted(column)} = ${quoted(column)}`;
      const done = await asOurs(`update ${quoted(table.name)} set ${set}`);
      if ('code' in done) assert.equal(done.code, refusedByPostgres, `${table.name}.${column}`);
      else if (done.count > 0) touched.add(table.name);
    }
    assert.deepEqual(await snapshot(table), before, table.name);
  }
  // The role does write, so what was left alone was left alone by the policies.
  for (const name of ['claims', 'tickets', 'purchases', 'workspaces'])
    assert.ok(touched.has(name), `${name} was not written to at all`);
});

test('no row is put or moved into another workspace', async () => {
  for (const { name, owner, columns } of tables) {
    const moved = await asOurs(`update ${quoted(name)} set ${quoted(owner)} = '${theirs}'`);
    assert.deepEqual(moved, { code: refusedByPostgres }, `${name}: moved`);
    const values = columns.map((column) => (column === owner ? `'${theirs}'` : quoted(column)));
    const put = await asOurs(
      `insert into ${quoted(name)} (${columns.map(quoted)}) select ${values} from ${quoted(name)}`,
    );
    assert.deepEqual(put, { code: refusedByPostgres }, `${name}: put`);
  }
});

test("another workspace's purchase cannot be moved on, nor its ticket numbers, by who knows its id", async () => {
  const purchase = await postgresLedger(db).byId('pur_theirs');
  assert.equal(purchase?.state, 'settling');
  await inWorkspace(db, ours, async (tx) => {
    assert.equal(await postgresLedger(tx).move(purchase, 'void'), undefined);
    const numbers = await tx
      .updateTable('workspaces')
      .set({ nextTicketNumber: 99n })
      .where('id', '=', theirs)
      .executeTakeFirst();
    assert.equal(numbers.numUpdatedRows, 0n);
  });
  await inWorkspace(db, theirs, async (tx) =>
    assert.ok(await postgresLedger(tx).move(purchase, 'paid'), 'its own may'),
  );
});

test('what no workspace owns is out of every workspace’s reach', async () => {
  const role = await inWorkspace(db, ours, async (tx) => {
    const { rows } = await sql<{ role: string }>`select current_user as role`.execute(tx);
    return rows[0]!.role;
  });
  const { rows } = await sql`
    select relname as name from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
      and not relname = any(${tables.map(({ name }) => name)}::text[])
      and (has_table_privilege(${role}, oid, 'select, insert, update, delete, truncate, references, trigger')
        or has_any_column_privilege(${role}, oid, 'select, insert, update, references'))`.execute(db);
  assert.deepEqual(rows, []);
});

test('of its own a workspace changes no audit log, makes nobody a member, and turns no money', async () => {
  for (const statement of [
    "update audit_log set reason = 'nothing happened'",
    'delete from audit_log',
    `insert into members (workspace_id, user_id, name, email, role)
      values ('${ours}', 'usr_theirs', 'x', 'x@example.com', 'owner')`,
    'update workspace_networks set pay_to = pay_to',
    'delete from workspace_networks',
    'update claims set pay_to = pay_to',
    'update claims set amount_atomic = 0',
    'delete from claims',
  ])
    assert.deepEqual(await asOurs(statement), { code: refusedByPostgres }, statement);
});

test('a function that sees all rows tells a workspace of its own only', async () => {
  await asSystem(db, async (tx) => {
    await tx.updateTable('settlements').set({ transactionHash: '0x1' }).execute();
  });
  for (const [call, told] of [
    ["select state from settlement_of('pur_ours', false)", true],
    ["select state from settlement_of('pur_theirs', false)", false],
    ["select paid as state from purchase_transactions('pur_ours') where paid is not null", true],
    ["select paid as state from purchase_transactions('pur_theirs') where paid is not null", false],
    ["select s as state from ask_for_owed('pur_ours', true) s where s is not null", true],
    ["select s as state from ask_for_owed('pur_theirs', true) s where s is not null", false],
    ["select c as state from customers_named('ours') c", true],
    ["select c as state from customers_named('theirs') c", false],
  ] as const) {
    const done = await asOurs(call);
    assert.ok('rows' in done, call);
    assert.equal(done.rows.length > 0, told, call);
  }
});

test('a statement that the connection has prepared sees what its next user may see', async () => {
  const workspaces = async (tx: typeof db) => {
    const { rows } = await sql<{ owner: string }>`select workspace_id as owner from claims
      where amount_atomic = ${1n} order by 1`.execute(tx);
    return rows.map(({ owner }) => owner);
  };
  // More often than Postgres plans anew: its sixth plan may be one for all.
  for (let i = 0; i < 8; i++) {
    assert.deepEqual(await workspaces(db), [ours, theirs]);
    assert.deepEqual(await inWorkspace(db, ours, workspaces), [ours]);
    assert.deepEqual(await inWorkspace(db, theirs, workspaces), [theirs]);
  }
});

test('a transaction whose work swallowed an error is an error, and the connection is as good as new', async () => {
  const article = { workspaceId: ours, id: 'art_new', slug: 'new', title: 'New', body: 'New.' };
  const work = inWorkspace(db, ours, async (tx) => {
    await tx.insertInto('articles').values(article).execute();
    await sql`select 1 / 0`.execute(tx).catch(() => {});
    return 'success';
  });
  await assert.rejects(work, pg.DatabaseError);
  const readOnly = inWorkspace(db, ours, (tx) => sql`select 1 / 0`.execute(tx).catch(() => {}), {
    readOnly: true,
  });
  await assert.rejects(readOnly, pg.DatabaseError);

  const { rows } = await sql`
    select current_user = session_user as own, nullif(current_setting('postern.workspace_id', true), '') as workspace,
      (select count(*) from articles where id = 'art_new') as articles`.execute(db);
  assert.deepEqual(rows, [{ own: true, workspace: null, articles: 0n }]);
  await inWorkspace(db, ours, (tx) => tx.insertInto('articles').values(article).execute());
});

// Last, for it leaves our workspace without much of what it had.
test('a delete without a filter touches nothing of another workspace', async () => {
  const before = await Promise.all(tables.map(snapshot));
  const deleted = new Set<string>();
  let left = tables;
  // What is still referenced goes after what refers to it.
  for (let round = 0; round < tables.length && left.length > 0; round++) {
    const next: Owned[] = [];
    for (const table of left) {
      const done = await asOurs(`delete from ${quoted(table.name)}`);
      if ('count' in done && done.count > 0) deleted.add(table.name);
      if ('code' in done && done.code === stillReferenced) next.push(table);
      else if ('code' in done) assert.equal(done.code, refusedByPostgres, table.name);
    }
    left = next;
  }
  assert.deepEqual(left, []);
  for (const name of ['tickets', 'messages', 'customers']) assert.ok(deleted.has(name), `no ${name} deleted`);
  assert.deepEqual(await Promise.all(tables.map(snapshot)), before);
});
