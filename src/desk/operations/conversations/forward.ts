import { z } from 'zod';
import { actorOf, forMembers, houseOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { assertFit, attach, attachCopies, attachmentsOf, takeUploads } from '../../../mail/attachments.ts';
import { body, email, reference } from '../../fields.ts';
import { addToThread, lockSeen } from '../../tickets/change.ts';
import { mailMessage } from '../../tickets/reply.ts';
import { authorOf, type Message, newestMessages, type Ticket, threadOf } from '../../tickets/tickets.ts';
import { dropSentDraft } from './drafts.ts';
import { addresses, attachmentIds, bcc } from './fields.ts';

/** Messages of one forward, and characters of its text. */
const maxMessages = 50;
const maxCharacters = 500_000;

export const forward = houseOperation({
  name: 'forward',
  title: 'Forward a ticket',
  summary:
    'Mails what was said publicly on a ticket, and on those merged into it, to somebody outside, with a note from you. The ticket keeps a note of it; who gets it becomes neither customer nor participant, and the customer hears nothing of it.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({
    ticketId: reference.describe('Id of the ticket.'),
    to: email.describe('Who gets it.'),
    cc: addresses.default([]).describe('Who gets a copy.'),
    bcc,
    note: body.optional().describe('What you say above it, up to 50,000 characters.'),
    messageIds: z
      .array(reference)
      .min(1)
      .max(maxMessages)
      .optional()
      .describe('Which messages; the newest 50 public ones unless given. Notes are never forwarded.'),
    attachments: z.boolean().default(false).describe('Whether the messages’ files go with it.'),
    attachmentIds,
  }),
  output: z.object({
    messageId: z.string().describe('Id of the note that the ticket has of it.'),
    version: z.int().describe('The ticket’s version after it.'),
  }),
  async commit(scope, { ticketId, to, cc, bcc, note, messageIds, attachments, attachmentIds }) {
    const { tx, workspace, caller, ids, now } = scope;
    const ticket = await lockSeen(scope, ticketId);
    const messages = await chosen(scope, ticketId, messageIds);
    const own = await takeUploads(tx, workspace.id, actorOf(caller), attachmentIds);
    const files = attachments ? await filesOfAll(scope, messages) : [];
    assertFit([...own, ...files]);
    const said = { ...authorOf(caller), visibility: 'note' as const, body: note ?? 'Forwarded.' };
    const added = await addToThread(scope, ticket, said);
    const { messageId } = added;
    const by = { newId: () => ids('att'), uploadedBy: actorOf(caller), now, from: own.length };
    await attach(tx, workspace.id, messageId, own);
    await attachCopies(tx, workspace.id, messageId, files, by);
    await dropSentDraft(scope, { ticketId, kind: 'forward', body: note ?? '' });
    const subject = /^fwd?:/i.test(ticket.subject) ? ticket.subject : `Fwd: ${ticket.subject}`;
    const text = forwarded(scope, ticket, messages, note);
    await mailMessage(scope, { ticketId, messageId, to, cc, bcc, subject, body: text, aside: true });
    return { messageId, version: added.ticket.version };
  },
});

/** @throws {PosternError} `not_found` for one that is no public message of the ticket; `invalid_arguments` for too much */
async function chosen(
  { tx, workspace }: Scope,
  ticketId: string,
  messageIds: readonly string[] | undefined,
): Promise<Message[]> {
  const messages = messageIds
    ? await tx
        .selectFrom('messages')
        .select(['id', 'ticketId', 'author', 'authorId', 'visibility', 'body', 'createdAt'])
        .where('workspaceId', '=', workspace.id)
        .where('ticketId', 'in', threadOf(workspace.id, ticketId))
        .where('visibility', '=', 'public')
        .where('id', 'in', messageIds)
        .orderBy('createdAt')
        .orderBy('id')
        .execute()
    : await newestMessages(tx, workspace.id, ticketId, {
        limit: maxMessages,
        publicOnly: true,
        merged: true,
      });
  if (messageIds && messages.length < new Set(messageIds).size)
    throw new PosternError('not_found', 'messageIds: not all are public messages of this ticket.');
  if (messages.reduce((sum, { body }) => sum + body.length, 0) > maxCharacters)
    throw new PosternError('invalid_arguments', 'This is too much for one mail; choose messages.');
  return messages;
}

async function filesOfAll({ tx, workspace }: Scope, messages: readonly Message[]) {
  const ids = messages.map(({ id }) => id);
  const found = await attachmentsOf(tx, workspace.id, ids);
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** As mail programs write it. Whoever reads it sees who said what, and no address that is not in the text. */
function forwarded(
  { workspace }: Scope,
  { subject }: Ticket,
  messages: readonly Message[],
  note: string | undefined,
): string {
  const people = {
    customer: 'the customer',
    operator: workspace.name,
    house: workspace.name,
    agent: 'an AI agent',
  };
  const quoted = messages.map(({ author, body, createdAt }) => {
    const head = [`From: ${people[author]}`, `Date: ${createdAt.toUTCString()}`, `Subject: ${subject}`];
    return ['---------- Forwarded message ----------', ...head, '', body].join('\n');
  });
  return [...(note === undefined ? [] : [note]), ...quoted].join('\n\n');
}
