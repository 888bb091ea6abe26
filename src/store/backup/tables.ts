/** What of the database is in a backup: every table of the schema, in an order in which its rows can be put back. */
import type pg from 'pg';

export interface BackupTable {
  name: string;
  /** Without what the database generates by itself. */
  columns: readonly string[];
}

/** The tables, each after those that it refers to. @throws {Error} if they refer to each other in a circle. */
export async function backupTables(client: pg.ClientBase): Promise<BackupTable[]> {
  const { rows: tables } = await client.query<{ name: string; columns: string[] }>(`
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a
      on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname <> 'migrations'
    group by c.relname order by c.relname`);
  const { rows: references } = await client.query<{ name: string; needs: string }>(`
    select distinct child.relname as name, parent.relname as needs
    from pg_constraint k join pg_class child on child.oid = k.conrelid join pg_class parent on parent.oid = k.confrelid
    where k.contype = 'f' and k.conrelid <> k.confrelid
      and child.relnamespace = current_schema()::regnamespace`);
  const ordered: BackupTable[] = [];
  const waiting = [...tables];
  while (waiting.length > 0) {
    const ready = waiting.findIndex(({ name }) =>
      references.every((one) => one.name !== name || ordered.some((done) => done.name === one.needs)),
    );
    if (ready < 0) throw new Error(`tables refer to each other: ${waiting.map(({ name }) => name).join()}`);
    ordered.push(...waiting.splice(ready, 1));
  }
  return ordered;
}

/** Names of the migrations that made the schema what it is, in their order. */
export async function appliedMigrations(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('select name from migrations order by name');
  return rows.map(({ name }) => name);
}

/** A name as SQL takes it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const columnList = ({ columns }: BackupTable): string => columns.map(quoted).join(', ');
