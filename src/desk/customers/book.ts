/** What people of a workspace do with their customers: addresses, blocking, the audit log. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { actorOf } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { type Actor, type AuditAction, audit } from '../../store/audit.ts';
import { type Customer, customerAt, lockAddress, lockCustomer } from './customers.ts';

/** @throws {PosternError} `not_found`; `conflict` where the customer was erased. */
export async function customerToChange({ tx, workspace }: Scope, id: string): Promise<Customer> {
  const customer = await lockCustomer(tx, workspace.id, id);
  if (!customer) throw new PosternError('not_found', 'No customer has this id.');
  if (customer.erasedAt) throw new PosternError('conflict', 'This customer was erased.');
  return customer;
}

/** A row of the audit log about a customer. No name and no address: it outlives an erasure. */
export const auditCustomer = (
  { tx, workspace, caller, ids }: Scope,
  entry: { action: AuditAction; customerId: string; reason: string; details?: JsonObject },
): Promise<void> => {
  const { customerId, ...rest } = entry;
  const actor = actorOf(caller) as Actor;
  return audit(tx, ids, { workspaceId: workspace.id, actor, subject: customerId, ...rest });
};

/** That what they are reached by was changed, and by whom; the addresses themselves are with the customer. */
const auditAddress = (
  scope: Scope,
  customerId: string,
  what: 'address added' | 'address removed' | 'mail goes to another address',
): Promise<void> =>
  auditCustomer(scope, { action: 'customer.changed', customerId, reason: '', details: { what } });

/**
 * Gives a customer one more address, which the operator vouches for.
 * @throws {PosternError} `conflict` where another customer has it: the two may be one, and are merged then.
 */
export async function addAddress(scope: Scope, customer: Customer, address: string): Promise<void> {
  const { tx, workspace, now } = scope;
  const known = await lockAddress(tx, workspace.id, address);
  if (known && known.id !== customer.id)
    throw new PosternError('conflict', 'Another customer has this address.', { customerId: known.id });
  const added = await tx
    .insertInto('customerAddresses')
    .values({
      workspaceId: workspace.id,
      address: address.toLowerCase(),
      customerId: customer.id,
      createdAt: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('address')
    .executeTakeFirst();
  if (added) await auditAddress(scope, customer.id, 'address added');
  // Who was known by no address, or by one that nobody vouched for, is answered at this one.
  if (!customer.email || !customer.emailVerified) await setPrimary(scope, customer, address);
}

/** Mail goes to this one from now on. @throws {PosternError} `not_found` where it is not theirs. */
export async function setPrimary(scope: Scope, customer: Customer, address: string): Promise<void> {
  const { tx, workspace } = scope;
  const theirs = await tx
    .selectFrom('customerAddresses')
    .select('address')
    .where('workspaceId', '=', workspace.id)
    .where('customerId', '=', customer.id)
    .where('address', '=', address.toLowerCase())
    .executeTakeFirst();
  if (!theirs) throw new PosternError('not_found', 'The customer has no such address.');
  await tx
    .updateTable('customers')
    .set({ email: address, emailVerified: true })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', customer.id)
    .execute();
  if (customer.email?.toLowerCase() !== address.toLowerCase())
    await auditAddress(scope, customer.id, 'mail goes to another address');
}

/** @throws {PosternError} `not_found` where it is not theirs; `conflict` for the one that mail goes to. */
export async function removeAddress(scope: Scope, customer: Customer, address: string): Promise<void> {
  const { tx, workspace } = scope;
  if (customer.emailVerified && customer.email?.toLowerCase() === address.toLowerCase())
    throw new PosternError('conflict', 'Mail goes to this address; make another one primary first.');
  const removed = await tx
    .deleteFrom('customerAddresses')
    .where('workspaceId', '=', workspace.id)
    .where('customerId', '=', customer.id)
    .where('address', '=', address.toLowerCase())
    .returning('address')
    .executeTakeFirst();
  if (!removed) throw new PosternError('not_found', 'The customer has no such address.');
  await keepMailed(scope, customer.id, removed.address);
  await auditAddress(scope, customer.id, 'address removed');
}

/**
 * Where mail about their tickets went to it, the address stays known as one they had: what it is in goes with them. One that
 * they were given by mistake does not, for it is somebody else's.
 */
const keepMailed = ({ tx, workspace, now }: Scope, customerId: string, address: string) =>
  sql`
    insert into customer_aliases (workspace_id, customer_id, kind, value, created_at)
    select ${workspace.id}, ${customerId}, 'email', ${address}, ${now}
    where exists (select from outbox o join tickets t on t.workspace_id = o.workspace_id and t.id = o.ticket_id
      where t.workspace_id = ${workspace.id} and t.customer_id = ${customerId} and lower(o.rcpt_to) = ${address})
    on conflict do nothing`.execute(tx);

/**
 * A block is of whoever uses the customer's addresses: records that only name one of them are blocked and unblocked along. Not
 * the other way round, or anybody could have a customer blocked by writing abuse in their name.
 * @throws {PosternError} `not_found`; `conflict` where it is so already, and where a customer who has the address is blocked
 */
export async function setBlocked(
  scope: Scope,
  customerId: string,
  { blocked, reason }: { blocked: boolean; reason: string },
): Promise<void> {
  const { tx, workspace, now } = scope;
  // Two who do so to records of one address would each wait for the other's.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`blocks ${workspace.id}`}, 0))`.execute(tx);
  const customer = await customerToChange(scope, customerId);
  if (blocked === (customer.blockedAt !== null))
    throw new PosternError(
      'conflict',
      blocked ? 'The customer is blocked already.' : 'The customer is not blocked.',
    );
  await sql`
    with known as (
      select address from customer_addresses where workspace_id = ${workspace.id} and customer_id = ${customerId}
      union select value from customer_aliases
        where workspace_id = ${workspace.id} and customer_id = ${customerId} and kind = 'email'
      union select lower(${customer.email}::text)
    )
    update customers set blocked_at = ${blocked ? now : null}
    where workspace_id = ${workspace.id} and blocked_at is ${sql.raw(blocked ? 'null' : 'not null')}
      and (id = ${customerId} or (not email_verified and lower(email) in (select address from known)))`.execute(
    tx,
  );
  if (!blocked && !customer.emailVerified) await refuseBlockedOwner(scope, customer);
  const action = blocked ? 'customer.blocked' : 'customer.unblocked';
  await auditCustomer(scope, { action, customerId, reason });
}

async function refuseBlockedOwner({ tx, workspace }: Scope, { email }: Customer): Promise<void> {
  const owner = email === null ? undefined : await customerAt(tx, workspace.id, email);
  if (owner?.blockedAt)
    throw new PosternError('conflict', 'The customer who has this address is blocked; unblock them.', {
      customerId: owner.id,
    });
}
