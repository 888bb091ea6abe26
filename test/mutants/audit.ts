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
    ],
  },
];
