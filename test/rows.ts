/** One row of each table of the desk, for `test/scenarios/isolation.test.ts`: a new table adds its own, after what it refers to. */
import type { Schema } from '../src/store/schema.ts';

/** Filled by a trigger when the workspace is made: `desk_settings`. Rows of customers, tickets and messages are there already. */
export function deskRows(workspaceId: string): [table: keyof Schema, row: Record<string, unknown>][] {
  const name = workspaceId.slice('wsp_'.length);
  const id = (prefix: string) => `${prefix}_${name}`;
  const ticketId = id('tkt');
  return [
    ['ticketEvents', { id: id('evt'), ticketId, kind: 'ticket.created', actor: 'customer', version: 1 }],
    ['customerAddresses', { address: `${name}@example.com`, customerId: id('cus') }],
    [
      'customerNotes',
      { id: id('cno'), customerId: id('cus'), author: 'operator:usr', body: name, createdAt: new Date(0) },
    ],
    ['teams', { id: id('tea'), name }],
    ['teamMembers', { teamId: id('tea'), userId: id('usr') }],
    [
      'issues',
      { id: id('iss'), title: name, body: name, author: 'x', createdAt: new Date(0), updatedAt: new Date(0) },
    ],
    ['issueTickets', { issueId: id('iss'), ticketId, linkedAt: new Date(0) }],
    [
      'changelogEntries',
      { id: id('chg'), title: name, body: name, author: 'x', createdAt: new Date(0), updatedAt: new Date(0) },
    ],
    ['doorCounts', { hour: new Date(0), operation: 'create_ticket', reason: 'challenged', count: 1n }],
    ['members', { userId: id('usr'), role: 'owner', name, email: `${name}@example.com` }],
    [
      'invitations',
      { id: id('inv'), email: 'new@example.com', role: 'viewer', invitedBy: 'x', expiresAt: new Date(0) },
    ],
  ];
}
