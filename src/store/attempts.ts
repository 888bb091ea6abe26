/** What was tried, counted for all processes on one database. */
import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Counts by subject, each window from the subject's first attempt on. */
export interface Attempts {
  /** @returns how many there were of the subject with this one, and when that is forgotten, in milliseconds */
  add(what: string, subject: string, windowSeconds: number): Promise<{ count: number; freesInMs: number }>;
}

/** Subjects of a kind share so many rows: who tries a million of them makes no more. */
const buckets = 32_768;

/** @param key 32 bytes, the same in every process: nobody outside foresees with whom he shares a row */
export const attemptsIn = (db: Database, key: Uint8Array): Attempts => ({
  async add(what, subject, windowSeconds) {
    const mac = createHmac('sha256', key).update(`${what} ${subject}`).digest();
    const row = `${what} ${mac.readUInt32BE() % buckets}`;
    // One statement, its own transaction: of those who come at once each waits for the row, and finds it one higher.
    const { rows } = await sql<{ count: number; freesInMs: number }>`
      insert into attempts as a (key, count, ends_at)
      values (${row}, 1, now() + ${windowSeconds} * interval '1 second')
      on conflict (key) do update set
        count = case when a.ends_at <= now() then 1 else a.count + 1 end,
        ends_at = case when a.ends_at <= now() then excluded.ends_at else a.ends_at end
      returning count, extract(epoch from ends_at - now())::float8 * 1000 as frees_in_ms`.execute(db);
    const counted = rows[0]!;
    if (counted.count === 1) await forgetOld(db);
    return counted;
  },
});

/**
 * Old rows leave as new ones come. By a statement of its own that waits for no lock: one that counted too could wait for a
 * row of another's, which waits for a row of its.
 */
const forgetOld = (db: Database) =>
  sql`
  delete from attempts where key in (
    select key from attempts where ends_at < now() - interval '1 minute'
    order by ends_at limit 100 for update skip locked)`.execute(db);
