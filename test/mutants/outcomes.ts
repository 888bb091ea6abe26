// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import type { Kept } from './mutant.ts';

/** What a paid call comes to where the ticket moved meanwhile, and what its outcome tells. */
export const outcomes: readonly Kept[] = [
  {
    promise: 'paid calls: a thread that moved while they were paid for is answered by a person',
    lines: [
      {
        file: 'src/desk/operations/draft-reply.ts',
        text: `await refuseAnswered(scope, ticket);
  if (body`,
        replacement: 'if (body',
        test: 'src/desk/operations/meanwhile.test.ts',
        named: 'a draft that was answered while it was paid for',
      },
      {
        file: 'src/desk/operations/draft-reply.ts',
        text: `version: ticket.version,
          evidence`,
        replacement: 'evidence',
        test: 'src/desk/operations/meanwhile.test.ts',
        named: 'what is proposed is of the thread that the agent could have seen',
      },
      {
        file: 'src/desk/operations/agents/propose-call.ts',
        text: 'asOf ?? ticket.version',
        replacement: 'ticket.version',
        test: 'src/desk/operations/meanwhile.test.ts',
        named: 'what is proposed is of the thread that the agent could have seen',
      },
      {
        file: 'src/desk/operations/agents/propose-call.ts',
        text: 'threadVersion > asOf',
        replacement: 'threadVersion < 0',
        test: 'src/desk/operations/meanwhile.test.ts',
        named: 'what has earned it still waits for a person',
      },
    ],
  },
  {
    promise: 'paid calls: their outcome tells no stranger who works here, nor how a masked ticket is filed',
    lines: [
      {
        file: 'src/desk/operations/triage.ts',
        text: "const hides = plan.filing && sight === 'redacted';",
        replacement: 'const hides = false;',
        test: 'src/desk/operations/triage.test.ts',
        named: 'a stranger learns from a refusal, or an answer, neither',
      },
      {
        file: 'src/desk/operations/triage.ts',
        text: "(unfit === 'team' || sight === 'redacted')",
        replacement: "sight === 'redacted'",
        test: 'src/desk/operations/triage.test.ts',
        named: 'a team is named by its id or its name',
      },
      {
        file: 'src/desk/operations/triage.ts',
        text: 'if (isForPerson(scope, sight, to.unfit)) return queueTriage(scope, model, plan);',
        replacement: '',
        test: 'src/desk/operations/triage.test.ts',
        named: 'of a ticket that is shown masked nothing is taken that is then refused',
      },
      {
        file: 'src/desk/operations/agents/assign.ts',
        text: '(!target || namesMember(asked))',
        replacement: '!target',
        test: 'src/desk/operations/agents/assign.test.ts',
        named: 'a trusted wallet’s assignment to a member waits',
      },
    ],
  },
  {
    promise: 'orders and drops: what nobody decided counts for nobody, and one order is taken at a time',
    lines: [
      {
        file: 'src/door/standing.ts',
        text: "if (verdict === 'dropped') return;",
        replacement: '',
        test: 'src/door/standing.test.ts',
        named: 'a proposal that was dropped gives its place back',
      },
      {
        file: 'src/door/debts.ts',
        text: 'and (refund_approved_at is null or ${refundApprovedAt !== null})',
        replacement: '',
        test: 'src/door/operations/purchases.test.ts',
        named: 'of a refund and a delivery one is ordered at a time',
      },
      {
        file: 'migrations/0035_dropped_proposals.sql',
        text: "if found.refunds then return 'refund ordered'; end if;",
        replacement: '',
        test: 'src/door/operations/purchases.test.ts',
        named: 'of a refund and a delivery one is ordered at a time',
      },
      {
        file: 'src/desk/content/publishing.ts',
        text: "throw new PosternError('invalid_arguments', 'after: not one of this list.');",
        replacement: 'void row;',
        test: 'src/desk/operations/cursors.test.ts',
        named: 'every paged list that agents read',
      },
    ],
  },
];
