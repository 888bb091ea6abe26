/** Everything that is held about one customer: found, handed out, or taken out for good. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { dropUnused } from '../../mail/attachments.ts';
import type { Tx } from '../../store/database.ts';
import { knownOf, redactor } from '../agents/redact.ts';
import { forgetInViews } from '../teamwork/views.ts';
import type { Customer } from './customers.ts';

/** What stands in the place of what was erased. */
export const erased = '[erased]';

/** Whose rows these are: the customer's own, and those of strangers' tickets that named an address of theirs alone. */
export interface Subject {
  customerIds: string[];
  /** Lower case. */
  addresses: string[];
  ticketIds: string[];
}

/** What the door holds of a customer; the desk knows nothing of money. */
export interface PurchaseRecords {
  /** Calls and results of purchases about these tickets, and of those that name an address and became no ticket. */
  exportPurchases(tx: Tx, workspaceId: string, subject: PurchaseSubject): Promise<JsonObject[]>;
  /** Takes their content out; the books stay. @throws {PosternError} `conflict` while one of them is under way. */
  erasePurchases(tx: Tx, workspaceId: string, subject: PurchaseSubject): Promise<void>;
}

type PurchaseSubject = Pick<Subject, 'ticketIds' | 'addresses'>;

export async function subjectOf({ tx, workspace }: Scope, customer: Customer): Promise<Subject> {
  // Anybody may name an address: one that another customer has is theirs, and so is what was sent there.
  const { rows } = await sql<{ address: string }>`
    select address from (
      select address from customer_addresses where workspace_id = ${workspace.id} and customer_id = ${customer.id}
      union select value from customer_aliases
        where workspace_id = ${workspace.id} and customer_id = ${customer.id} and kind = 'email'
      union select lower(${customer.email}::text)
    ) as known (address) where address is not null and not exists (
      select from customer_addresses a where a.workspace_id = ${workspace.id} and a.address = known.address
        and a.customer_id <> ${customer.id})`.execute(tx);
  const addresses = rows.map(({ address }) => address);
  const named = addresses.length
    ? await tx
        .selectFrom('customers')
        .select('id')
        .where('workspaceId', '=', workspace.id)
        .where('emailVerified', '=', false)
        .where(sql<string>`lower(email)`, 'in', addresses)
        .execute()
    : [];
  const customerIds = [...new Set([customer.id, ...named.map(({ id }) => id)])].sort();
  const tickets = await tx
    .selectFrom('tickets')
    .select('id')
    .where('workspaceId', '=', workspace.id)
    .where('customerId', 'in', customerIds)
    .orderBy('id')
    .execute();
  return { customerIds, addresses, ticketIds: tickets.map(({ id }) => id) };
}

/** Tables that hold something of a customer beside their own row. */
const ofCustomers = ['customerAddresses', 'customerAliases', 'customerNotes'] as const;

/** Tables that hold something of a ticket, by the column that names it. */
const ofTickets = [
  'messages',
  'ticketEvents',
  'proposals',
  'outbox',
  'ratings',
  'issueTickets',
  'ticketParticipants',
  'drafts',
] as const;

/** All of it as JSON: rows as they are stored, by table. */
export async function exportSubject(
  { tx, workspace }: Scope,
  { customerIds, addresses, ticketIds }: Subject,
  { exportPurchases }: PurchaseRecords,
): Promise<JsonObject> {
  const rowsOf = async (
    table: 'customers' | (typeof ofCustomers)[number] | 'tickets' | (typeof ofTickets)[number],
    column: 'id' | 'customerId' | 'ticketId',
    ids: readonly string[],
  ) => {
    if (ids.length === 0) return [];
    const rows = await tx
      .selectFrom(table)
      .selectAll()
      .where('workspaceId' as never, '=', workspace.id as never)
      .where(column as never, 'in', ids as never)
      .execute();
    return rows.map(plain);
  };
  const out: JsonObject = {
    customers: await rowsOf('customers', 'id', customerIds),
    tickets: await rowsOf('tickets', 'id', ticketIds),
  };
  for (const table of ofCustomers) out[table] = await rowsOf(table, 'customerId', customerIds);
  for (const table of ofTickets) out[table] = await rowsOf(table, 'ticketId', ticketIds);
  out.attachments = await filesOf(tx, workspace.id, ticketIds);
  out.automaticMails = await automaticMailsTo(tx, workspace.id, addresses);
  out.purchases = await exportPurchases(tx, workspace.id, { ticketIds, addresses });
  return out;
}

/** Files of the tickets, with their bytes. */
async function filesOf(tx: Tx, workspaceId: string, ticketIds: readonly string[]): Promise<JsonObject[]> {
  const { rows } = await sql<object>`
    select a.id, a.message_id, a.name, a.media_type, a.size, a.sha256, a.uploaded_by, a.created_at,
      translate(encode(b.bytes, 'base64'), chr(10), '') as content_base64
    from attachments a join messages m on m.workspace_id = a.workspace_id and m.id = a.message_id
      join blobs b on b.workspace_id = a.workspace_id and b.sha256 = a.sha256
    where a.workspace_id = ${workspaceId} and m.ticket_id = any(${ticketIds})
    order by a.created_at, a.id`.execute(tx);
  return rows.map(plain);
}

/** When rules last wrote to these addresses. */
async function automaticMailsTo(
  tx: Tx,
  workspaceId: string,
  addresses: readonly string[],
): Promise<JsonObject[]> {
  if (addresses.length === 0) return [];
  const rows = await tx
    .selectFrom('automaticMails')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('address', 'in', addresses)
    .execute();
  return rows.map(plain);
}

const plain = (row: object): JsonObject =>
  JSON.parse(
    JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  ) as { [key: string]: Json };

/** Takes out every name, address and word. Numbers, times and states stay: books and reports are made of those. */
export async function eraseSubject(
  scope: Scope,
  { customerIds, addresses, ticketIds }: Subject,
  { erasePurchases }: PurchaseRecords,
): Promise<void> {
  const { tx, workspace, now } = scope;
  const id = workspace.id;
  await forgetInViews(scope, { customerIds, addresses });
  await erasePurchases(tx, id, { ticketIds, addresses });
  if (ticketIds.length > 0) {
    // Locked first: whoever writes in one of them now waits, and then writes to an erased ticket or is refused.
    await sql`select from tickets where workspace_id = ${id} and id = any(${ticketIds}) order by id for update`.execute(
      tx,
    );
    await eraseTags(tx, id, ticketIds);
    await sql`update tickets set subject = ${erased}, mailbox = null, status = 'closed', snoozed_until = null,
        closed_at = coalesce(closed_at, ${now}), resolved_at = coalesce(resolved_at, ${now}), updated_at = ${now},
        version = version + 1, thread_version = version + 1, opened_to_agents = false
      where workspace_id = ${id} and id = any(${ticketIds})`.execute(tx);
    await sql`update messages set body = ${erased} where workspace_id = ${id} and ticket_id = any(${ticketIds})`.execute(
      tx,
    );
    await sql`update ticket_events set changes = '{}' where workspace_id = ${id} and ticket_id = any(${ticketIds})`.execute(
      tx,
    );
    await sql`delete from drafts where workspace_id = ${id} and ticket_id = any(${ticketIds})`.execute(tx);
    await sql`update ratings set comment = null, ends_at = least(ends_at, ${now})
      where workspace_id = ${id} and ticket_id = any(${ticketIds})`.execute(tx);
    // What waits cannot be decided on any more; what was decided keeps who did and when.
    await sql`update proposals set arguments = '{}', edited_arguments = null, evidence = '[]', flags = '{}',
        reason = case when state = 'approved' then reason else ${erased} end,
        decided_by = case when state = 'waiting' then 'erasure' else decided_by end,
        decided_at = case when state = 'waiting' then ${now} else decided_at end,
        state = case when state = 'waiting' then 'rejected' else state end
      where workspace_id = ${id} and ticket_id = any(${ticketIds})`.execute(tx);
  }
  await eraseMail(tx, id, { addresses, ticketIds });
  await sql`delete from automatic_mails where workspace_id = ${id} and address = any(${addresses})`.execute(
    tx,
  );
  await sql`update customers set name = null, email = null, email_verified = false, erased_at = ${now}
    where workspace_id = ${id} and id = any(${customerIds})`.execute(tx);
  for (const table of ofCustomers)
    await tx.deleteFrom(table).where('workspaceId', '=', id).where('customerId', 'in', customerIds).execute();
}

/** Tags that name them; the others are of the desk's own making, and stay for the reports. */
async function eraseTags(tx: Tx, id: string, ticketIds: readonly string[]): Promise<void> {
  const known = [...(await knownOf(tx, id, ticketIds)).values()];
  const mask = redactor({
    names: known.flatMap(({ names }) => names),
    emails: known.flatMap(({ emails }) => emails),
  });
  const tickets = await tx
    .selectFrom('tickets')
    .select(['id', 'tags'])
    .where('workspaceId', '=', id)
    .where('id', 'in', ticketIds)
    .execute();
  for (const ticket of tickets) {
    const tags = ticket.tags.filter((tag) => mask(tag) === tag);
    if (tags.length < ticket.tags.length)
      await tx
        .updateTable('tickets')
        .set({ tags })
        .where('workspaceId', '=', id)
        .where('id', '=', ticket.id)
        .execute();
  }
}

/** Their mails, their files with what nothing else uses, and their addresses among those who got copies elsewhere. */
async function eraseMail(
  tx: Tx,
  id: string,
  { addresses, ticketIds }: Pick<Subject, 'addresses' | 'ticketIds'>,
): Promise<void> {
  await sql`update outbox set rcpt_to = 'erased@invalid', cc = '{}', bcc = '{}', delivered = '{}', refused = '[]',
      subject = ${erased}, body = ${erased}, headers = '{}', last_error = null,
      state = case when state = 'queued' then 'failed' else state end
    where workspace_id = ${id} and (ticket_id = any(${ticketIds}) or lower(rcpt_to) = any(${addresses}))`.execute(
    tx,
  );
  const others = (column: 'cc' | 'bcc' | 'delivered') =>
    sql`${sql.ref(column)} = array(select a from unnest(${sql.ref(column)}) a where lower(a) <> all(${addresses}))`;
  // A server's words may name whom it refused.
  await sql`update outbox set ${others('cc')}, ${others('bcc')}, ${others('delivered')}, last_error = null,
      refused = coalesce((select jsonb_agg(r) from jsonb_array_elements(refused) r
        where lower(r ->> 'address') <> all(${addresses})), '[]')
    where workspace_id = ${id} and exists (select from unnest(cc || bcc) a where lower(a) = any(${addresses}))`.execute(
    tx,
  );
  await sql`update drafts set bcc = array(select a from unnest(bcc) a where lower(a) <> all(${addresses})),
      cc = case when cc is null then null
        else array(select a from unnest(cc) a where lower(a) <> all(${addresses})) end,
      forward_to = case when lower(forward_to) = any(${addresses}) then null else forward_to end
    where workspace_id = ${id} and exists (select from unnest(cc || bcc || forward_to) a where lower(a) = any(${addresses}))`.execute(
    tx,
  );
  await sql`delete from ticket_participants
    where workspace_id = ${id} and (ticket_id = any(${ticketIds}) or address = any(${addresses}))`.execute(
    tx,
  );
  const { rows } = await sql<{
    sha256: string;
  }>`delete from attachments where workspace_id = ${id} and message_id in (
      select id from messages where workspace_id = ${id} and ticket_id = any(${ticketIds})) returning sha256`.execute(
    tx,
  );
  await dropUnused(
    tx,
    id,
    rows.map(({ sha256 }) => sha256),
  );
}

/** @throws {PosternError} `invalid_arguments` unless the id is said again: there is no way back. */
export function sureOf(customer: Customer, confirm: string): void {
  if (confirm !== customer.id)
    throw new PosternError('invalid_arguments', 'An erasure cannot be undone: confirm it with the same id.');
}
