/** What purchases hold of tickets: handed out, or taken out, for a customer who asks for it. The books stay. */
import { sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Tx } from '../store/database.ts';

const about = (workspaceId: string, ticketIds: readonly string[]) => sql`
  workspace_id = ${workspaceId}
  and (input ->> 'ticketId' = any(${ticketIds}) or output ->> 'ticketId' = any(${ticketIds}))`;

/** Calls and results of purchases about these tickets. */
export async function exportPurchases(
  tx: Tx,
  workspaceId: string,
  ticketIds: readonly string[],
): Promise<JsonObject[]> {
  const { rows } = await sql<JsonObject>`
    select id, operation, input, output, payer from purchases
    where ${about(workspaceId, ticketIds)} order by id`.execute(tx);
  return rows;
}

/** @throws {PosternError} `conflict` while one of them may still be delivered: its call is what is delivered. */
export async function erasePurchases(
  tx: Tx,
  workspaceId: string,
  ticketIds: readonly string[],
): Promise<void> {
  const { rows } = await sql`
    select from claims where workspace_id = ${workspaceId} and state in ('settling', 'paid', 'owed')
      and id in (select id from purchases where ${about(workspaceId, ticketIds)}) limit 1`.execute(tx);
  if (rows.length > 0)
    throw new PosternError(
      'conflict',
      'A purchase about these tickets is under way or owed; try again later.',
    );
  await sql`update purchases set input = '{}', plan = '{}', output = case when output is null then null else '{}'::jsonb end
    where ${about(workspaceId, ticketIds)}`.execute(tx);
}
