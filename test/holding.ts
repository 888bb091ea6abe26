import { sql } from 'kysely';
import type { Database } from '../src/store/database.ts';

/** Tables and columns in which any text of the database holds one of the values. */
export async function holding(db: Database, values: string[]): Promise<string[]> {
  const { rows: columns } = await sql<{ table: string; column: string }>`
    select c.relname as table, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and a.attnum > 0
      and not a.attisdropped and a.atttypid::regtype::text in ('text', 'jsonb', 'text[]', 'tsvector', 'bytea')`.execute(
    db,
  );
  const found: string[] = [];
  for (const { table, column } of columns) {
    const text = sql`case when pg_typeof(${sql.ref(column)})::text = 'bytea'
        then encode(${sql.ref(column)}::text::bytea, 'escape') else ${sql.ref(column)}::text end`;
    const { rows } = await sql`
      select from ${sql.table(table)} where ${sql.join(
        values.map((value) => sql`${text} ilike ${`%${value}%`}`),
        sql` or `,
      )} limit 1`.execute(db);
    if (rows.length > 0) found.push(`${table}.${column}`);
  }
  return found;
}
