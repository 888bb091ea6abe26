/**
 * Which tickets a caller may see, and how: the one place that says so. Members, the house and the workspace's own agents
 * see every ticket in full. A wallet sees in full what it opened itself. Beyond that strangers see, redacted, what the
 * workspace opened to agents (`desk_settings.agents_see`), and never spam or what was merged away.
 */
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import { sql } from 'kysely';
import type { Caller, Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Schema } from '../../store/schema.ts';
import { isOpen, lastWord, refuseMerged, type Ticket, ticketsOf } from '../tickets/tickets.ts';

/** `redacted`: what identifies the customer is masked, and attachments are withheld. */
export type Sight = 'full' | 'redacted';

/** A ticket that the caller may see, and how. */
export interface Seen {
  ticket: Ticket;
  sight: Sight;
}

/** Whether the caller is no one of the workspace's. */
export const isStranger = (caller: Caller): boolean =>
  caller.kind === 'wallet' || caller.kind === 'anonymous';

/** How a caller sees a ticket that `visibleTickets` let through. */
export const sightOf = (caller: Caller, ticket: Pick<Ticket, 'wallet'>): Sight =>
  !isStranger(caller) || (caller.kind === 'wallet' && ticket.wallet === caller.address) ? 'full' : 'redacted';

/**
 * A condition on `tickets` that holds for those that the caller may see:
 * `tx.selectFrom('tickets').where(await visibleTickets(scope))`.
 */
export async function visibleTickets({
  tx,
  workspace,
  caller,
}: Scope): Promise<(eb: ExpressionBuilder<Schema, 'tickets'>) => Expression<SqlBool>> {
  if (!isStranger(caller)) return (eb) => eb.lit(true);
  const { agentsSee, agentsTag } = await tx
    .selectFrom('deskSettings')
    .select(['agentsSee', 'agentsTag'])
    .where('workspaceId', '=', workspace.id)
    .executeTakeFirstOrThrow();
  return (eb) => {
    const opened = {
      none: eb.lit(false),
      hand: eb('tickets.openedToAgents', '=', true),
      tag: sql<SqlBool>`tickets.tags @> array[${agentsTag}]::text[]`,
      all: eb.lit(true),
    }[agentsSee];
    const strangers = eb.and([
      opened,
      eb('tickets.status', '<>', 'spam'),
      eb('tickets.mergedInto', 'is', null),
    ]);
    return caller.kind === 'wallet'
      ? eb.or([eb('tickets.wallet', '=', caller.address), strangers])
      : strangers;
  };
}

/**
 * The ticket, if the caller may see it. `lock`: nobody changes it before the transaction ends. `redacts`: the tool shows no
 * more than a redacted sight may; to one that does not say so only what is seen in full is there.
 * @throws {PosternError} `not_found`, in the same words for what is not shown and for none: ids are not to be probed.
 */
export async function ticketFor(
  scope: Scope,
  id: string,
  { lock = false, redacts = false } = {},
): Promise<Seen> {
  const query = ticketsOf(scope.tx, scope.workspace.id)
    .where('id', '=', id)
    .where(await visibleTickets(scope));
  const ticket = await (lock ? query.forUpdate() : query).executeTakeFirst();
  const sight = ticket && sightOf(scope.caller, ticket);
  if (!ticket || !sight || (sight === 'redacted' && !redacts))
    throw new PosternError('not_found', 'No ticket of this id is open to you.');
  return { ticket, sight };
}

/**
 * The same, of a ticket that still takes replies.
 * @throws {PosternError} `not_found`, as above; `conflict` where it is resolved, closed or spam.
 */
export async function openTicketFor(
  scope: Scope,
  id: string,
  options: { lock?: boolean; redacts?: boolean } = {},
): Promise<Seen> {
  const seen = await ticketFor(scope, id, options);
  refuseMerged(scope, seen.ticket);
  takingReplies(seen.ticket);
  return seen;
}

/** @throws {PosternError} `conflict` where the ticket is resolved, closed or spam. */
export function takingReplies(ticket: Ticket): Ticket {
  if (!isOpen(ticket))
    throw new PosternError('conflict', `The ticket is ${ticket.status}; it takes no replies.`);
  return ticket;
}

/**
 * For what an agent would put before a reviewer: once somebody has answered, and until the customer writes again, nobody has a
 * use for it. Members and the house judge for themselves.
 * @throws {PosternError} `conflict` where the last word that the customer sees is not the customer's side's
 */
export async function refuseAnswered(scope: Scope, ticket: Ticket): Promise<void> {
  const { caller } = scope;
  if (caller.kind === 'operator' || caller.kind === 'house') return;
  const last = await lastWord(scope, ticket);
  const theirs = last?.author === 'customer' || (last?.author === 'agent' && last.authorId === ticket.wallet);
  if (last && !theirs)
    throw new PosternError('conflict', 'The ticket has been answered; it waits for the customer.');
}
