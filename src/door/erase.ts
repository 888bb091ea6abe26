/** What purchases hold of a customer: handed out, or taken out, for a customer who asks for it. The books stay. */
import { sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Tx } from '../store/database.ts';

/**
 * Whose purchases: those about these tickets, those that name one of the addresses and became no ticket, and those about no
 * ticket at all, such as an issue's, whose words name one.
 */
export interface PurchasesAbout {
  ticketIds: readonly string[];
  /** Lower case. */
  addresses: readonly string[];
}

const about = (workspaceId: string, { ticketIds, addresses }: PurchasesAbout) => sql`
  workspace_id = ${workspaceId}
  and (input ->> 'ticketId' = any(${ticketIds}) or output ->> 'ticketId' = any(${ticketIds})
    or (output is null and lower(input ->> 'email') = any(${addresses}))
    or (output is not null and not input ? 'ticketId' and not output ? 'ticketId' and exists (
      select from jsonb_each_text(input) said (field, words), unnest(${addresses}::text[]) address
      where said.words ~* address_pattern(address))))`;

/** Calls and results of purchases about a customer. */
export async function exportPurchases(
  tx: Tx,
  workspaceId: string,
  subject: PurchasesAbout,
): Promise<JsonObject[]> {
  const { rows } = await sql<JsonObject>`
    select id, operation, input, output, payer from purchases
    where ${about(workspaceId, subject)} order by id`.execute(tx);
  return rows;
}

/** @throws {PosternError} `conflict` while one of them may still be delivered: its call is what is delivered. */
export async function erasePurchases(tx: Tx, workspaceId: string, subject: PurchasesAbout): Promise<void> {
  await sql`update purchases set input = '{}', plan = '{}', output = case when output is null then null else '{}'::jsonb end
    where ${about(workspaceId, subject)} and not exists (select from claims where claims.id = purchases.id and ${underWay})`.execute(
    tx,
  );
  const { rows } = await sql`
    select from purchases join claims using (workspace_id, id) where ${about(workspaceId, subject)} and ${underWay} limit 1`.execute(
    tx,
  );
  if (rows.length > 0)
    throw new PosternError(
      'conflict',
      'A purchase about this customer is under way or owed; try again later.',
    );
}

/** What may still be delivered; also what was claimed a moment ago, while this runs. */
const underWay = sql`claims.state in ('settling', 'paid', 'owed')`;
