/** A backup is one moment of a house that goes on working, and comes back to the letter, or not at all. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { randomIds } from '../../src/kernel/ids.ts';
import { attach, storeUpload, takeUploads } from '../../src/mail/attachments.ts';
import { BackupError } from '../../src/store/backup/archive.ts';
import { restoreBackup } from '../../src/store/backup/restore.ts';
import { backupTables, columnList, quoted } from '../../src/store/backup/tables.ts';
import { writeBackup } from '../../src/store/backup/write.ts';
import { inWorkspace } from '../../src/store/database.ts';
import { testDatabaseUrl } from '../harness.ts';
import { callTool, signPayment, startGround, startOnGround, termsOf } from '../postern.ts';

const ground = await startGround();
const postern = await startOnGround(ground);
const { databaseUrl } = ground;
const folder = await mkdtemp(join(tmpdir(), 'postern-backup-'));
after(() => rm(folder, { recursive: true, force: true }));

const running = join(folder, 'running');
const still = join(folder, 'still');
const about = {
  subject: 'Shutter stuck',
  body: 'It will not fire.\t\\N "quoted"\n\u{1f4f7}',
  email: 'ada@example.com',
};

const query = async <T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
};

/** Every table's rows in one hash, with their number. */
async function digest(url: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = new Map<string, string>();
    for (const table of await backupTables(client)) {
      const { rows } = await client.query(
        `select count(*) || ' ' || coalesce(md5(string_agg(row::text, '|' order by row::text)), '') as digest
         from (select ${columnList(table)} from ${quoted(table.name)}) as row`,
      );
      found.set(table.name, rows[0].digest);
    }
    return found;
  } finally {
    await client.end();
  }
}

/** Bytes of every kind, text that Postgres would escape, and more than a piece of the backup holds. */
const contents = [
  Buffer.from(Array.from({ length: 4_096 }, (_, i) => i % 256)),
  Buffer.from('\\N\t\\x00\r\n"'),
  Buffer.alloc(9_000_000, 0xa5),
];
const uploadedBy = 'operator:usr_test';

/** Puts files on a message, and one upload that still waits. */
async function attachFiles(): Promise<void> {
  const { db } = ground;
  const { id: workspaceId } = await db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  await inWorkspace(db, workspaceId, async (tx) => {
    const now = new Date();
    const ids: string[] = [];
    for (const [i, bytes] of contents.entries()) {
      const id = randomIds('att');
      const name = `Zażółć ${i}.bin`;
      await storeUpload(tx, workspaceId, { id, uploadedBy, now, name, mediaType: 'application/x-b', bytes });
      ids.push(id);
    }
    const { id } = await tx
      .selectFrom('messages')
      .select('id')
      .orderBy('id')
      .limit(1)
      .executeTakeFirstOrThrow();
    await attach(tx, workspaceId, id, await takeUploads(tx, workspaceId, uploadedBy, ids.slice(0, 2)));
  });
}

before(async () => {
  await attachFiles();
  const terms = await termsOf(postern.url, 'create_ticket', about);
  const wallets = await Promise.all(Array.from({ length: 6 }, () => ground.fundedWallet()));
  let stopped = false;
  const buyers = wallets.map(async (wallet) => {
    while (!stopped) await callTool(postern.url, 'create_ticket', about, await signPayment(wallet, terms));
  });
  const buying = Promise.all(buyers);
  while (Number((await query(databaseUrl, 'select count(*) from receipts'))[0]!.count) < 20);
  await writeBackup(databaseUrl, running, new Date());
  stopped = true;
  await buying;
  await postern.stop();
  await writeBackup(databaseUrl, still, new Date());
});

test('what is restored is what was there, table by table', async () => {
  const url = await testDatabaseUrl();
  await restoreBackup(url, still);
  const [here, there] = [await digest(databaseUrl), await digest(url)];
  assert.deepEqual(there, here);
  for (const table of [
    'claims',
    'purchases',
    'receipts',
    'settlements',
    'tickets',
    'messages',
    'attachments',
    'blobs',
  ])
    assert.match(here.get(table)!, /^[1-9]\d* /, `${table} has rows to compare`);
  const secured = 'select relname from pg_class where relrowsecurity and relforcerowsecurity order by 1';
  assert.deepEqual(await query(url, secured), await query(databaseUrl, secured));
  const resting = `select tgname from pg_trigger where tgenabled = 'D'`;
  assert.deepEqual(await query(url, resting), []);
});

test('files come back byte for byte', async () => {
  const url = await testDatabaseUrl();
  await restoreBackup(url, running);
  const rows = await query<{ name: string; bytes: Buffer; attached: boolean }>(
    url,
    `select name, bytes, message_id is not null as attached from attachments join blobs using (workspace_id, sha256)
     order by name`,
  );
  assert.deepEqual(
    rows.map(({ name, attached }) => [name, attached]),
    contents.map((_, i) => [`Zażółć ${i}.bin`, i < 2]),
  );
  for (const [i, { bytes }] of rows.entries()) assert.ok(bytes.equals(contents[i]!), `file ${i} is whole`);
});

test('a backup of a house at work is one moment: no purchase without what it delivered', async () => {
  const url = await testDatabaseUrl();
  await restoreBackup(url, running);
  const halves = await query<{ state: string; receipt: boolean; ticket: boolean }>(
    url,
    `select c.state, r.id is not null as receipt, t.id is not null as ticket
     from claims c join purchases p on p.id = c.id
       left join receipts r on r.purchase_id = p.id left join tickets t on t.id = p.output ->> 'ticketId'`,
  );
  assert.ok(halves.filter(({ state }) => state === 'delivered').length >= 20);
  for (const { state, receipt, ticket } of halves)
    assert.deepEqual([receipt, ticket], [state === 'delivered', state === 'delivered']);
});

test('a restored house opens its doors and goes on', async () => {
  const url = await testDatabaseUrl();
  await restoreBackup(url, running);
  const again = await startOnGround(ground, { databaseUrl: url });
  const wallet = await ground.fundedWallet();
  const terms = await termsOf(again.url, 'create_ticket', about);
  const answer = await callTool(again.url, 'create_ticket', about, await signPayment(wallet, terms));
  assert.equal(answer.status, 200);
  await again.stop();
  const numbers = await query<{ number: string }>(url, 'select number from tickets order by number');
  assert.deepEqual(
    numbers.map(({ number }) => Number(number)),
    numbers.map((_, index) => index + 1),
  );
});

test('only the owner reads the file, and an unfinished one is not left behind', async () => {
  assert.equal((await stat(still)).mode & 0o777, 0o600);
  await assert.rejects(writeBackup(databaseUrl, join(folder, 'none', 'file'), new Date()));
  await assert.rejects(stat(join(folder, 'none', 'file.partial')));
});

/** A file that is refused, and leaves the database as empty as it was. */
async function refused(bytes: Buffer, why: RegExp): Promise<void> {
  const url = await testDatabaseUrl();
  const file = join(folder, 'bad');
  await writeFile(file, bytes);
  const empty = await digest(url);
  await assert.rejects(restoreBackup(url, file), (error: Error) => {
    assert.ok(error instanceof BackupError, error.stack);
    assert.match(error.message, why);
    return true;
  });
  assert.deepEqual(await digest(url), empty);
}

test('what lies where a backup would be written is neither followed, nor overwritten, nor removed', async () => {
  const [file, elsewhere] = [join(folder, 'shared'), join(folder, 'elsewhere')];
  await writeFile(elsewhere, 'precious', { mode: 0o644 });
  await symlink(elsewhere, `${file}.partial`);
  await assert.rejects(writeBackup(databaseUrl, file, new Date()), BackupError);
  assert.equal(await readFile(elsewhere, 'utf8'), 'precious');
  await rm(`${file}.partial`);
  await writeFile(`${file}.partial`, 'another at work', { mode: 0o666 });
  await assert.rejects(writeBackup(databaseUrl, file, new Date()), /is there already/);
  assert.equal(await readFile(`${file}.partial`, 'utf8'), 'another at work');
  await assert.rejects(stat(file), { code: 'ENOENT' });
  await rm(`${file}.partial`);
  await writeBackup(databaseUrl, file, new Date());
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('a file that is cut off, changed, or none at all brings nothing back', async () => {
  const whole = await readFile(still);
  await refused(whole.subarray(0, whole.length >> 1), /not a whole backup/);
  await refused(Buffer.from('hello'), /not a whole backup/);
  const plain = gunzipSync(whole);
  // Up to before its end: all the rows, and no word that these are all.
  await refused(gzipSync(plain.subarray(0, plain.lastIndexOf('end.json'))), /ends too early|not a whole/);
  const at = plain.indexOf('It will not fire');
  const changed = Buffer.from(plain);
  changed.write('It will now fire', at);
  await refused(gzipSync(changed), /are not those that were backed up/);
  const version = plain.indexOf('0001_foundation');
  const older = Buffer.from(plain);
  older.write('0000_foundation', version);
  await refused(gzipSync(older), /another version/);
});

test('a database that has rows keeps them', async () => {
  const url = await testDatabaseUrl();
  await query(url, `insert into workspaces (id, slug, name) values ('wsp_a', 'a', 'A')`);
  const filled = await digest(url);
  await assert.rejects(restoreBackup(url, still), /not empty/);
  assert.deepEqual(await digest(url), filled);
});
