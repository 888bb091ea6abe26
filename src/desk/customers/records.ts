/** Everything that is held about one customer: found and handed out. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Tx } from '../../store/database.ts';
import type { Customer } from './customers.ts';

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
export const ofCustomers = ['customerAddresses', 'customerAliases', 'customerNotes'] as const;

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
  for (const [table, rows] of Object.entries(await copiesTo(tx, workspace.id, { addresses, ticketIds })))
    out[table] = [...(out[table] as JsonObject[]), ...rows];
  out.auditLog = await auditedOf(tx, workspace.id, customerIds);
  out.attachments = await filesOf(tx, workspace.id, ticketIds);
  out.automaticMails = await automaticMailsTo(tx, workspace.id, addresses);
  out.purchases = await exportPurchases(tx, workspace.id, { ticketIds, addresses });
  return out;
}

/**
 * What they got of others' tickets: a mail to them is theirs; of one that they got a copy of, and of what is only begun, that
 * they are named there, for the words and the other addresses are somebody else's.
 */
async function copiesTo(
  tx: Tx,
  workspaceId: string,
  { addresses, ticketIds }: Pick<Subject, 'addresses' | 'ticketIds'>,
): Promise<{ outbox: JsonObject[]; ticketParticipants: JsonObject[]; drafts: JsonObject[] }> {
  const others = sql`workspace_id = ${workspaceId} and (ticket_id is null or ticket_id <> all(${ticketIds}))`;
  const theirs = (column: 'cc' | 'bcc' | 'delivered') =>
    sql`array(select a from unnest(${sql.ref(column)}) a where lower(a) = any(${addresses})) as ${sql.ref(column)}`;
  const toThem = (column: 'rcpt_to' | 'subject' | 'body') =>
    sql`case when lower(rcpt_to) = any(${addresses}) then ${sql.ref(column)} end as ${sql.ref(column)}`;
  const outbox = await sql<object>`
    select id, ticket_id, of_message, state, created_at, ${toThem('rcpt_to')}, ${theirs('cc')}, ${theirs('bcc')},
      ${theirs('delivered')}, ${toThem('subject')}, ${toThem('body')}
    from outbox where ${others}
      and exists (select from unnest(rcpt_to || cc || bcc) a where lower(a) = any(${addresses}))
    order by created_at, id`.execute(tx);
  const participants = await sql<object>`
    select * from ticket_participants where ${others} and address = any(${addresses})
    order by created_at, ticket_id`.execute(tx);
  const drafts = await sql<object>`
    select ticket_id, user_id, kind, saved_at, ${theirs('cc')}, ${theirs('bcc')},
      case when lower(forward_to) = any(${addresses}) then forward_to end as forward_to
    from drafts where ${others}
      and exists (select from unnest(cc || bcc || forward_to) a where lower(a) = any(${addresses}))
    order by saved_at, ticket_id`.execute(tx);
  return {
    outbox: outbox.rows.map(plain),
    ticketParticipants: participants.rows.map(plain),
    drafts: drafts.rows.map(plain),
  };
}

/** What people did to the customer, and why. */
async function auditedOf(tx: Tx, workspaceId: string, customerIds: readonly string[]): Promise<JsonObject[]> {
  const rows = await tx
    .selectFrom('auditLog')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('subject', 'in', customerIds)
    .orderBy('at')
    .execute();
  return rows.map(plain);
}

/** Uploads that are to go with a draft on one of the tickets. */
export const waitingOn = (workspaceId: string, ticketIds: readonly string[]) => sql<boolean>`
  workspace_id = ${workspaceId} and message_id is null and id in (select unnest(attachment_ids) from drafts
    where workspace_id = ${workspaceId} and ticket_id = any(${ticketIds}))`;

/** Files of the tickets, with their bytes; those of drafts too. */
async function filesOf(tx: Tx, workspaceId: string, ticketIds: readonly string[]): Promise<JsonObject[]> {
  const { rows } = await sql<object>`
    select a.id, a.message_id, a.name, a.media_type, a.size, a.sha256, a.uploaded_by, a.created_at,
      translate(encode(b.bytes, 'base64'), chr(10), '') as content_base64
    from attachments a join blobs b on b.workspace_id = a.workspace_id and b.sha256 = a.sha256
    where a.workspace_id = ${workspaceId} and (a.message_id in (select m.id from messages m
        where m.workspace_id = ${workspaceId} and m.ticket_id = any(${ticketIds}))
      or a.id in (select id from attachments where ${waitingOn(workspaceId, ticketIds)}))
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
