/** What a workspace may spend on the model in a day (UTC, by the database's clock), in tokens. */
import { type SqlBool, sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { InWorkspace, Tx } from '../store/database.ts';

/** Tokens that a call has set aside. */
export interface Reserved {
  workspaceId: string;
  /** The day that they were taken from. */
  day: string;
  tokens: number;
}

export interface Budget {
  /** Whether the day still has so many. It takes none: who comes first has them. */
  has(tx: Tx, workspaceId: string, tokens: number): Promise<boolean>;
  /** @throws {PosternError} `model_unavailable` where the day has no so many left; nothing was taken then. */
  reserve(workspaceId: string, tokens: number): Promise<Reserved>;
  /** Gives back what was not used. What is used beyond what was set aside is not believed: it was the most there could be. */
  settle(reserved: Reserved, used: number): Promise<void>;
}

/** Refuses a call that the day's budget does not hold. */
export const spent = (): PosternError =>
  new PosternError('model_unavailable', 'The model’s budget for the day is spent.');

export function postgresBudget(inWorkspace: InWorkspace, tokensPerDay: number): Budget {
  return {
    async has(tx, workspaceId, tokens) {
      const { rows } = await sql<{ fits: SqlBool }>`
        select coalesce(sum(tokens), 0) + ${tokens}::int8 <= ${tokensPerDay}::int8 as fits from model_tokens
        where workspace_id = ${workspaceId} and day = (now() at time zone 'utc')::date`.execute(tx);
      return Boolean(rows[0]!.fits);
    },

    async reserve(workspaceId, tokens) {
      if (tokens > tokensPerDay) throw spent();
      const { rows } = await inWorkspace(workspaceId, (tx) =>
        // One statement: of calls that come at once each sees what those before it took.
        sql<{ day: string }>`
          insert into model_tokens as spent (workspace_id, day, tokens)
          values (${workspaceId}, (now() at time zone 'utc')::date, ${tokens})
          on conflict (workspace_id, day) do update set tokens = spent.tokens + excluded.tokens
            where spent.tokens + excluded.tokens <= ${tokensPerDay}::int8
          returning day::text as day`.execute(tx),
      );
      if (!rows[0]) throw spent();
      return { workspaceId, day: rows[0].day, tokens };
    },

    async settle({ workspaceId, day, tokens }, used) {
      const unused = tokens - Math.min(Math.max(used, 0), tokens);
      await inWorkspace(workspaceId, (tx) =>
        sql`update model_tokens set tokens = tokens - ${unused}::int8
          where workspace_id = ${workspaceId} and day = ${day}::date`.execute(tx),
      );
    },
  };
}
