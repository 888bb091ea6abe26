/** One row of each table of the desk, for `test/scenarios/isolation.test.ts`: a new table adds its own, after what it refers to. */
import type { Schema } from '../src/store/schema.ts';

/** Filled by a trigger when the workspace is made: `desk_settings`. Rows of customers, tickets and messages are there already. */
export function deskRows(workspaceId: string): [table: keyof Schema, row: Record<string, unknown>][] {
  const name = workspaceId.slice('wsp_'.length);
  const id = (prefix: string) => `${prefix}_${name}`;
  const ticketId = id('tkt');
  const at = new Date(0);
  const sha256 = 'a'.repeat(64);
  const written = { createdAt: at, updatedAt: at };
  const made = { createdBy: 'x', createdAt: at };
  const noRule = { allOf: '[]', anyOf: '[]', actions: '[]', since: at };
  return [
    ['ticketEvents', { id: id('evt'), ticketId, kind: 'ticket.created', actor: 'customer', version: 1 }],
    ['customerAddresses', { address: `${name}@example.com`, customerId: id('cus') }],
    ['customerAliases', { customerId: id('cus'), kind: 'name', value: name }],
    [
      'customerNotes',
      { id: id('cno'), customerId: id('cus'), author: 'operator:usr', body: name, createdAt: at },
    ],
    ['views', { id: id('viw'), name, query: 'status:open', sort: 'active', madeBy: 'usr', createdAt: at }],
    ['mentions', { messageId: id('msg'), userId: id('usr'), mentionedBy: 'x', createdAt: at }],
    ['ratings', { id: id('rat'), ticketId, resolvedAt: at, askedAt: at, endsAt: at }],
    ['modelTokens', { day: '2026-11-20', tokens: 1n }],
    ['teams', { id: id('tea'), name }],
    ['teamMembers', { teamId: id('tea'), userId: id('usr') }],
    ['issues', { id: id('iss'), title: name, body: name, author: 'x', ...written }],
    ['issueTickets', { issueId: id('iss'), ticketId, linkedAt: at }],
    ['changelogEntries', { id: id('chg'), title: name, body: name, author: 'x', ...written }],
    ['doorCounts', { hour: at, operation: 'create_ticket', reason: 'challenged', count: 1n }],
    ['members', { userId: id('usr'), role: 'owner', name, email: `${name}@example.com` }],
    ['blobs', { sha256, size: name.length, bytes: Buffer.from(name) }],
    [
      'attachments',
      { id: id('att'), name, mediaType: 'text/plain', size: 1, sha256, uploadedBy: 'x', createdAt: at },
    ],
    ['ticketParticipants', { ticketId, address: `${name}@example.com`, createdAt: at }],
    ['signatures', { userId: id('usr'), body: name }],
    [
      'invitations',
      { id: id('inv'), email: 'new@example.com', role: 'viewer', invitedBy: 'x', expiresAt: at },
    ],
    ['credentials', { id: id('crd'), name, secretHash: name, dailyReplies: 1, ...made }],
    ['credentialTools', { credentialId: id('crd'), tool: 'send_reply', grantedBy: 'x', grantedAt: at }],
    ['credentialReplies', { credentialId: id('crd'), day: at, replies: 1 }],
    ['ticketReplies', { ticketId, recent: [at] }],
    ['savedReplies', { id: id('rpl'), name, body: name, ...written }],
    ['macros', { id: id('mac'), name, actions: '[]', ...written }],
    ['deskAutomation', { week: null }],
    ['slaPolicies', { id: id('sla'), name, position: 1, priorities: [], inBusinessHours: false }],
    ['rules', { id: id('rul'), name, position: 1, enabled: true, trigger: 'ticket.created', ...noRule }],
    [
      'ruleRuns',
      { id: id('run'), ruleId: id('rul'), ticketId, outcome: 'fired', detail: name, depth: 0, at },
    ],
    ['ruleMarks', { ruleId: id('rul'), ticketId, state: at, fired: true, lookAt: at }],
    ['ticketClocks', { ticketId, statusSince: at, revision: 1 }],
    ['roundRobins', { teamId: id('tea') }],
    ['absences', { userId: id('usr') }],
    ['acknowledgements', { ticketId, at }],
    ['drafts', { ticketId, userId: id('usr'), kind: 'note', body: name, seen: 1, savedAt: at }],
    ['sendings', { actor: 'operator:usr', key: name, sha256, output: '{}', sentAt: at }],
    ['automaticMails', { address: `${name}@example.com`, ticketId, at }],
  ];
}
