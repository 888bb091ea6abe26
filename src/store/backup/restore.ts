import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { extract } from 'tar-stream';
import { BackupError, type End, format, type Manifest, type TableEnd, tableOfPiece } from './archive.ts';
import { appliedMigrations, type BackupTable, backupTables, columnList, quoted } from './tables.ts';

/**
 * Puts a backup into an empty database whose schema is the backup's. One transaction: everything, or nothing.
 * @returns what was put back.
 * @throws {BackupError} where the file is not a whole backup of this schema, or the database is not empty
 */
export async function restoreBackup(url: string, file: string): Promise<End> {
  const client = new pg.Client({ connectionString: url, application_name: 'postern-restore' });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('set idle_in_transaction_session_timeout = 0');
    await client.query('begin');
    const tables = await backupTables(client);
    await assertEmpty(client, tables);
    await openTables(client, tables);
    const end = await copyIn(client, file, tables);
    await closeTables(client, tables);
    await client.query('commit');
    await client.query('analyze').catch(() => {});
    return end;
  } catch (error) {
    throw error instanceof pg.DatabaseError
      ? new BackupError(`Postgres refused it: ${error.message}`)
      : error;
  } finally {
    // What was not committed is rolled back.
    await client.end().catch(() => {});
  }
}

async function assertEmpty(client: pg.Client, tables: readonly BackupTable[]): Promise<void> {
  for (const { name } of tables) {
    // Nobody else fills it meanwhile.
    await client.query(`lock table ${quoted(name)} in access exclusive mode`);
    const { rows } = await client.query(`select exists (select from ${quoted(name)}) as filled`);
    if (rows[0].filled)
      throw new BackupError(`The database is not empty (${name} has rows); restore into a new one.`);
  }
}

/** Rows come in as they were: no trigger adds to them, and copying in is not held to a workspace. */
async function openTables(client: pg.Client, tables: readonly BackupTable[]): Promise<void> {
  for (const { name } of tables)
    await client.query(
      `alter table ${quoted(name)} disable trigger user; alter table ${quoted(name)} no force row level security`,
    );
}

async function closeTables(client: pg.Client, tables: readonly BackupTable[]): Promise<void> {
  // Checks that wait for the end of the transaction stand in the way of altering its tables.
  await client.query('set constraints all immediate');
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relrowsecurity and relnamespace = current_schema()::regnamespace`,
  );
  for (const { name } of tables) await client.query(`alter table ${quoted(name)} enable trigger user`);
  for (const { name } of rows) await client.query(`alter table ${quoted(name)} force row level security`);
}

/** A table whose rows are coming in. */
interface Open {
  name: string;
  sink: ReturnType<typeof copyIntoTable>;
  hash: Hash;
}

function copyIntoTable(client: pg.Client, table: BackupTable) {
  const sink = client.query(copyFrom(`copy ${quoted(table.name)} (${columnList(table)}) from stdin`));
  // Whoever writes hears of it; one that is given up with its connection has nobody left to tell.
  sink.on('error', () => {});
  return sink;
}

async function copyIn(client: pg.Client, file: string, tables: readonly BackupTable[]): Promise<End> {
  const archive = extract();
  const raw = createReadStream(file);
  const unzipped = createGunzip();
  // Whatever breaks on the way in ends the walk through the entries.
  raw.on('error', (error) => archive.destroy(error));
  unzipped.on('error', (error) => archive.destroy(error));
  raw.pipe(unzipped).pipe(archive);
  try {
    return await readEntries(client, archive, tables);
  } catch (error) {
    raw.destroy();
    if (error instanceof BackupError || error instanceof pg.DatabaseError) throw error;
    throw new BackupError(`${file} is not a whole backup: ${(error as Error).message}`);
  }
}

async function readEntries(
  client: pg.Client,
  archive: ReturnType<typeof extract>,
  tables: readonly BackupTable[],
): Promise<End> {
  let manifest: Manifest | undefined;
  let end: End | undefined;
  let open: Open | undefined;
  const done: TableEnd[] = [];
  const close = async () => {
    if (!open) return;
    open.sink.end();
    await finished(open.sink);
    done.push({ name: open.name, rows: open.sink.rowCount, sha256: open.hash.digest('hex') });
    open = undefined;
  };
  for await (const entry of archive) {
    const { name } = entry.header;
    const tableName = tableOfPiece(name);
    if (!manifest) {
      if (name !== 'manifest.json') throw new BackupError('This is no backup of Postern.');
      manifest = readManifest(
        await textOf(entry as AsyncIterable<Buffer>),
        await appliedMigrations(client),
        tables,
      );
    } else if (name === 'end.json') {
      await close();
      end = JSON.parse(await textOf(entry as AsyncIterable<Buffer>)) as End;
    } else {
      const table = tables.find((one) => one.name === tableName);
      if (!table || end) throw new BackupError(`${name} does not belong into a backup.`);
      if (open?.name !== table.name) {
        await close();
        open = { name: table.name, sink: copyIntoTable(client, table), hash: createHash('sha256') };
      }
      for await (const chunk of entry as AsyncIterable<Buffer>) {
        open.hash.update(chunk);
        if (!open.sink.write(chunk)) await once(open.sink, 'drain');
      }
    }
  }
  if (!manifest || !end) throw new BackupError('The file ends too early.');
  compare(done, end);
  return end;
}

function readManifest(text: string, migrations: string[], tables: readonly BackupTable[]): Manifest {
  const manifest = JSON.parse(text) as Manifest;
  if (manifest.format !== format)
    throw new BackupError('This is no backup of Postern, or one of another format.');
  if (JSON.stringify(manifest.migrations) !== JSON.stringify(migrations))
    throw new BackupError(
      `The backup was taken by another version (its schema ends with ${manifest.migrations.at(-1)}, this one with ${migrations.at(-1)}); restore with that version, then update.`,
    );
  if (JSON.stringify(manifest.tables) !== JSON.stringify(tables))
    throw new BackupError('The backup’s tables are not those of this database.');
  return manifest;
}

/** Every table came in as it went out; one without rows has no piece. */
function compare(done: readonly TableEnd[], end: End): void {
  for (const { name, rows, sha256 } of end.tables) {
    const came = done.find((one) => one.name === name);
    const same = came ? came.rows === rows && came.sha256 === sha256 : rows === 0;
    if (!same) throw new BackupError(`The rows of ${name} are not those that were backed up.`);
  }
}

/** Small entries only. */
async function textOf(entry: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
