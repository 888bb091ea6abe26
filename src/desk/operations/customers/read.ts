import { sql } from 'kysely';
import { z } from 'zod';
import { forMembers, readOperation } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import type { Tx } from '../../../store/database.ts';
import { type Customer, findCustomer } from '../../customers/customers.ts';
import { line, ticketStatus } from '../../fields.ts';
import { customerId, customerOutput, shown } from './fields.ts';

export const listCustomers = readOperation({
  name: 'list_customers',
  title: 'List customers',
  summary:
    'Lists customers, the newest first, or those whose name or one of whose addresses, or what they were called before, begins with `query`.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({
    query: line(200).optional().describe('Beginning of a name or an address.'),
    after: line(64).optional().describe('`next` of the page before this one.'),
    limit: z.int().min(1).max(50).default(20).describe('How many at most: 1 to 50, 20 unless given.'),
  }),
  output: z.object({
    customers: z.array(customerOutput).describe('The customers.'),
    next: z.string().optional().describe('For the next page; absent on the last.'),
  }),
  async read({ tx, workspace }, { query, after, limit }) {
    const begins = (text: string) => sql`starts_with(folded(${sql.ref(text)}), folded(${query}))`;
    const named = sql`(${begins('name')} or ${begins('email')} or exists (
      select from customer_addresses a where a.workspace_id = c.workspace_id and a.customer_id = c.id
        and ${begins('a.address')}) or exists (
      select from customer_aliases a where a.workspace_id = c.workspace_id and a.customer_id = c.id
        and ${begins('a.value')}))`;
    const older = sql`(created_at, id) < (select created_at, id from customers
      where workspace_id = ${workspace.id} and id = ${after})`;
    const { rows } = await sql<Customer>`
      select id, name, email, email_verified, blocked_at, erased_at, created_at from customers c
      where workspace_id = ${workspace.id} and ${query ? named : sql`true`} and ${after ? older : sql`true`}
      order by created_at desc, id desc limit ${limit + 1}`.execute(tx);
    const customers = rows.slice(0, limit).map(shown);
    return { customers, ...(rows.length > limit ? { next: customers.at(-1)!.id } : {}) };
  },
});

const listed = 20;

export const getCustomer = readOperation({
  name: 'get_customer',
  title: 'Read a customer',
  summary: 'Returns a customer with addresses, the newest notes and tickets, and how many there are.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({ customerId }),
  output: customerOutput.extend({
    addresses: z.array(z.string()).describe('Every address that they are known by, lower case.'),
    aliases: z
      .array(z.string())
      .describe(
        'Names, and addresses that nobody vouched for or that were taken from them after mail had gone there, which they or records of theirs had before.',
      ),
    notes: z
      .array(
        z.object({
          author: z.string().describe('Who wrote it.'),
          body: z.string().describe('What it says.'),
          createdAt: z.iso.datetime().describe('When, UTC.'),
        }),
      )
      .describe('The newest notes of operators, the newest first, at most 20.'),
    tickets: z
      .array(
        z.object({
          ticketId: z.string().describe('Id of the ticket.'),
          number: z.int().describe('Its number.'),
          subject: z.string().describe('Its subject.'),
          status: ticketStatus.describe('Where it stands.'),
          createdAt: z.iso.datetime().describe('When it was opened, UTC.'),
        }),
      )
      .describe('Their newest tickets, the newest first, at most 20.'),
    ticketCount: z.int().describe('All of their tickets.'),
    messageCount: z.int().describe('All that they wrote in them.'),
  }),
  async read({ tx, workspace }, { customerId: id }) {
    const customer = await findCustomer(tx, workspace.id, id);
    if (!customer) throw new PosternError('not_found', 'No customer has this id.');
    const of = { workspaceId: workspace.id, customerId: id };
    return {
      ...shown(customer),
      addresses: await addressesOf(tx, of),
      aliases: await aliasesOf(tx, of),
      notes: await newestNotes(tx, of),
      tickets: await newestTickets(tx, of),
      ...(await countsOf(tx, of)),
    };
  },
});

interface Whose {
  workspaceId: string;
  customerId: string;
}

async function addressesOf(tx: Tx, of: Whose) {
  const rows = await tx
    .selectFrom('customerAddresses')
    .select('address')
    .where((row) => row.and(of))
    .orderBy('createdAt')
    .orderBy('address')
    .execute();
  return rows.map(({ address }) => address);
}

/** Without what they are called now. */
async function aliasesOf(tx: Tx, { workspaceId, customerId: id }: Whose) {
  const { rows } = await sql<{ value: string }>`
    select value from customer_aliases a where workspace_id = ${workspaceId} and customer_id = ${id}
      and not exists (select from customers c where c.workspace_id = a.workspace_id and c.id = a.customer_id
        and (c.name = value or lower(c.email) = value))
      and not exists (select from customer_addresses theirs where theirs.workspace_id = a.workspace_id
        and theirs.customer_id = a.customer_id and theirs.address = value)
    order by created_at, value`.execute(tx);
  return rows.map(({ value }) => value);
}

async function newestNotes(tx: Tx, of: Whose) {
  const rows = await tx
    .selectFrom('customerNotes')
    .select(['author', 'body', 'createdAt'])
    .where((row) => row.and(of))
    .orderBy('createdAt', 'desc')
    .limit(listed)
    .execute();
  return rows.map(({ createdAt, ...note }) => ({ ...note, createdAt: createdAt.toISOString() }));
}

async function newestTickets(tx: Tx, of: Whose) {
  const rows = await tx
    .selectFrom('tickets')
    .select(['id', 'number', 'subject', 'status', 'createdAt'])
    .where((row) => row.and(of))
    .orderBy('createdAt', 'desc')
    .limit(listed)
    .execute();
  return rows.map(({ id: ticketId, number, createdAt, ...ticket }) => ({
    ticketId,
    number: Number(number),
    ...ticket,
    createdAt: createdAt.toISOString(),
  }));
}

async function countsOf(tx: Tx, { workspaceId, customerId: id }: Whose) {
  const { rows } = await sql<{ ticketCount: number; messageCount: number }>`
    select count(distinct t.id)::int as ticket_count, count(m.id)::int as message_count
    from tickets t left join messages m
      on m.workspace_id = t.workspace_id and m.ticket_id = t.id and m.author = 'customer'
    where t.workspace_id = ${workspaceId} and t.customer_id = ${id}`.execute(tx);
  return rows[0]!;
}
