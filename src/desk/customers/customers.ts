import { sql } from 'kysely';
import type { Tx } from '../../store/database.ts';

export interface Customer {
  id: string;
  name: string | null;
  email: string | null;
  emailVerified: boolean;
  /** Since when no agent may write to them, and what they write is spam. */
  blockedAt: Date | null;
  erasedAt: Date | null;
  createdAt: Date;
}

const columns = ['id', 'name', 'email', 'emailVerified', 'blockedAt', 'erasedAt', 'createdAt'] as const;

/**
 * A new customer whose address nobody has vouched for: a row of its own, never joined to a customer who has the same
 * address, so that naming an address opens no one's history. A block of the address is theirs, too.
 * @returns whether it is: then what they write is spam.
 */
export async function addUnverifiedCustomer(
  tx: Tx,
  workspaceId: string,
  customer: { id: string; name: string | null; email: string | null; now: Date },
): Promise<boolean> {
  const { now, ...named } = customer;
  const blockedAt = sql<Date | null>`case when is_blocked_address(${customer.email?.toLowerCase() ?? null})
    then ${now}::timestamptz end`;
  const values = { ...named, blockedAt };
  const row = await tx
    .insertInto('customers')
    .values({ workspaceId, ...values, emailVerified: false, createdAt: now })
    .returning('blockedAt')
    .executeTakeFirstOrThrow();
  return row.blockedAt !== null;
}

export const findCustomer = (tx: Tx, workspaceId: string, id: string): Promise<Customer | undefined> =>
  tx
    .selectFrom('customers')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst();

/** Finds and locks: nobody changes the customer before this transaction ends. */
export const lockCustomer = (tx: Tx, workspaceId: string, id: string): Promise<Customer | undefined> =>
  tx
    .selectFrom('customers')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();

/** Who has a verified address, whichever of theirs it is. */
export const customerAt = (tx: Tx, workspaceId: string, address: string): Promise<Customer | undefined> =>
  tx
    .selectFrom('customers')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', (from) =>
      from
        .selectFrom('customerAddresses')
        .select('customerId')
        .where('workspaceId', '=', workspaceId)
        .where('address', '=', address.toLowerCase()),
    )
    .executeTakeFirst();

/**
 * The same, and nobody else gives the address to a customer before this transaction ends: two who did at once would both
 * find nobody, and the second would break on the key.
 */
export async function lockAddress(
  tx: Tx,
  workspaceId: string,
  address: string,
): Promise<Customer | undefined> {
  const key = `customer ${workspaceId} ${address.toLowerCase()}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
  return customerAt(tx, workspaceId, address);
}

/** Who has the address; the name that a person of the workspace gives is one of theirs from then on. */
export async function customerCalled(
  tx: Tx,
  workspaceId: string,
  { name, email }: { name: string | null; email: string },
): Promise<Customer | undefined> {
  const known = await lockAddress(tx, workspaceId, email);
  if (known && name !== null) await alsoCalled(tx, workspaceId, known.id, name);
  return known;
}

/** The customer whom an operator writes to: who has the address, or a new one, for the operator vouches for it. */
export async function customerToWriteTo(
  tx: Tx,
  workspaceId: string,
  { id, name, email, now }: { id: string; name: string | null; email: string; now: Date },
): Promise<string> {
  const known = await customerCalled(tx, workspaceId, { name, email });
  if (known) return known.id;
  await tx
    .insertInto('customers')
    .values({ workspaceId, id, name, email, emailVerified: true, createdAt: now })
    .execute();
  return id;
}

/** A name that somebody knows them by; theirs, where they had none. */
async function alsoCalled(tx: Tx, workspaceId: string, customerId: string, name: string): Promise<void> {
  await sql`
    with named as (
      update customers set name = ${name} where workspace_id = ${workspaceId} and id = ${customerId} and name is null
    )
    insert into customer_aliases (workspace_id, customer_id, kind, value)
    values (${workspaceId}, ${customerId}, 'name', ${name})
    on conflict (workspace_id, customer_id, kind, value) do update set given_in = null`.execute(tx);
}
