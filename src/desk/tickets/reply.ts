/** Answers to customers, whoever writes them: on the thread and into the outbox. */
import type { Scope } from '../../catalogue/operation.ts';
import { enqueue, threadHeaders, workspaceAddress } from '../../mail/outbox.ts';
import { spendReply } from '../agents/reply-caps.ts';
import { type Customer, findCustomer, vouchForCustomer } from '../customers/customers.ts';
import { addToThread } from './change.ts';
import { authorOf, type Ticket } from './tickets.ts';

/** Whose ticket it is. */
export const customerOf = async ({ tx, workspace }: Scope, { customerId }: Ticket) =>
  customerId ? findCustomer(tx, workspace.id, customerId) : undefined;

/** Invariant 11: to an address that only the door has named nothing is mailed before an operator says so. */
export const mustBeVouchedFor = ({ caller }: Scope, customer: Customer | undefined): boolean =>
  caller.kind !== 'operator' && Boolean(customer?.email) && !customer?.emailVerified;

/**
 * Answers on a ticket that the transaction has locked. An operator vouches for the customer's address with it; for an agent
 * somebody has. A credential's answers are counted.
 * @returns whether there was an address to mail to. @throws {PosternError} `over_cap`, `not_permitted`
 */
export async function answer(
  scope: Scope,
  ticket: Ticket,
  customer: Customer | undefined,
  { body, status }: { body: string; status: 'pending' | 'resolved' },
): Promise<{ messageId: string; mailed: boolean }> {
  await spendReply(scope, ticket.id);
  const message = { ...authorOf(scope.caller), visibility: 'public' as const, body };
  const { messageId } = await addToThread(scope, ticket, message, { status });
  const mailed = customer ? await mailReply(scope, ticket, customer, messageId, body) : false;
  return { messageId, mailed };
}

async function mailReply(
  { tx, workspace, caller, ids, now }: Scope,
  ticket: Ticket,
  customer: Customer,
  messageId: string,
  body: string,
): Promise<boolean> {
  // Only an operator vouches; for an agent the address is verified already.
  const { email } =
    caller.kind === 'operator' ? await vouchForCustomer(tx, workspace.id, customer) : customer;
  if (!email) return false;
  const mailFrom = workspaceAddress(workspace.slug);
  await enqueue(tx, {
    workspaceId: workspace.id,
    id: ids('out'),
    ticketId: ticket.id,
    messageId: `<${messageId}@${mailFrom.split('@')[1]}>`,
    mailFrom,
    rcptTo: email,
    subject: /^re:/i.test(ticket.subject) ? ticket.subject : `Re: ${ticket.subject}`,
    body,
    headers: await threadHeaders(tx, workspace.id, ticket.id),
    createdAt: now,
  });
  return true;
}
