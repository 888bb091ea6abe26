/** Answers to customers, whoever writes them: on the thread, with their files, and into the outbox. */
import { actorOf, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { attach, takeUploads } from '../../mail/attachments.ts';
import { enqueue, threadHeaders, workspaceAddress } from '../../mail/outbox.ts';
import { copiesOf } from '../../mail/recipients.ts';
import { spendReply } from '../agents/reply-caps.ts';
import { type Customer, findCustomer } from '../customers/customers.ts';
import { vouchForCustomer } from '../customers/one-of-two.ts';
import { addToThread } from './change.ts';
import { participantsOf, setParticipants } from './participants.ts';
import { authorOf, type Ticket } from './tickets.ts';

export interface Answer {
  body: string;
  /** Where the ticket stands after it. */
  status: 'open' | 'pending' | 'resolved';
  /** All who get a copy, and will from now on. Left out: of a member's answer the participants do, of others' nobody. */
  cc?: readonly string[] | undefined;
  bcc?: readonly string[] | undefined;
  /** Uploads of the caller's. */
  attachmentIds?: readonly string[] | undefined;
}

/** Whose ticket it is. */
export const customerOf = async ({ tx, workspace }: Scope, { customerId }: Ticket) =>
  customerId ? findCustomer(tx, workspace.id, customerId) : undefined;

/** Invariant 11: to an address that only the door has named nothing is mailed before an operator says so. */
export const mustBeVouchedFor = ({ caller }: Scope, customer: Customer | undefined): boolean =>
  caller.kind !== 'operator' && Boolean(customer?.email) && !customer?.emailVerified;

/**
 * Answers on a ticket that the transaction has locked. An operator vouches for the customer's address with it; for others
 * somebody has. A credential's answers are counted.
 * @throws {PosternError} `over_cap`, `not_permitted`; `invalid_arguments`, `not_found` for recipients and files; `conflict`
 * where nobody has vouched
 */
export async function answer(
  scope: Scope,
  ticket: Ticket,
  customer: Customer | undefined,
  { body, status, cc, bcc = [], attachmentIds = [] }: Answer,
): Promise<{ messageId: string; version: number; mailed: boolean }> {
  const { tx, workspace, caller } = scope;
  if (mustBeVouchedFor(scope, customer))
    throw new PosternError('conflict', 'Nobody has vouched for the customer’s address yet.');
  await spendReply(scope, ticket.id);
  const files = await takeUploads(tx, workspace.id, actorOf(caller), attachmentIds);
  const message = { ...authorOf(caller), visibility: 'public' as const, body };
  const added = await addToThread(scope, ticket, message, { status });
  const { messageId } = added;
  await attach(tx, workspace.id, messageId, files);
  const email =
    customer && caller.kind === 'operator'
      ? (await vouchForCustomer(scope, customer)).email
      : customer?.email;
  const done = { messageId, version: added.ticket.version };
  if (!email) {
    if ([...(cc ?? []), ...bcc].length > 0)
      throw new PosternError('invalid_arguments', 'The customer has no address, so nobody gets a copy.');
    return { ...done, mailed: false };
  }
  // With whom a conversation is shared is for people to say: what an agent or a rule sends goes to the customer alone.
  const shared = caller.kind === 'operator' ? await participantsOf(tx, workspace.id, ticket.id) : [];
  const subject = /^re:/i.test(ticket.subject) ? ticket.subject : `Re: ${ticket.subject}`;
  const copies = await mailMessage(scope, {
    ticketId: ticket.id,
    messageId,
    to: email,
    cc: cc ?? shared,
    bcc,
    subject,
    body,
  });
  if (cc) await setParticipants(scope, ticket.id, copies.cc);
  return { ...done, mailed: true };
}

/**
 * Puts a message of a ticket into the outbox, with its files. `aside`: the customer does not get it, and the mail stands in
 * no thread of theirs.
 * @returns who gets a copy. @throws {PosternError} `invalid_arguments`
 */
export async function mailMessage(
  { tx, workspace, ids, now }: Scope,
  mail: {
    ticketId: string;
    messageId: string;
    to: string;
    cc: readonly string[];
    bcc: readonly string[];
    subject: string;
    body: string;
    aside?: boolean;
  },
): Promise<{ cc: string[]; bcc: string[] }> {
  const { ticketId, messageId, to, subject, body, aside = false } = mail;
  const mailFrom = workspaceAddress(workspace.slug);
  const copies = copiesOf(to, mail, mailFrom);
  await enqueue(tx, {
    workspaceId: workspace.id,
    id: ids('out'),
    ticketId,
    ofMessage: messageId,
    inThread: !aside,
    messageId: `<${messageId}@${mailFrom.split('@')[1]}>`,
    mailFrom,
    rcptTo: to,
    ...copies,
    subject,
    body,
    headers: aside ? {} : await threadHeaders(tx, workspace.id, ticketId),
    createdAt: now,
  });
  return copies;
}
