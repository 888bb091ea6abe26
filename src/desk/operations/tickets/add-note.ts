import { z } from 'zod';
import { actorOf, forMembers, houseOperation } from '../../../catalogue/operation.ts';
import { attach, takeUploads } from '../../../mail/attachments.ts';
import { body, reference } from '../../fields.ts';
import { membersNamed, mention } from '../../teamwork/mentions.ts';
import { addToThread, lockSeen } from '../../tickets/change.ts';
import { authorOf } from '../../tickets/tickets.ts';
import { dropSentDraft } from '../conversations/drafts.ts';
import { attachmentIds } from '../conversations/fields.ts';

export const addNote = houseOperation({
  name: 'add_note',
  title: 'Add a note to a ticket',
  summary:
    'Adds a note that members read and the customer does not. The thread moves: a reply that was prepared before is held back until somebody has looked again.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({
    ticketId: reference.describe('Id of the ticket.'),
    body: body.describe('The note, up to 50,000 characters.'),
    mentions: z
      .array(reference)
      .max(20)
      .refine((ids) => new Set(ids).size === ids.length, 'must not name a member twice')
      .default([])
      .describe('Ids of members to be told of it, as `list_members` returns them; up to 20.'),
    attachmentIds,
  }),
  output: z.object({
    messageId: z.string().describe('Id of the note.'),
    version: z.int().describe('The ticket’s version after it.'),
  }),
  async commit(scope, { ticketId, body, mentions, attachmentIds }) {
    const { tx, workspace, caller } = scope;
    const named = await membersNamed(scope, mentions);
    const ticket = await lockSeen(scope, ticketId);
    const files = await takeUploads(tx, workspace.id, actorOf(caller), attachmentIds);
    const note = { ...authorOf(caller), visibility: 'note' as const, body };
    const added = await addToThread(scope, ticket, note);
    await attach(tx, workspace.id, added.messageId, files);
    await dropSentDraft(scope, { ticketId, kind: 'note', body });
    await mention(scope, added.ticket, added.messageId, named);
    return { messageId: added.messageId, version: added.ticket.version };
  },
});
