/** What members see of a ticket in a list beside the ticket itself. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Message } from '../tickets/tickets.ts';

export interface Beside {
  /** Their name, or else their address. */
  customerName: string | null;
  /** How the newest public message begins. */
  preview: string | null;
  /** When it was written, and by whom. */
  lastMessageAt: string | null;
  lastMessageBy: Message['author'] | null;
}

const previewLength = 140;

/** By the ticket's id; nothing for who is no member: names are people's, and agents have what their tools say. */
export async function besideOf(
  { tx, workspace, caller }: Scope,
  tickets: readonly { id: string }[],
): Promise<Map<string, Beside>> {
  if (caller.kind !== 'operator' || tickets.length === 0) return new Map();
  const ids = tickets.map(({ id }) => id);
  const { rows } = await sql<Omit<Beside, 'lastMessageAt'> & { id: string; lastMessageAt: Date | null }>`
    select t.id, coalesce(c.name, c.email) as customer_name, left(m.body, ${previewLength}) as preview,
      m.created_at as last_message_at, m.author as last_message_by
    from tickets t
      left join customers c on c.workspace_id = t.workspace_id and c.id = t.customer_id
      left join lateral (
        select body, author, created_at from messages
        where workspace_id = t.workspace_id and ticket_id = t.id and visibility = 'public'
        order by created_at desc, id desc limit 1
      ) m on true
    where t.workspace_id = ${workspace.id} and t.id = any(${ids})`.execute(tx);
  return new Map(
    rows.map(({ id, lastMessageAt, ...beside }) => [
      id,
      { ...beside, lastMessageAt: lastMessageAt?.toISOString() ?? null },
    ]),
  );
}
