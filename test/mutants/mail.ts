/** What leaves the house, and what happens by itself. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import type { Kept } from './mutant.ts';

export const mail: readonly Kept[] = [
  {
    promise:
      '11. no one untrusted reaches a customer, and nothing is mailed by itself to an address that only the door has named',
    lines: [
      {
        file: 'src/desk/automation/automatic-reply.ts',
        text: "if (!customer.emailVerified) return { refused: 'nobody has vouched for the address' };",
        replacement: '',
        test: 'src/desk/operations/automation/automatic-mail.test.ts',
        named: 'nothing is mailed by itself',
      },
      {
        file: 'src/desk/operations/agents/resolve.ts',
        text: 'if (waitsForPerson(scope, customer))',
        replacement: 'if (asked === undefined)',
        test: 'src/desk/operations/agents/agents.test.ts',
        named: 'an agent’s closing reply to an address that nobody vouched for',
      },
      {
        file: 'src/desk/operations/send-reply.ts',
        text: 'if (waitsForPerson(scope, customer) || hasMoved',
        replacement: 'if (hasMoved',
        test: 'src/desk/operations/send-reply.test.ts',
        named: 'an agent’s reply to an address that nobody vouched for waits',
      },
      {
        file: 'src/desk/tickets/reply.ts',
        text: `if (mustBeVouchedFor(scope, customer))
    throw new PosternError('conflict', 'Nobody has vouched for the customer’s address yet.');`,
        replacement: '',
        test: 'src/desk/operations/conversations/conversations.test.ts',
        named: 'a rule mails nobody whom no person has vouched for',
      },
      {
        file: 'src/desk/customers/customers.ts',
        text: '.values({ workspaceId, ...values, emailVerified: false, createdAt: now })',
        replacement: '.values({ workspaceId, ...values, emailVerified: true, createdAt: now })',
        test: 'src/desk/operations/operations.test.ts',
        named: 'an address given through the door joins no history',
      },
      {
        file: 'src/desk/tickets/reply.ts',
        text: "const shared = caller.kind === 'operator' ? await participantsOf(tx, workspace.id, ticket.id) : [];",
        replacement: 'const shared = await participantsOf(tx, workspace.id, ticket.id);',
        test: 'src/desk/operations/conversations/conversations.test.ts',
        named: 'copies stay on the conversation until',
      },
      {
        file: 'src/desk/teamwork/ask-ratings.ts',
        text: 'and c.email_verified and c.email is not null',
        replacement: 'and c.email is not null',
        test: 'src/desk/teamwork/ask-ratings.test.ts',
        named: 'who opened it again, nobody vouched for, is blocked',
      },
      {
        file: 'src/desk/teamwork/ask-ratings.ts',
        text: 'and c.blocked_at is null',
        replacement: '',
        test: 'src/desk/teamwork/ask-ratings.test.ts',
        named: 'who opened it again, nobody vouched for, is blocked',
      },
      {
        file: 'src/desk/automation/automatic-reply.ts',
        text: "if (customer.blockedAt) return { refused: 'the customer is blocked' };",
        replacement: '',
        test: 'src/desk/operations/automation/automatic-mail.test.ts',
        named: 'whom the team has blocked is told nothing',
      },
      {
        file: 'src/desk/automation/automatic-reply.ts',
        text: 'if (machines.test(address) || address.toLowerCase() === mailFrom)',
        replacement: "if (address === '')",
        test: 'src/desk/operations/automation/automatic-mail.test.ts',
        named: 'no machine of ours answers a machine',
      },
      {
        file: 'src/desk/automation/automatic-reply.ts',
        text: "if (await answersMachine(scope, ticket)) return { refused: 'the last mail was a machine’s' };",
        replacement: '',
        test: 'src/desk/operations/automation/automatic-mail.test.ts',
        named: 'no machine of ours answers a machine',
      },
      {
        file: 'src/desk/automation/automatic-reply.ts',
        text: "where m.at <= excluded.at - interval '1 hour'",
        replacement: '',
        test: 'src/desk/operations/automation/automatic-mail.test.ts',
        named: 'no machine of ours answers a machine',
      },
      {
        file: 'src/desk/automation/automatic-reply.ts',
        text: "if (await findPause(tx, workspace.id)) return { refused: 'mail that nobody wrote is paused' };",
        replacement: '',
        test: 'src/desk/operations/automation/automatic-mail.test.ts',
        named: 'while the breaker is paused nothing is mailed by itself',
      },
      {
        file: 'src/desk/automation/automatic-reply.ts',
        text: "if (once && (await wasAcknowledged(scope, ticket))) return { refused: 'it was acknowledged before' };",
        replacement: '',
        test: 'src/desk/operations/automation/automatic-mail.test.ts',
        named: 'a customer is told once that the ticket is here',
      },
      {
        file: 'src/desk/automation/automatic-reply.ts',
        text: "'Auto-Submitted': 'auto-replied',",
        replacement: '',
        test: 'src/desk/operations/automation/automatic-mail.test.ts',
        named: 'a customer is told once',
      },
    ],
  },
  {
    promise: 'mail: one at a time from the outbox, and no text becomes a header or a recipient',
    lines: [
      {
        file: 'src/mail/outbox.ts',
        text: `    .forUpdate()
    .skipLocked()
`,
        replacement: '',
        test: 'src/mail/mail.test.ts',
        named: 'a queued mail arrives once, whole',
      },
      {
        file: 'src/mail/outbox.ts',
        text: '.filter((address) => !settled.has(address))',
        replacement: '.filter((address) => settled.size >= 0 && address)',
        test: 'src/mail/recipients.test.ts',
        named: 'one who is put off gets it later, alone',
      },
    ],
  },
  {
    promise: 'rules: they end, whatever they lead to, and one process at a time follows',
    lines: [
      {
        file: 'src/desk/automation/run-rule.ts',
        text: "if (depth >= maxDepth) return { rule, outcome: 'capped', detail: `${depth} rules in a row led here` };",
        replacement: '',
        test: 'src/desk/automation/follow.test.ts',
        named: 'so many rules in a row may lead to each other',
      },
      {
        file: 'src/desk/automation/run-rule.ts',
        text: 'depth: depth + 1 }',
        replacement: 'depth }',
        test: 'src/desk/automation/follow.test.ts',
        named: 'so many rules in a row may lead to each other',
      },
      {
        file: 'src/desk/automation/run-rule.ts',
        text: 'if (fired >= maxRunsAnHour) {',
        replacement: 'if (fired < 0) {',
        test: 'src/desk/automation/follow.test.ts',
        named: 'however often a customer writes',
      },
      {
        file: 'src/desk/automation/run-rule.ts',
        text: 'if (depth > 0 && echoes >= maxEchoes) {',
        replacement: 'if (echoes < 0) {',
        test: 'src/desk/automation/follow.test.ts',
        named: 'two rules that trigger each other',
      },
      {
        file: 'src/desk/automation/follow.ts',
        text: "if (!(await tryHold(scope))) return 'busy';",
        replacement: 'void tryHold;',
        test: 'src/desk/automation/follow.test.ts',
        named: 'while one process is at a workspace',
      },
      {
        file: 'src/desk/automation/run-rule.ts',
        text: 'await sql`rollback to savepoint attempt`.execute(tx);',
        replacement: 'await sql`release savepoint attempt`.execute(tx).catch(() => {});',
        test: 'src/desk/automation/follow.test.ts',
        named: 'a rule that fails does nothing and stops no other',
      },
    ],
  },
];
