/** One customer out of two records. Nothing that was known of either is lost, and nothing of it comes to light. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { renewDueTimes } from '../automation/settings.ts';
import { auditCustomer, customerToChange } from './book.ts';
import { type Customer, lockAddress } from './customers.ts';

/**
 * Makes one customer of two: tickets, addresses and notes of `from` go to `into`, and `from` is gone.
 * @throws {PosternError} `not_found`, `conflict`, `invalid_arguments`
 */
export async function mergeCustomers(scope: Scope, from: string, into: string): Promise<void> {
  if (from === into) throw new PosternError('invalid_arguments', 'These are the same customer.');
  await join(scope, { from, into, reason: 'two records, one person', samePerson: true });
}

/**
 * Makes a customer's address usable because an operator approved mail to it. Where the workspace already knows the
 * address, the two records become one.
 * @returns the customer to write to.
 */
export async function vouchForCustomer(scope: Scope, customer: Customer): Promise<Customer> {
  const { tx, workspace } = scope;
  const address = customer.email?.toLowerCase();
  if (!address || customer.emailVerified) return customer;
  const known = await lockAddress(tx, workspace.id, address);
  if (!known) {
    await tx
      .updateTable('customers')
      .set({ emailVerified: true })
      .where('workspaceId', '=', workspace.id)
      .where('id', '=', customer.id)
      .execute();
    return { ...customer, emailVerified: true };
  }
  if (known.id === customer.id) return known;
  return join(scope, {
    ...{ from: customer.id, into: known.id, samePerson: false },
    reason: 'a reply went to the address of both',
  });
}

interface Joint {
  from: string;
  into: string;
  reason: string;
  /** A person said so. Else no more is known than that `from` named an address of the other's. */
  samePerson: boolean;
}

async function join(scope: Scope, { from, into, reason, samePerson }: Joint): Promise<Customer> {
  const { tx, workspace } = scope;
  // Tickets before customers, as who answers on one has locked it; and each in one order, whoever merges which into which.
  const { rows: tickets } = await sql<{ id: string }>`
    select id from tickets where workspace_id = ${workspace.id} and customer_id = ${from}
    order by id for update`.execute(tx);
  for (const id of [from, into].sort()) await customerToChange(scope, id);
  for (const table of ['tickets', 'customerAddresses', 'customerNotes', 'slaPolicies'] as const)
    await tx
      .updateTable(table)
      .set({ customerId: into })
      .where('workspaceId', '=', workspace.id)
      .where('customerId', '=', from)
      .execute();
  await renewIfPromised(scope, into);
  await keepNames(scope, { from, into, givenIn: samePerson ? null : tickets.map(({ id }) => id) });
  const { rows } = await sql<Customer>`
    with gone as (
      delete from customers where workspace_id = ${workspace.id} and id = ${from} returning *
    )
    update customers c set name = coalesce(c.name, gone.name),
      -- Who had no good address has the other's now.
      email = case when c.email_verified then c.email
        when gone.email_verified then gone.email else coalesce(c.email, gone.email) end,
      email_verified = c.email_verified or gone.email_verified,
      blocked_at = least(c.blocked_at, gone.blocked_at)
    from gone where c.workspace_id = ${workspace.id} and c.id = ${into}
    returning c.id, c.name, c.email, c.email_verified, c.blocked_at, c.erased_at, c.created_at`.execute(tx);
  const joined = rows[0]!;
  await auditCustomer(scope, {
    action: 'customer.merged',
    customerId: into,
    reason,
    details: { from, blocked: joined.blockedAt !== null },
  });
  return joined;
}

/** A policy of one of the two is for the tickets of both now. */
async function renewIfPromised(scope: Scope, customerId: string): Promise<void> {
  const policy = await scope.tx
    .selectFrom('slaPolicies')
    .select('id')
    .where('workspaceId', '=', scope.workspace.id)
    .where('customerId', '=', customerId)
    .executeTakeFirst();
  if (policy) await renewDueTimes(scope);
}

/**
 * What `from` is called and was called stays known: strangers see it masked, and who asks for an erasure has it erased.
 * @param names.givenIn the tickets that it is masked in, where anybody may have given it
 */
async function keepNames(
  { tx, workspace, now }: Scope,
  { from, into, givenIn }: { from: string; into: string; givenIn: string[] | null },
): Promise<void> {
  await sql`
    insert into customer_aliases as known (workspace_id, customer_id, kind, value, given_in, created_at)
    select ${workspace.id}, ${into}, kind, value,
      case when bool_and(given_in is not null) then max(given_in) end, ${now}
    from (
      select kind, value, coalesce(${givenIn}::text[], given_in) as given_in from customer_aliases
        where workspace_id = ${workspace.id} and customer_id = ${from}
      union select kind, value, ${givenIn}::text[] from customers,
        lateral (values ('name', name), ('email', lower(email))) as called (kind, value)
        where workspace_id = ${workspace.id} and id = ${from}
    ) as former where value is not null group by kind, value
    on conflict (workspace_id, customer_id, kind, value) do update
      set given_in = case when known.given_in is not null and excluded.given_in is not null
        then known.given_in || excluded.given_in end`.execute(tx);
}
