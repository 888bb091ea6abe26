/** One row of each table of the desk, for `test/scenarios/isolation.test.ts`: a new table adds its own, after what it refers to. */
import type { Schema } from '../src/store/schema.ts';

/** Filled by a trigger when the workspace is made: `desk_settings`. Rows of customers, tickets and messages are there already. */
export function deskRows(workspaceId: string): [table: keyof Schema, row: Record<string, unknown>][] {
  const name = workspaceId.slice('wsp_'.length);
  const id = (prefix: string) => `${prefix}_${name}`;
  const ticketId = id('tkt');
  const at = new Date(0);
  const written = { createdAt: at, updatedAt: at };
  const noRule = { allOf: '[]', anyOf: '[]', actions: '[]', since: at };
  return [
    ['ticketEvents', { id: id('evt'), ticketId, kind: 'ticket.created', actor: 'customer', version: 1 }],
    ['customerAddresses', { address: `${name}@example.com`, customerId: id('cus') }],
    [
      'customerNotes',
      { id: id('cno'), customerId: id('cus'), author: 'operator:usr', body: name, createdAt: new Date(0) },
    ],
    ['teams', { id: id('tea'), name }],
    ['teamMembers', { teamId: id('tea'), userId: id('usr') }],
    ['members', { userId: id('usr'), role: 'owner', name, email: `${name}@example.com` }],
    [
      'invitations',
      { id: id('inv'), email: 'new@example.com', role: 'viewer', invitedBy: 'x', expiresAt: new Date(0) },
    ],
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
    ['automaticMails', { address: `${name}@example.com`, ticketId, at }],
  ];
}
