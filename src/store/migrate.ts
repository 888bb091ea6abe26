import { readdir, readFile } from 'node:fs/promises';
import { CompiledQuery, sql } from 'kysely';
import { asSystem, type Database, type Tx } from './database.ts';

const folder = new URL('../../migrations/', import.meta.url);

/**
 * Brings the schema up to date: plain SQL files, in order, forward only, each once. Processes that start together
 * wait for each other on a lock that ends with the transaction.
 * @param before only those before it, such as `0037`, for who tries what a migration makes of rows
 * @returns the names of the files applied now.
 * @throws {Error} where the database cannot hold all letters, or changes those of addresses
 */
export async function migrate(db: Database, before = '9999'): Promise<string[]> {
  const files = (await readdir(folder))
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name) && name < before)
    .sort();
  return asSystem(db, async (tx) => {
    await assertLetters(tx);
    await sql`select pg_advisory_xact_lock(hashtext('postern.migrate'))`.execute(tx);
    await sql`create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())`.execute(
      tx,
    );
    const { rows } = await sql<{ name: string }>`select name from migrations`.execute(tx);
    const applied = new Set(rows.map((row) => row.name));
    const missing = files.filter((name) => !applied.has(name));
    for (const name of missing) {
      await tx.executeQuery(CompiledQuery.raw(await readFile(new URL(name, folder), 'utf8')));
      await sql`insert into migrations (name) values (${name})`.execute(tx);
    }
    return missing;
  });
}

/** What is compared does not ask for the locale (migrations/0037_folding.sql); but addresses are of English letters. */
async function assertLetters(tx: Tx): Promise<void> {
  const { rows } = await sql<{ encoding: string; lower: string }>`
    select getdatabaseencoding() as encoding, lower('I') as lower`.execute(tx);
  const { encoding, lower } = rows[0]!;
  if (encoding === 'UTF8' && lower === 'i') return;
  const why =
    encoding === 'UTF8' ? 'changes English letters, as Turkish does' : `is in ${encoding}, and not in UTF8`;
  throw new Error(
    `the database ${why}: make another, with "create database … encoding 'UTF8' locale 'C' template template0"`,
  );
}
