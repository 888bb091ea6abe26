/** Who gets a copy of every reply on a ticket, beside the customer. */
import type { Scope } from '../../catalogue/operation.ts';
import type { Tx } from '../../store/database.ts';

/** Their addresses, in lower case. */
export async function participantsOf(tx: Tx, workspaceId: string, ticketId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('ticketParticipants')
    .select('address')
    .where('workspaceId', '=', workspaceId)
    .where('ticketId', '=', ticketId)
    .orderBy('createdAt')
    .orderBy('address')
    .execute();
  return rows.map(({ address }) => address);
}

/** These and no others, from now on. */
export async function setParticipants(
  { tx, workspace, now }: Scope,
  ticketId: string,
  addresses: readonly string[],
): Promise<void> {
  const wanted = [...new Set(addresses.map((address) => address.toLowerCase()))];
  let gone = tx
    .deleteFrom('ticketParticipants')
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', ticketId);
  if (wanted.length > 0) gone = gone.where('address', 'not in', wanted);
  await gone.execute();
  if (wanted.length === 0) return;
  const rows = wanted.map((address) => ({ workspaceId: workspace.id, ticketId, address, createdAt: now }));
  await tx
    .insertInto('ticketParticipants')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
