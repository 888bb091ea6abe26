/** What people do on tickets. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import type { Kept } from './mutant.ts';

export const desk: readonly Kept[] = [
  {
    promise: 'versions: what was seen is what is answered, changed, merged and published',
    lines: [
      {
        file: 'src/desk/operations/conversations/reply.ts',
        text: "refuseMoved(ticket, version, 'version', 'The thread has moved since you read it; read it again.');",
        replacement: 'void refuseMoved;',
        test: 'src/desk/operations/conversations/conversations.test.ts',
        named: 'a reply to a thread that has moved is refused',
      },
      {
        file: 'src/desk/tickets/change.ts',
        text: 'if (version !== undefined && version !== ticket.version)',
        replacement: 'if (version !== undefined && version < 0)',
        test: 'src/desk/operations/tickets/tickets.test.ts',
        named: 'of two who change the same version at once',
      },
      {
        file: 'src/desk/tickets/change.ts',
        text: 'threadVersion: sql<number>`version + 1`,',
        replacement: '',
        test: 'src/desk/operations/conversations/conversations.test.ts',
        named: 'a reply to a thread that has moved',
      },
      {
        file: 'src/desk/teamwork/merge.ts',
        text: 'if (ticket.version !== version)',
        replacement: 'if (version < 0)',
        test: 'src/desk/operations/teamwork/merge-tickets.test.ts',
        named: 'no ticket goes into itself',
      },
      {
        file: 'src/desk/content/publishing.ts',
        text: 'if (row.version !== version)',
        replacement: 'if (version < 0)',
        test: 'src/desk/operations/content/content.test.ts',
        named: 'what a member publishes is what the member has read',
      },
    ],
  },
  {
    promise: 'merging: nobody reads more than they did, and nothing that waits is lost',
    lines: [
      {
        file: 'src/desk/teamwork/merge.ts',
        text: `if (!acrossCustomers)
`,
        replacement: `if (acrossCustomers === undefined)
`,
        test: 'src/desk/operations/teamwork/merge-tickets.test.ts',
        named: 'two customers’ tickets are merged only by who says so',
      },
      {
        file: 'src/desk/teamwork/merge.ts',
        text: 'if ((await sql`${waitingOn(scope, from.id)}`.execute(scope.tx)).rows.length > 0)',
        replacement: "if (from.id === '')",
        test: 'src/desk/operations/teamwork/merge-tickets.test.ts',
        named: 'two customers’ tickets are merged only by who says so',
      },
      {
        file: 'src/desk/teamwork/merge.ts',
        text: 'if (into.wallet !== null && !sameWallet) return false;',
        replacement: '',
        test: 'src/desk/operations/teamwork/merge-tickets.test.ts',
        named: 'nor does the wallet whose ticket another’s is merged into',
      },
      {
        file: 'src/desk/teamwork/merge.ts',
        text: `if (ticket.mergedInto !== null)
`,
        replacement: `if (ticket.mergedInto === '')
`,
        test: 'src/desk/operations/teamwork/merge-tickets.test.ts',
        named: 'what was merged away takes nothing more',
      },
      {
        file: 'src/desk/tickets/tickets.ts',
        text: 'if (mergedInto === null) return;',
        replacement: "if (mergedInto !== '') return;",
        test: 'src/desk/operations/teamwork/merge-tickets.test.ts',
        named: 'what was merged away takes nothing more',
      },
      {
        file: 'src/desk/tickets/tickets.ts',
        text: `if (caller.kind === 'wallet' || caller.kind === 'anonymous')
    throw new PosternError('conflict', 'The ticket is closed; it takes no changes.');`,
        replacement: 'void caller;',
        test: 'src/desk/operations/teamwork/merge-tickets.test.ts',
        named: 'a wallet whose ticket is merged into another’s sees nothing',
      },
      {
        file: 'src/desk/teamwork/merge.ts',
        text: 'await lockWaiting(scope, merge.from);',
        replacement: 'void lockWaiting;',
        test: 'src/desk/operations/teamwork/merge-tickets.test.ts',
        named: 'an approval and a merge at once both end',
      },
      {
        file: 'src/desk/teamwork/merge.ts',
        text: 'ticket_version = ${into.version},',
        replacement: 'ticket_version = ${into.version + 9},',
        test: 'src/desk/operations/teamwork/merge-tickets.test.ts',
        named: 'what waits for approval goes with the ticket',
      },
      {
        file: 'src/desk/teamwork/merge.ts',
        text: 'if (merge.from === merge.into)',
        replacement: "if (merge.from === '')",
        test: 'src/desk/operations/teamwork/merge-tickets.test.ts',
        named: 'no ticket goes into itself',
      },
    ],
  },
  {
    promise: 'mentions: of members only, each their own',
    lines: [
      {
        file: 'src/desk/teamwork/mentions.ts',
        text: 'if (missing !== undefined)',
        replacement: "if (missing === '')",
        test: 'src/desk/operations/teamwork/mentions.test.ts',
        named: 'nobody is named who is no member here',
      },
      {
        file: 'src/desk/teamwork/mentions.ts',
        text: ".where('mentions.userId', '=', userId);",
        replacement: ';',
        test: 'src/desk/operations/teamwork/mentions.test.ts',
        named: 'whom a note names is told',
      },
      {
        file: 'src/desk/teamwork/mentions.ts',
        text: `.where('userId', '=', userId)
    .where('messageId', 'in', messageIds)`,
        replacement: ".where('messageId', 'in', messageIds)",
        test: 'src/desk/operations/teamwork/mentions.test.ts',
        named: 'whom a note names is told',
      },
      {
        file: 'src/desk/teamwork/mentions.ts',
        text: "if (!('id' in caller && caller.id === userId) && isAddress(email)) await notify",
        replacement: 'if (isAddress(email)) await notify',
        test: 'src/desk/operations/teamwork/mentions.test.ts',
        named: 'the mail to a member holds no word',
      },
    ],
  },
  {
    promise: 'a member’s own: drafts, views and uploads are nobody else’s',
    lines: [
      {
        file: 'src/desk/operations/conversations/drafts.ts',
        text: 'and user_id = ${authorOf(scope)}',
        replacement: "and ${authorOf(scope)} <> ''",
        test: 'src/desk/operations/conversations/drafts.test.ts',
        named: 'a draft comes back to the letter, to who wrote it alone',
      },
      {
        file: 'src/desk/operations/conversations/drafts.ts',
        text: `if (caller.kind !== 'operator') throw new PosternError('not_permitted', 'Only members have drafts.');
  return caller.id;`,
        replacement: 'return (caller as { id: string }).id;',
        test: 'src/desk/operations/conversations/drafts.test.ts',
        named: 'what is no draft, or on no ticket of theirs',
      },
      {
        file: 'src/desk/operations/conversations/reply.ts',
        text: "await dropSentDraft(scope, { ticketId, kind: 'reply', body });",
        replacement: 'void dropSentDraft;',
        test: 'src/desk/operations/conversations/drafts.test.ts',
        named: 'what is sent takes its draft along',
      },
      {
        file: 'src/desk/operations/conversations/drafts.ts',
        text: `    .where('body', '=', sent.body)
`,
        replacement: '',
        test: 'src/desk/operations/conversations/drafts.test.ts',
        named: 'what is sent takes its draft along',
      },
      {
        file: 'src/desk/operations/conversations/drafts.ts',
        text: `    .where('userId', '=', caller.id)
`,
        replacement: '',
        test: 'src/desk/operations/conversations/drafts.test.ts',
        named: 'what is sent takes its draft along',
      },
      {
        file: 'src/desk/teamwork/views.ts',
        text: '(owner_id is null or owner_id = ${memberOf(scope)})',
        replacement: "(owner_id is null or ${memberOf(scope)} <> '')",
        test: 'src/desk/operations/teamwork/views.test.ts',
        named: 'one member’s views are nobody else’s',
      },
      {
        file: 'src/desk/teamwork/views.ts',
        text: "if (view.of === 'workspace' && !isAdmin && view.madeBy !== memberOf(scope))",
        replacement: "if (view.name === '' && isAdmin)",
        test: 'src/desk/operations/teamwork/views.test.ts',
        named: 'one member’s views are nobody else’s',
      },
      {
        file: 'src/mail/attachments.ts',
        text: `.where('uploadedBy', '=', uploadedBy)
    .where('messageId', 'is', null)
    .where('id', 'in', ids)`,
        replacement: `.where('messageId', 'is', null)
    .where('id', 'in', ids)`,
        test: 'src/desk/operations/conversations/attachments.test.ts',
        named: 'an upload is its uploader’s, and one message’s',
      },
      {
        file: 'src/mail/attachments.ts',
        text: `.where('messageId', 'is', null)
    .where('id', 'in', ids)`,
        replacement: ".where('id', 'in', ids)",
        test: 'src/desk/operations/conversations/attachments.test.ts',
        named: 'an upload is its uploader’s, and one message’s',
      },
      {
        file: 'src/mail/attachments.ts',
        text: `    .orderBy('id')
    .forUpdate()
    .execute();
  if (rows.length < ids.length)`,
        replacement: `    .orderBy('id')
    .execute();
  if (rows.length < ids.length)`,
        test: 'src/desk/operations/conversations/attachments.test.ts',
        named: 'of two messages that take one upload at once',
      },
    ],
  },
  {
    promise:
      'customers: an address is one customer’s, what is closed stays closed, and a forward is no word to them',
    lines: [
      {
        file: 'src/desk/customers/book.ts',
        text: `if (known && known.id !== customer.id)
`,
        replacement: `if (known?.id === '')
`,
        test: 'src/desk/operations/customers/customers.test.ts',
        named: 'a customer is one person over several addresses',
      },
      {
        file: 'src/desk/customers/customers.ts',
        text: 'await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);',
        replacement: 'void [sql, key];',
        test: 'src/desk/operations/customers/customers.test.ts',
        named: 'of two who give one address',
      },
      {
        file: 'src/desk/tickets/customer-wrote.ts',
        text: `if (ticket.status === 'closed')
`,
        replacement: `if (ticket.id === '')
`,
        test: 'src/desk/tickets/customer-wrote.test.ts',
        named: 'a closed ticket stays closed',
      },
      {
        file: 'src/desk/tickets/customer-wrote.ts',
        text: "const reopens = !blocked && ticket.status !== 'spam';",
        replacement: "const reopens = ticket.status !== 'spam';",
        test: 'src/desk/tickets/customer-wrote.test.ts',
        named: 'what a blocked customer writes is kept',
      },
      {
        file: 'src/desk/operations/conversations/forward.ts',
        text: 'aside: true',
        replacement: 'aside: false',
        test: 'src/desk/operations/conversations/conversations.test.ts',
        named: 'a forward goes to who is outside',
      },
    ],
  },
  {
    promise: 'files: what could run on a page of ours is bytes',
    lines: [
      {
        file: 'src/desk/operations/conversations/attachments.ts',
        text: "harmless.has(mediaType) ? mediaType : 'application/octet-stream'",
        replacement: 'mediaType',
        test: 'src/desk/operations/conversations/attachments.test.ts',
        named: 'what could run on our page is served as bytes',
      },
      {
        file: 'src/desk/operations/conversations/attachments.ts',
        text: "'content-security-policy': \"default-src 'none'; sandbox\",",
        replacement: '',
        test: 'src/desk/operations/conversations/attachments.test.ts',
        named: 'what could run on our page is served as bytes',
      },
      {
        file: 'src/desk/operations/conversations/attachments.ts',
        text: "'x-content-type-options': 'nosniff',",
        replacement: '',
        test: 'src/desk/operations/conversations/attachments.test.ts',
        named: 'what could run on our page is served as bytes',
      },
    ],
  },
  {
    promise: 'sending: once by one key, and a draft never over another one unseen',
    lines: [
      {
        file: 'src/desk/operations/conversations/once.ts',
        text: 'await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);',
        replacement: 'void [sql, name];',
        test: 'src/desk/operations/conversations/once.test.ts',
        named: 'two at once send once',
      },
      {
        file: 'src/desk/operations/conversations/once.ts',
        text: 'if (before && before.sha256 !== sha256)',
        replacement: "if (before && sha256 === '')",
        test: 'src/desk/operations/conversations/once.test.ts',
        named: 'a key is of its caller',
      },
      {
        file: 'src/desk/operations/conversations/once.ts',
        text: "    .where('actor', '=', actor)\n",
        replacement: '',
        test: 'src/desk/operations/conversations/once.test.ts',
        named: 'a key is of its caller',
      },
      {
        file: 'src/desk/operations/conversations/drafts.ts',
        text: 'where drafts.version = ${version}',
        replacement: 'where drafts.version <> -1 - ${version}',
        test: 'src/desk/operations/conversations/drafts.test.ts',
        named: 'a draft comes back to the letter',
      },
      {
        file: 'src/desk/operations/conversations/drafts.ts',
        text: 'if (gone && version !== undefined && gone.version !== version)',
        replacement: 'if (gone && version === 0)',
        test: 'src/desk/operations/conversations/drafts.test.ts',
        named: 'a draft comes back to the letter',
      },
    ],
  },
];
