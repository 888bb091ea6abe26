/** Everything that is held about one customer, taken out for good. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { dropUnused } from '../../mail/attachments.ts';
import type { Tx } from '../../store/database.ts';
import { knownOf, redactor } from '../agents/redact.ts';
import { forgetInViews } from '../teamwork/views.ts';
import { customerToChange } from './book.ts';
import { type Customer, findCustomer } from './customers.ts';
import { eraseOwnWords, type OwnWords } from './own-words.ts';
import { ofCustomers, type PurchaseRecords, type Subject, subjectOf, waitingOn } from './records.ts';

/** What stands in the place of what was erased. */
export const erased = '[erased]';

/**
 * The customer and whose rows these are, held until the transaction ends: tickets before customers, as who answers takes
 * them, and each by its id.
 * @throws {PosternError} `not_found`; `conflict` where the customer was erased.
 */
export async function lockSubject(
  scope: Scope,
  id: string,
): Promise<{ customer: Customer; subject: Subject }> {
  const { tx, workspace } = scope;
  const seen = await findCustomer(tx, workspace.id, id);
  if (seen) {
    const { ticketIds, customerIds } = await subjectOf(scope, seen);
    await lockTickets(tx, workspace.id, ticketIds);
    await sql`select from customers where workspace_id = ${workspace.id} and id = any(${customerIds})
      order by id for update`.execute(tx);
  }
  const customer = await customerToChange(scope, id);
  // Some may have come meanwhile.
  return { customer, subject: await subjectOf(scope, customer) };
}

const lockTickets = (tx: Tx, workspaceId: string, ticketIds: readonly string[]) =>
  sql`select from tickets where workspace_id = ${workspaceId} and id = any(${ticketIds})
    order by id for update`.execute(tx);

/** Takes out every name, address and word. Numbers, times and states stay: books and reports are made of those. */
export async function eraseSubject(
  scope: Scope,
  { customerIds, addresses, ticketIds }: Subject,
  { erasePurchases }: PurchaseRecords,
): Promise<OwnWords> {
  const { tx, workspace, now } = scope;
  const id = workspace.id;
  await forgetInViews(scope, { customerIds, addresses });
  await erasePurchases(tx, id, { ticketIds, addresses });
  if (ticketIds.length > 0) {
    // Locked first: whoever writes in one of them now waits, and then writes to an erased ticket or is refused.
    await lockTickets(tx, id, ticketIds);
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
    await eraseWaitingFiles(tx, id, ticketIds);
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
  return eraseOwnWords(scope, { customerIds, addresses });
}

/** Uploads that were to go with a draft on one of the tickets. */
async function eraseWaitingFiles(tx: Tx, id: string, ticketIds: readonly string[]): Promise<void> {
  const { rows } = await sql<{ sha256: string }>`delete from attachments where ${waitingOn(id, ticketIds)}
    returning sha256`.execute(tx);
  await dropUnused(
    tx,
    id,
    rows.map(({ sha256 }) => sha256),
  );
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
