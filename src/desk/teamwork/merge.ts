/**
 * Two tickets about one thing. What was said stays where it was said, and is read with the ticket that it went to: so who
 * may see only one of the two, such as the wallet that opened it, sees nothing of the other.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { addToThread, applyChange } from '../tickets/change.ts';
import { record } from '../tickets/history.ts';
import { authorOf, isOpen, type Ticket, ticketsOf } from '../tickets/tickets.ts';

export interface Merge {
  from: string;
  fromVersion: number;
  into: string;
  intoVersion: number;
  /** The operator knows that the two are not one customer's. */
  acrossCustomers: boolean;
}

/**
 * Closes `from` and reads it with `into`. What waits for approval on the one waits on the other from then on.
 * @returns `into` as it is then. @throws {PosternError} `not_found`, `conflict`, `invalid_arguments`
 */
export async function mergeTickets(scope: Scope, merge: Merge): Promise<{ into: Ticket; proposals: number }> {
  if (merge.from === merge.into)
    throw new PosternError('invalid_arguments', 'into: this is the same ticket.');
  // Before the tickets, for an approval holds its proposal and then asks for the ticket.
  await lockWaiting(scope, merge.from);
  const { from, into } = await lockBoth(scope, merge);
  const across = await assertMayMerge(scope, from, into, merge.acrossCustomers);
  const proposals = across ? 0 : await moveProposals(scope, from, into);
  await applyChange(scope, from, { status: 'closed', mergedInto: into.id });
  // It moves the thread: what was prepared on it is looked at again.
  const note = {
    ...authorOf(scope.caller),
    visibility: 'note' as const,
    body: `Ticket #${from.number} was merged into this one.`,
  };
  const reopens = from.status === 'open' && into.status !== 'open';
  const { ticket } = await addToThread(scope, into, note, reopens ? { status: 'open' } : {});
  await record(scope, {
    ticketId: into.id,
    kind: 'ticket.updated',
    changes: { merged: { from: null, to: from.id } },
    version: ticket.version,
  });
  return { into: ticket, proposals };
}

/** Both in the order of their ids, whichever goes into which. @throws {PosternError} `not_found`, `conflict` */
async function lockBoth({ tx, workspace }: Scope, merge: Merge): Promise<{ from: Ticket; into: Ticket }> {
  const rows = await ticketsOf(tx, workspace.id)
    .where('id', 'in', [merge.from, merge.into])
    .orderBy('id')
    .forUpdate()
    .execute();
  const found = (which: 'from' | 'into', version: number): Ticket => {
    const ticket = rows.find(({ id }) => id === merge[which]);
    if (!ticket) throw new PosternError('not_found', `${which}: no ticket has this id.`);
    if (ticket.mergedInto !== null)
      throw new PosternError('conflict', `${which}: this ticket was merged into another one.`, {
        mergedInto: ticket.mergedInto,
      });
    if (ticket.version !== version)
      throw new PosternError(
        'conflict',
        `${which}: the ticket has changed since you read it; read it again.`,
        {
          version: ticket.version,
        },
      );
    return ticket;
  };
  return { from: found('from', merge.fromVersion), into: found('into', merge.intoVersion) };
}

/** @returns whether they are two parties’. @throws {PosternError} `conflict` */
async function assertMayMerge(
  scope: Scope,
  from: Ticket,
  into: Ticket,
  acrossCustomers: boolean,
): Promise<boolean> {
  if (!isOpen(into) && into.status !== 'resolved')
    throw new PosternError('conflict', `into: the ticket is ${into.status}; nothing is merged into it.`);
  if (await isOneParty(scope, from, into)) return false;
  if (!acrossCustomers)
    throw new PosternError(
      'conflict',
      'The tickets are not one customer’s: what is said in `into` from now on is for its customer alone. Say so with `acrossCustomers`.',
    );
  // What was proposed for the one customer is not for the other.
  if ((await sql`${waitingOn(scope, from.id)}`.execute(scope.tx)).rows.length > 0)
    throw new PosternError('conflict', 'from: proposals wait on this ticket; decide on them first.');
  return true;
}

/** Whether who reads `into` from now on may be taken for who wrote `from`. A wallet reads what it opened. */
async function isOneParty({ tx, workspace }: Scope, from: Ticket, into: Ticket): Promise<boolean> {
  const sameWallet = from.wallet !== null && from.wallet === into.wallet;
  if (into.wallet !== null && !sameWallet) return false;
  if (from.customerId === null || into.customerId === null)
    return sameWallet && from.customerId === into.customerId;
  if (from.customerId === into.customerId) return true;
  if (!sameWallet) return false;
  // What a wallet names is a record of its own each time; the same address is the same customer.
  const { rows } = await sql<{ same: boolean }>`
    select count(email) = 2 and count(distinct lower(email)) = 1 as same from customers
    where workspace_id = ${workspace.id} and id in (${from.customerId}, ${into.customerId})`.execute(tx);
  return rows[0]!.same;
}

const waitingOn = ({ workspace }: Scope, ticketId: string): RawBuilder<unknown> => sql`
  select id from proposals
  where workspace_id = ${workspace.id} and ticket_id = ${ticketId} and state = 'waiting' order by id`;

const lockWaiting = (scope: Scope, ticketId: string) =>
  sql`${waitingOn(scope, ticketId)} for update`.execute(scope.tx);

/**
 * The wallet did nothing wrong, so nothing is rejected. A reviewer has to look again, for the thread is another one.
 * Who decides on one just now has it, and finds its ticket closed.
 */
async function moveProposals(scope: Scope, from: Ticket, into: Ticket): Promise<number> {
  const { numAffectedRows } = await sql`
    with waiting as materialized (${waitingOn(scope, from.id)} for update skip locked)
    update proposals set ticket_id = ${into.id}, ticket_version = ${into.version},
      arguments = case when arguments ? 'ticketId' then jsonb_set(arguments, '{ticketId}', to_jsonb(${into.id}::text))
        else arguments end,
      flags = case when 'merged' = any (flags) then flags else flags || '{merged}' end
    from waiting where proposals.workspace_id = ${scope.workspace.id} and proposals.id = waiting.id`.execute(
    scope.tx,
  );
  return Number(numAffectedRows ?? 0);
}
