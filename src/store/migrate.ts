import { readdir, readFile } from 'node:fs/promises';
import { CompiledQuery, sql } from 'kysely';
import { asSystem, type Database } from './database.ts';

const folder = new URL('../../migrations/', import.meta.url);

/**
 * Brings the schema up to date: plain SQL files, in order, forward only, each once. Processes that start together
 * wait for each other on a lock that ends with the transaction.
 * @returns the names of the files applied now.
 */
export async function migrate(db: Database): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  return asSystem(db, async (tx) => {
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
