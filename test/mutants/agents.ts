/** The workspace’s own agents, and what waits for a person. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import type { Kept } from './mutant.ts';

export const agents: readonly Kept[] = [
  {
    promise: 'credentials: a hash is kept, and what is revoked or withdrawn ends at once',
    lines: [
      {
        file: 'src/faces/mcp/agents.ts',
        text: 'await assertHolds(tx, workspaceId, holder, { lock: !options.readOnly });',
        replacement: 'void assertHolds;',
        test: 'test/scenarios/credential-calls.test.ts',
        named: 'revoked between its lookup and its commit',
      },
      {
        file: 'src/people/credentials.ts',
        text: "const hashOf = (secret: string): string => hash('sha256', secret);",
        replacement: 'const hashOf = (secret: string): string => secret;',
        test: 'test/scenarios/credentials.test.ts',
        named: 'stands in no row, no log',
      },
      {
        file: 'src/people/credentials.ts',
        text: 'if (!found || found.revokedAt) return undefined;',
        replacement: 'if (!found) return undefined;',
        test: 'test/scenarios/credential-calls.test.ts',
        named: 'revoked, the next call is refused',
      },
      {
        file: 'src/people/credentials.ts',
        text: 'if (gone.length > 0)',
        replacement: 'if (gone.length > 99)',
        test: 'test/scenarios/credential-calls.test.ts',
        named: 'withdrawn between its lookup and its commit',
      },
      {
        file: 'src/people/credentials.ts',
        text: 'await (lock ? row.forKeyShare() : row).executeTakeFirst()',
        replacement: 'await row.executeTakeFirst()',
        test: 'test/scenarios/credential-calls.test.ts',
        named: 'revoked while it commits waits for it',
      },
      {
        file: 'src/faces/mcp/agents.ts',
        text: 'if (!known.has(key)) await limits.mayTryCredential(client);',
        replacement: '',
        test: 'test/scenarios/credentials.test.ts',
        named: 'who guesses is not heard after a while',
      },
      {
        file: 'src/faces/mcp/agents.ts',
        text: 'if (!known.has(key)) await limits.mayTryCredential(client);',
        replacement: 'await limits.mayTryCredential(client);',
        test: 'test/scenarios/credentials.test.ts',
        named: 'who guesses is not heard after a while',
      },
      {
        file: 'src/faces/mcp/agents.ts',
        text: 'await limits.credential(asking.caller.id);',
        replacement: '',
        test: 'test/scenarios/credentials.test.ts',
        named: 'a credential has so many requests a minute',
      },
    ],
  },
  {
    promise: 'grants: a credential drafts, and does what it was raised to by name',
    lines: [
      {
        file: 'src/catalogue/permission.ts',
        text: "if (caller.granted.includes(name)) return 'acts';",
        replacement: "if (caller.granted.length > 0) return 'acts';",
        test: 'src/catalogue/perform.test.ts',
        named: 'a grant is of one tool',
      },
      {
        file: 'src/catalogue/permission.ts',
        text: "if (access.credential === 'grant') return 'refused';",
        replacement: '',
        test: 'src/catalogue/perform.test.ts',
        named: 'a grant is of one tool',
      },
      {
        file: 'src/catalogue/permission.ts',
        text: "return tier === 'send' ? 'queues' : 'acts';",
        replacement: "return 'acts';",
        test: 'src/desk/operations/agents/agents.test.ts',
        named: 'a credential’s assign and resolve queue until granted',
      },
      {
        file: 'src/catalogue/permission.ts',
        text: "if (access.credential === false) return 'refused';",
        replacement: '',
        test: 'test/scenarios/credential-calls.test.ts',
        named: 'its list says what acts and what queues',
      },
      {
        file: 'src/desk/operations/credentials/credentials.ts',
        text: `if (operation.access.credential === false)
    throw`,
        replacement: `if (name === '')
    throw`,
        test: 'src/desk/operations/credentials/credentials.test.ts',
        named: 'only such tools are granted',
      },
      {
        file: 'src/faces/mcp/agents.ts',
        text: "tier === 'send' && (await askBreaker(tx, workspace.id)) === 'paused',",
        replacement: "(void askBreaker, tx && workspace && tier === 'none'),",
        test: 'test/scenarios/credential-calls.test.ts',
        named: 'while the breaker is paused its sends wait',
      },
      {
        file: 'src/desk/triage.ts',
        text: 'if (tags.includes(agentsTag))',
        replacement: 'if (tags.length > 999)',
        test: 'src/desk/operations/triage.test.ts',
        named: 'no agent, and no model, opens a ticket to agents by its tag',
      },
    ],
  },
  {
    promise: 'reply caps: so many a day, and three to a ticket in five minutes',
    lines: [
      {
        file: 'src/desk/agents/reply-caps.ts',
        text: 'where (select count(*) from (${recent}) as counted) < ${repliesPerTicket}',
        replacement: '',
        test: 'src/desk/agents/reply-caps.test.ts',
        named: 'are exact by themselves',
      },
      {
        file: 'src/desk/tickets/reply.ts',
        text: 'await spendReply(scope, ticket.id);',
        replacement: 'void spendReply;',
        test: 'test/scenarios/credential-calls.test.ts',
        named: 'the fourth reply to a ticket is refused',
      },
      {
        file: 'src/desk/agents/reply-caps.ts',
        text: `where counted.day < excluded.day or counted.replies < (select daily_replies from credentials
        where workspace_id = \${workspace.id} and id = \${credentialId})`,
        replacement: '',
        test: 'src/desk/agents/reply-caps.test.ts',
        named: 'are as many as it may, however many come at once',
      },
      {
        file: 'src/desk/agents/reply-caps.ts',
        text: 'and c.daily_replies > 0',
        replacement: '',
        test: 'src/desk/agents/reply-caps.test.ts',
        named: 'may be none, and are a hundred',
      },
    ],
  },
  {
    promise:
      'sends: what is earned acts for who earned it, and while the breaker is closed, at the claim and at the commit',
    lines: [
      {
        file: 'src/door/conduct.ts',
        text: "standings.every((standing) => standing === 'trusted') &&",
        replacement: "standings.some((standing) => standing === 'trusted') &&",
        test: 'src/door/conduct.test.ts',
        named: 'a send acts only for who was trusted and is',
      },
      {
        file: 'src/door/conduct.ts',
        text: "(tier !== 'send' || breakers.every((state) => state === 'closed'))",
        replacement: "(tier !== 'send' || breakers.length > 0)",
        test: 'src/door/conduct.test.ts',
        named: 'a send acts only for who was trusted and is',
      },
      {
        file: 'src/door/conduct.ts',
        text: 'standings: [standing, await ledger.standing(tx, workspaceId, payer)],',
        replacement: 'standings: [standing],',
        test: 'test/scenarios/sends.test.ts',
        named: 'what changes between claim and commit is asked again',
      },
      {
        file: 'src/door/conduct.ts',
        text: 'breakers: [atAdmission, await breaker(tx, workspaceId)],',
        replacement: 'breakers: [atAdmission],',
        test: 'test/scenarios/sends.test.ts',
        named: 'what changes between claim and commit is asked again',
      },
    ],
  },
  {
    promise: 'approvals: one runs, of the thread that was seen, decided by people, rejected with a reason',
    lines: [
      {
        file: 'src/desk/proposals.ts',
        text: `.where('id', '=', id)
    .where('state', '=', 'waiting')`,
        replacement: ".where('id', '=', id)",
        test: 'src/desk/operations/approvals/approvals.test.ts',
        named: 'a rejection needs a reason, runs nothing',
      },
      {
        file: 'src/desk/proposals.ts',
        text: "refuseMoved(ticket, seen ?? proposal.ticketVersion ?? 0, 'seen', moved);",
        replacement: 'void refuseMoved;',
        test: 'src/desk/operations/approvals/approvals.test.ts',
        named: 'a thread that moved holds an approval back',
      },
      {
        file: 'src/desk/tickets/change.ts',
        text: 'if (seen > version)',
        replacement: 'if (seen < 0)',
        test: 'src/desk/operations/approvals/approvals.test.ts',
        named: 'a thread that moved holds an approval back',
      },
      {
        file: 'src/desk/proposals.ts',
        text: `if (caller.kind !== 'operator') throw new PosternError('not_permitted', 'Operators decide on proposals.');
  const taken`,
        replacement: `if (!('id' in caller)) throw new PosternError('not_permitted');
  const taken`,
        test: 'src/desk/operations/operations.test.ts',
        named: 'agents do not approve',
      },
      {
        file: 'src/desk/proposals.ts',
        text: "if (reason.trim() === '') throw new PosternError('invalid_arguments', 'A rejection needs a reason.');",
        replacement: '',
        test: 'src/faces/cli/operator.test.ts',
        named: 'a rejection needs a reason',
      },
      {
        file: 'src/desk/proposals.ts',
        text: '.set({ editedArguments: JSON.stringify(edited) as never })',
        replacement: '.set({ arguments: JSON.stringify(edited) as never })',
        test: 'src/desk/operations/approvals/approvals.test.ts',
        named: 'an edited reply is what is sent',
      },
      {
        file: 'src/desk/proposals.ts',
        text: `if (wallet !== null)
    await decided(`,
        replacement: `if (wallet === '')
    await decided(`,
        test: 'src/desk/operations/approvals/approvals.test.ts',
        named: 'a rejection needs a reason, runs nothing',
      },
    ],
  },
  {
    promise: 'drafts: one that can no longer be used is refused before it is paid for',
    lines: [
      {
        file: 'src/desk/operations/draft-reply.ts',
        text: `await refuseAnswered(scope, ticket);
      refuseBlocked`,
        replacement: 'refuseBlocked',
        test: 'src/desk/operations/draft-reply.test.ts',
        named: 'a draft that comes too late is refused',
      },
      {
        file: 'src/desk/agents/visibility.ts',
        text: 'takingReplies(seen.ticket);',
        replacement: 'void takingReplies;',
        test: 'src/desk/operations/operations.test.ts',
        named: 'a closed ticket takes no drafts',
      },
      {
        file: 'src/desk/operations/draft-reply.ts',
        text: 'refuseBlocked(scope, seen, await customerOf(scope, ticket));',
        replacement: 'void [refuseBlocked, customerOf, seen];',
        test: 'src/desk/operations/customers/customers.test.ts',
        named: 'no agent writes to a customer who is blocked',
      },
      {
        file: 'src/desk/operations/agents/resolve.ts',
        text: 'if (reply !== undefined) refuseBlocked(scope, seen, customer);',
        replacement: 'void refuseBlocked;',
        test: 'src/desk/operations/customers/customers.test.ts',
        named: 'no agent writes to a customer who is blocked',
      },
      {
        file: 'src/desk/operations/send-reply.ts',
        text: "caller.kind !== 'operator' && Boolean(customer?.blockedAt)",
        replacement: "caller.kind === 'anonymous' && Boolean(customer?.blockedAt)",
        test: 'src/desk/operations/customers/customers.test.ts',
        named: 'no agent writes to a customer who is blocked',
      },
    ],
  },
  {
    promise: 'asking for nothing: strangers learn nothing that is not theirs by it, and cost little',
    lines: [
      {
        file: 'src/door/quote.ts',
        text: "{ ...scope, caller: { kind: 'anonymous' } }",
        replacement: "{ ...scope, caller: wallet ? { kind: 'wallet', address: wallet } : scope.caller }",
        test: 'test/scenarios/sends.test.ts',
        named: 'a quote tells nobody which wallet opened a ticket',
      },
      {
        file: 'src/desk/operations/agents/link-issue.ts',
        text: "if (sight === 'full') await refuseLinked",
        replacement: 'await refuseLinked',
        test: 'src/desk/operations/agents/agents.test.ts',
        named: 'a stranger links what it may see',
      },
      {
        file: 'src/desk/operations/send-reply.ts',
        text: "if (sight === 'full' && isBlockedTo(",
        replacement: 'if (sight && isBlockedTo(',
        test: 'src/desk/operations/agents/agents.test.ts',
        named: 'no stranger finds out whom the team has blocked',
      },
      {
        file: 'src/desk/search/masked-texts.ts',
        text: 'if (atOnce >= maxAtOnce)',
        replacement: 'if (atOnce < 0)',
        test: 'src/desk/operations/search/dear-searches.test.ts',
        named: 'of many searches at once',
      },
    ],
  },
];
