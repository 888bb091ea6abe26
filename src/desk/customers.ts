import { sql } from 'kysely';
import type { Tx } from '../store/database.ts';

export interface Customer {
  id: string;
  name: string | null;
  email: string | null;
  emailVerified: boolean;
}

const columns = ['id', 'name', 'email', 'emailVerified'] as const;

/**
 * A new customer whose address nobody has vouched for: a row of its own, never joined to a customer who has the same
 * address, so that naming an address opens no one's history.
 */
export async function addUnverifiedCustomer(
  tx: Tx,
  workspaceId: string,
  customer: { id: string; name: string | null; email: string | null; now: Date },
): Promise<void> {
  const { now, ...values } = customer;
  await tx
    .insertInto('customers')
    .values({ workspaceId, ...values, emailVerified: false, createdAt: now })
    .execute();
}

export const findCustomer = (tx: Tx, workspaceId: string, id: string): Promise<Customer | undefined> =>
  tx
    .selectFrom('customers')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst();

/**
 * Makes a customer's address usable because an operator approved mail to it. Where the workspace already knows the
 * address, the tickets move to the customer who has it and the unverified row goes.
 * @returns the customer to write to.
 */
export async function vouchForCustomer(tx: Tx, workspaceId: string, customer: Customer): Promise<Customer> {
  const address = customer.email?.toLowerCase();
  if (!address || customer.emailVerified) return customer;
  // Two approvals to one address at once would both find nobody and the second would break the unique index.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`customer ${workspaceId} ${address}`}, 0))`.execute(
    tx,
  );
  const known = await tx
    .selectFrom('customers')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where(sql`lower(email)`, '=', address)
    .where('emailVerified', '=', true)
    .executeTakeFirst();
  if (!known) {
    await tx
      .updateTable('customers')
      .set({ emailVerified: true })
      .where('workspaceId', '=', workspaceId)
      .where('id', '=', customer.id)
      .execute();
    return { ...customer, emailVerified: true };
  }
  if (known.id === customer.id) return known;
  await tx
    .updateTable('tickets')
    .set({ customerId: known.id })
    .where('workspaceId', '=', workspaceId)
    .where('customerId', '=', customer.id)
    .execute();
  await tx
    .deleteFrom('customers')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', customer.id)
    .execute();
  return known;
}
