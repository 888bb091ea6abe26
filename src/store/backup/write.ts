import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type Pack, pack } from 'tar-stream';
import {
  BackupError,
  type End,
  format,
  type Manifest,
  pieceBytes,
  pieceName,
  type TableEnd,
} from './archive.ts';
import { appliedMigrations, type BackupTable, backupTables, columnList, quoted } from './tables.ts';

/**
 * Writes all of the database into a file that only its owner may read, as it stood at one moment: one snapshot for every
 * table, while everything else goes on. The file is there whole, or not at all.
 * @throws {BackupError} where `FILE.partial` is there already; {Error} where the database or the disk fails
 */
export async function writeBackup(url: string, file: string, takenAt: Date): Promise<End> {
  const partial = `${file}.partial`;
  const output = await openNew(partial);
  const client = new pg.Client({ connectionString: url, application_name: 'postern-backup' });
  client.on('error', () => {});
  try {
    await client.connect();
    // A slow disk is no reason to be ended between two tables.
    await client.query('set idle_in_transaction_session_timeout = 0');
    await client.query('begin isolation level repeatable read read only');
    const archive = pack();
    const written = pipeline(archive, createGzip(), output.createWriteStream());
    const [ends] = await Promise.all([writeEntries(client, archive, takenAt), written]);
    await client.query('commit');
    await settle(partial);
    await rename(partial, file);
    await settle(dirname(file));
    return ends;
  } catch (error) {
    await output.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Never what is there already: that may be a link to elsewhere, a file that others may read, or another backup at work. */
async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new BackupError(
      `${path} is there already: another backup writes it, or one was killed. Remove it if none does`,
    );
  }
}

async function writeEntries(client: pg.Client, archive: Pack, takenAt: Date): Promise<End> {
  try {
    const tables = await backupTables(client);
    const manifest: Manifest = {
      format,
      takenAt: takenAt.toISOString(),
      migrations: await appliedMigrations(client),
      tables,
    };
    await writeEntry(archive, 'manifest.json', JSON.stringify(manifest));
    const ends: TableEnd[] = [];
    for (const table of tables) ends.push(await writeTable(client, archive, table));
    await writeEntry(archive, 'end.json', JSON.stringify({ tables: ends } satisfies End));
    archive.finalize();
    return { tables: ends };
  } catch (error) {
    archive.destroy(error as Error);
    throw error;
  }
}

async function writeTable(client: pg.Client, archive: Pack, table: BackupTable): Promise<TableEnd> {
  const hash = createHash('sha256');
  // A query rather than the table: under row-level security that is the way that is allowed.
  const rows = client.query(
    copyTo(`copy (select ${columnList(table)} from ${quoted(table.name)}) to stdout`),
  );
  let waiting: Buffer[] = [];
  let size = 0;
  let pieces = 0;
  const flush = async () => {
    if (size === 0) return;
    const piece = Buffer.concat(waiting);
    hash.update(piece);
    waiting = [];
    size = 0;
    pieces += 1;
    await writeEntry(archive, pieceName(table.name, pieces), piece);
  };
  for await (const chunk of rows as AsyncIterable<Buffer>) {
    waiting.push(chunk);
    size += chunk.length;
    if (size >= pieceBytes) await flush();
  }
  await flush();
  // The count follows the last row, perhaps in a packet of its own: it has come when the next question is answered.
  await client.query('select');
  return { name: table.name, rows: rows.rowCount, sha256: hash.digest('hex') };
}

/** Resolves when the entry has been taken over. */
const writeEntry = (archive: Pack, name: string, content: string | Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    archive.entry({ name, mode: 0o600 }, content, (error) => (error ? reject(error) : resolve()));
  });

/** On the disk, not just on its way there. */
async function settle(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
