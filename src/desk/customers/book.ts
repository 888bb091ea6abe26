/** What people of a workspace do with their customers: addresses, blocking, the audit log. */
import type { Scope } from '../../catalogue/operation.ts';
import { actorOf } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { type Actor, type AuditAction, audit } from '../../store/audit.ts';
import { type Customer, lockAddress, lockCustomer } from './customers.ts';

/** @throws {PosternError} `not_found`; `conflict` where the customer was erased. */
export async function customerToChange({ tx, workspace }: Scope, id: string): Promise<Customer> {
  const customer = await lockCustomer(tx, workspace.id, id);
  if (!customer) throw new PosternError('not_found', 'No customer has this id.');
  if (customer.erasedAt) throw new PosternError('conflict', 'This customer was erased.');
  return customer;
}

/** A row of the audit log about a customer. Never what the row is about: it outlives an erasure. */
export const auditCustomer = (
  { tx, workspace, caller, ids }: Scope,
  entry: { action: AuditAction; customerId: string; reason: string; details?: JsonObject },
): Promise<void> => {
  const { customerId, ...rest } = entry;
  const actor = actorOf(caller) as Actor;
  return audit(tx, ids, { workspaceId: workspace.id, actor, subject: customerId, ...rest });
};

/**
 * Gives a customer one more address, which the operator vouches for.
 * @throws {PosternError} `conflict` where another customer has it: the two may be one, and are merged then.
 */
export async function addAddress(scope: Scope, customer: Customer, address: string): Promise<void> {
  const { tx, workspace, now } = scope;
  const known = await lockAddress(tx, workspace.id, address);
  if (known && known.id !== customer.id)
    throw new PosternError('conflict', 'Another customer has this address.', { customerId: known.id });
  await tx
    .insertInto('customerAddresses')
    .values({
      workspaceId: workspace.id,
      address: address.toLowerCase(),
      customerId: customer.id,
      createdAt: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Who was known by no address, or by one that nobody vouched for, is answered at this one.
  if (!customer.email || !customer.emailVerified) await setPrimary(scope, customer, address);
}

/** Mail goes to this one from now on. @throws {PosternError} `not_found` where it is not theirs. */
export async function setPrimary(
  { tx, workspace }: Scope,
  customer: Customer,
  address: string,
): Promise<void> {
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
}

/** @throws {PosternError} `not_found` where it is not theirs; `conflict` for the one that mail goes to. */
export async function removeAddress(
  { tx, workspace }: Scope,
  customer: Customer,
  address: string,
): Promise<void> {
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
}

/** @throws {PosternError} `conflict` where it is so already. */
export async function setBlocked(
  scope: Scope,
  customer: Customer,
  { blocked, reason }: { blocked: boolean; reason: string },
): Promise<void> {
  const { tx, workspace, now } = scope;
  if (blocked === (customer.blockedAt !== null))
    throw new PosternError(
      'conflict',
      blocked ? 'The customer is blocked already.' : 'The customer is not blocked.',
    );
  await tx
    .updateTable('customers')
    .set({ blockedAt: blocked ? now : null })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', customer.id)
    .execute();
  const action = blocked ? 'customer.blocked' : 'customer.unblocked';
  await auditCustomer(scope, { action, customerId: customer.id, reason });
}
