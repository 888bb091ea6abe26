import { sql } from 'kysely';
import type { Database } from '../store/database.ts';

/**
 * Remembers which sign-ins were used, for all processes. Rows outlive their end by an hour, for clocks that differ, and
 * leave as others come, so that the table stays as small as an hour's traffic.
 */
export const usedNonces =
  (db: Database) =>
  async (nonce: string, until: Date): Promise<boolean> => {
    const { rows } = await sql`
      with gone as (
        delete from sign_in_nonces where nonce in (
          select nonce from sign_in_nonces where expires_at < now() - interval '1 hour'
          order by expires_at limit 100 for update skip locked)
      )
      insert into sign_in_nonces (nonce, expires_at) values (${nonce}, ${until})
      on conflict do nothing returning nonce`.execute(db);
    return rows.length > 0;
  };
