/** What is written down for good, and what a browser cannot change. */
import type { Kept } from './mutant.ts';

export const audit: readonly Kept[] = [
  {
    promise: 'the audit log: who did it stands there, and is never changed',
    lines: [
      {
        file: 'migrations/0004_policy.sql',
        text: 'grant insert on audit_log to postern_workspace;',
        replacement: 'grant insert, update, delete on audit_log to postern_workspace;',
        test: 'test/scenarios/isolation.test.ts',
        named: 'of its own a workspace changes no audit log',
      },
      {
        file: 'src/people/credentials.ts',
        text: "await record(tx, workspaceId, 'credential.revoked', credentialId, { name }, by);",
        replacement: '',
        test: 'src/desk/operations/credentials/credentials.test.ts',
        named: 'a credential is made, raised, lowered and revoked',
      },
      {
        file: 'src/desk/operations/customers/records.ts',
        text: `await auditCustomer(scope, {
        action: 'customer.exported',
        customerId: customer.id,
        reason: input.reason,
      });`,
        replacement: '',
        test: 'src/desk/operations/customers/customers.test.ts',
        named: 'what was held about a customer can be handed out',
      },
      {
        file: 'src/desk/operations/customers/records.ts',
        text: `await auditCustomer(scope, {
        action: 'customer.erased',
        customerId: customer.id,
        reason: input.reason,
      });`,
        replacement: '',
        test: 'src/desk/operations/customers/customers.test.ts',
        named: 'what was held about a customer can be handed out',
      },
      {
        file: 'src/desk/customers/book.ts',
        text: 'await auditCustomer(scope, { action, customerId, reason });',
        replacement: 'void [action, reason];',
        test: 'src/desk/operations/customers/customers.test.ts',
        named: 'no agent writes to a customer who is blocked',
      },
      {
        file: 'src/desk/content/publishing.ts',
        text: "await audit(tx, ids, { workspaceId: workspace.id, actor, action, subject, reason: '', details });",
        replacement: 'void [audit, tx, ids, workspace, actor, action, subject, details];',
        test: 'src/desk/operations/content/content.test.ts',
        named: 'what a stranger reports waits',
      },
      {
        file: 'src/desk/operations/people/settings.ts',
        text: "action: 'settings.changed',",
        replacement: "action: 'workspace.renamed',",
        test: 'test/scenarios/people.test.ts',
        named: 'settings change as told, and the audit log',
      },
      {
        file: 'src/people/members.ts',
        text: "action: 'member.role_changed',",
        replacement: "action: 'member.joined',",
        test: 'test/scenarios/people.test.ts',
        named: 'roles: who may give and take which',
      },
      {
        file: 'src/door/shop.ts',
        text: "await audit(tx, ids, { workspaceId, actor, action: 'pay_to.set', subject: null, reason: '', details });",
        replacement: 'void [ids, actor, details];',
        test: 'src/door/settings/settings.test.ts',
        named: 'payTo is set where none is set',
      },
      {
        file: 'src/door/policy.ts',
        text: "await audit(tx, ids, { workspaceId, actor, action: 'caps.changed', subject: null, reason, details });",
        replacement: '',
        test: 'src/door/settings/settings.test.ts',
        named: 'caps and rules change',
      },
      {
        file: 'src/door/standing.ts',
        text: "await audit(tx, ids, { workspaceId, actor, action: 'standing.changed', subject: wallet, reason, details });",
        replacement: 'void [actor, details];',
        test: 'src/door/standing.test.ts',
        named: 'is left alone by the rules',
      },
      {
        file: 'src/desk/tickets/change.ts',
        text: `changes: told(ticket, changed),
    version: after.version,`,
        replacement: `changes: {},
    version: after.version,`,
        test: 'src/desk/operations/tickets/tickets.test.ts',
        named: 'a ticket changes as asked, and its history says who did what',
      },
    ],
  },
  {
    promise: 'payTo: a browser sets it where none is set, and never changes it',
    lines: [
      {
        file: 'migrations/0032_settings.sql',
        text: 'grant insert (workspace_id, network, pay_to) on workspace_networks to postern_workspace;',
        replacement: 'grant insert, update, delete on workspace_networks to postern_workspace;',
        test: 'test/scenarios/isolation.test.ts',
        named: 'of its own a workspace changes no audit log',
      },
      {
        file: 'src/door/shop.ts',
        text: `.onConflict((conflict) => conflict.doNothing())
    .returning('payTo')`,
        replacement: `.onConflict((conflict) => conflict.columns(['workspaceId', 'network']).doUpdateSet({ payTo }))
    .returning('payTo')`,
        test: 'src/door/settings/settings.test.ts',
        named: 'payTo is set where none is set',
      },
      {
        file: 'src/door/settings/pay-to.ts',
        text: 'if (confirm !== payTo.slice(-confirmedCharacters))',
        replacement: "if (confirm === '')",
        test: 'src/door/settings/settings.test.ts',
        named: 'payTo is set where none is set',
      },
    ],
  },
];
