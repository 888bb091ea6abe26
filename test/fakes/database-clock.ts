/** A clock for a test database, set by the test: what `now()` says there, in statements and in defaults. */
import { administer } from '../server.ts';

/** Run before the first connection that is to see it. Until it is set the clock stands at its start. */
export async function giveClock(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await administer(url, [
    'create schema clock',
    // A sequence, for what it says belongs to no transaction: it is the same moment for everyone.
    'create sequence clock.ms',
    `create function clock.now() returns timestamptz language sql stable
      as 'select to_timestamp(last_value / 1000.0) from clock.ms'`,
    'grant usage on schema clock to public',
    'grant select on sequence clock.ms to public',
    // Names are looked up here before pg_catalog; defaults were bound when their tables were made.
    `alter database ${name} set search_path = clock, pg_catalog, public`,
    `do $$ declare c record; begin
      for c in select table_name, column_name from information_schema.columns
        where table_schema = 'public' and column_default in ('now()', 'clock_timestamp()') loop
        execute format('alter table public.%I alter column %I set default clock.now()', c.table_name, c.column_name);
      end loop;
    end $$`,
  ]);
}

/** The statement that sets it, in milliseconds since the epoch. */
export const setClock = (ms: number): string => `select setval('clock.ms', ${ms})`;
