/**
 * `npm run mutants`: takes away, one at a time, the line that keeps an invariant, and runs the test that must then fail.
 * Prints the table of docs/security.md; exit code 1 where a test passes without its line.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import { parseArgs } from 'node:util';
import { type Defect, plant, runNode } from './planting.ts';

interface Mutant extends Defect {
  invariant: string;
  test: string;
  /** Begins the name of the test that must fail. */
  named: string;
}

const mutants: Mutant[] = [
  {
    invariant: '1. one authorization, at most one delivery',
    file: 'src/door/door.ts',
    text: 'if (same && (signed || same.signature === payment.signature)) {',
    replacement: 'if (same && !signed) {',
    test: 'test/scenarios/purchase.test.ts',
    named: 'the same payment again is answered',
  },
  {
    invariant: '1.',
    file: 'migrations/0002_money_path.sql',
    text: `  -- Invariant 1: one authorization, one claim, whatever its encoding.
  unique (network, asset, payer, nonce)`,
    replacement: '  check (true)',
    test: 'src/door/ledger.test.ts',
    named: 'an authorization that was claimed once',
  },
  {
    invariant: '1.',
    file: 'src/door/wire/payment.ts',
    text: 'return value.toLowerCase() as Hex;',
    replacement: 'return value as Hex;',
    test: 'src/door/wire/payment.test.ts',
    named: 'is read from either header, normalised',
  },
  {
    invariant: '2. no delivery without the confirmed log pair',
    file: 'src/chains/evm/eip3009.ts',
    text: 'isOf(next, topics.transfer, payer, addressTopic(payment.payTo)) &&',
    replacement: 'isOf(next, topics.transfer, payer) &&',
    test: 'src/chains/evm/eip3009.test.ts',
    named: 'a payment is the pair of logs',
  },
  {
    invariant: '2.',
    file: 'src/door/moves.ts',
    text: 'and is_settled(claims.id)',
    replacement: '',
    test: 'test/scenarios/owed.test.ts',
    named: 'nothing is delivered whose payment is not settled',
  },
  {
    invariant: '2.',
    file: 'src/facilitator/evm/watch.ts',
    text: 'const log = receipt.succeeded ? findPayment(receipt.logs, settlement) : undefined;',
    replacement: 'const log = receipt.succeeded ? { logIndex: 0 } : undefined;',
    test: 'test/scenarios/odd-payments.test.ts',
    named: 'a token that does not revert',
  },
  {
    invariant: '2.',
    file: 'src/facilitator/evm/remote.ts',
    text: "if (answer.kind === 'accepted') health.succeeded();",
    replacement:
      "if (answer.kind === 'accepted') await book.credit(network.name, [{ settlementId: settlement.id, transactionHash: settlement.id, logIndex: 0, blockNumber: 1n, blockHash: '0x' }]);",
    test: 'test/scenarios/remote-facilitator.test.ts',
    named: 'success that never happened',
  },
  {
    invariant: '3. nothing charged without delivery, except owed, and every owed ends',
    file: 'src/door/purchase.ts',
    text: 'return followRefund(ports, purchase);',
    replacement: 'return purchase;',
    test: 'test/scenarios/owed.test.ts',
    named: 'what cannot be delivered is paid back',
  },
  {
    invariant: '3.',
    file: 'src/door/purchase.ts',
    text: 'if (refusal && !unanswered) return',
    replacement: 'if (refusal) return',
    test: 'src/door/purchase.test.ts',
    named: 'a model that does not answer twice and then does',
  },
  {
    invariant: '3.',
    file: 'src/door/purchase.ts',
    text: 'unanswered ? maxAsked : maxAttempts',
    replacement: 'maxAttempts',
    test: 'src/door/purchase.test.ts',
    named: 'a model that does not answer three times',
  },
  {
    invariant: '3.',
    file: 'src/door/debts.ts',
    text: "where c.id = ${id} and c.state = 'owed' and c.fence = ${fence}",
    replacement: 'where c.id = ${id} and c.fence = ${fence}',
    test: 'test/scenarios/owed.test.ts',
    named: 'the owner has time to deliver first',
  },
  {
    invariant: '3.',
    file: 'src/facilitator/evm/late.ts',
    text: 'const settlements = await book.voided(network, passSize);',
    replacement: 'const settlements: Awaited<ReturnType<typeof book.voided>> = [];',
    test: 'test/scenarios/reorgs.test.ts',
    named: 'money lands after its purchase expired',
  },
  {
    invariant: '3.',
    file: 'src/facilitator/evm/remote.ts',
    text: "if (answer.kind === 'refused') await book.takeBack(settlement.id, answer.why);",
    replacement: "if (answer.kind === 'refused') await book.makeVoid(settlement.id, answer.why);",
    test: 'test/scenarios/remote-facilitator.test.ts',
    named: 'failure is not final',
  },
  {
    invariant: '4. at most one purchase in flight per wallet and network',
    file: 'migrations/0002_money_path.sql',
    text: 'create unique index claims_in_flight',
    replacement: 'create index claims_in_flight',
    test: 'src/door/ledger.test.ts',
    named: 'a wallet has one purchase in flight',
  },
  {
    invariant: '5. no cap exceeded under concurrency',
    file: 'migrations/0010_speed.sql',
    text: 'order by workspace_id, address for update;',
    replacement: 'order by workspace_id, address;',
    test: 'src/door/claim.test.ts',
    named: 'a wallet’s cap is exact',
  },
  {
    invariant: '6. what the ledger calls settled equals what the chain logged',
    file: 'src/chains/evm/eip3009.ts',
    text: 'BigInt(next.data) === payment.amountAtomic',
    replacement: 'BigInt(next.data) >= 0n',
    test: 'src/chains/evm/eip3009.test.ts',
    named: 'a payment is the pair of logs',
  },
  {
    invariant: '6.',
    file: 'src/facilitator/evm/reorg.ts',
    text: 'const opened = await book.reopen(network, seen.gone);',
    replacement: 'const opened: string[] = [];',
    test: 'test/scenarios/reorgs.test.ts',
    named: 'a reorganisation after delivery',
  },
  {
    invariant: '7. a crash at any step is finished by recovery',
    file: 'src/loops/resume.ts',
    text: 'for (const { id, state } of await ledger.adopt(processId, roundSize))',
    replacement: 'for (const { id, state } of [] as { id: string; state: string }[])',
    test: 'test/scenarios/faults.test.ts',
    named: 'a process killed between claim and delivery',
  },
  {
    invariant: '7.',
    file: 'src/facilitator/evm/nonces.ts',
    text: "const refusal = raw ? (await chain.broadcast([raw as Hex]))[0] : 'nothing is stored for it';",
    replacement: "const refusal = raw ? 'already known' : 'nothing is stored for it';",
    test: 'test/scenarios/odd-payments.test.ts',
    named: 'the pool drops a transaction',
  },
  {
    invariant: '7.',
    file: 'src/facilitator/evm/watch.ts',
    text: 'await book.requeue(id, newest.hash, togetherAfter(failed, newest), reasonOf(failed, newest));',
    replacement: 'return false;',
    test: 'test/scenarios/odd-payments.test.ts',
    named: 'the payer empties the wallet, our transaction reverts',
  },
  {
    invariant: '8. an unknown outcome never becomes a new challenge',
    file: 'src/door/door.ts',
    text: 'if (winner) return repeat(ports, winner, hash, call.signIn);',
    replacement: '',
    test: 'test/scenarios/hostile.test.ts',
    named: 'a payment that empties its wallet, to two processes',
  },
  {
    invariant: '9. a hot key signs nothing but what it may',
    file: 'src/facilitator/evm/verify.ts',
    text: 'if (authorization.to !== demand.payTo.toLowerCase())',
    replacement: 'if (!authorization.to)',
    test: 'test/scenarios/attacks.test.ts',
    named: 'less money, someone else’s wallet',
  },
  {
    invariant: '10. no workspace reads or writes another’s rows',
    file: 'src/store/database.ts',
    text: 'set local role ${roleOfWorkspace};',
    replacement: '',
    test: 'test/scenarios/isolation.test.ts',
    named: 'a query without a filter shows nothing',
  },
  {
    invariant: '11. no automatic mail to an address that only the door has named',
    file: 'src/desk/automation/automatic-reply.ts',
    text: "if (!customer.emailVerified) return { refused: 'nobody has vouched for the address' };",
    replacement: '',
    test: 'src/desk/operations/automation/automatic-mail.test.ts',
    named: 'nothing is mailed by itself',
  },
  {
    invariant: '12. no one reads what they did not pay for',
    file: 'src/door/door.ts',
    text: "const withheld = asker === 'repeat' && content.private;",
    replacement: 'const withheld = false;',
    test: 'test/scenarios/attacks.test.ts',
    named: 'the payment is rebuilt from the settled transaction',
  },
  {
    invariant: '11.',
    file: 'src/desk/operations/agents/resolve.ts',
    text: 'if (mustBeVouchedFor(scope, customer))',
    replacement: 'if (asked === undefined)',
    test: 'src/desk/operations/agents/agents.test.ts',
    named: 'an agent’s closing reply to an address that nobody vouched for',
  },
  {
    invariant: '12.',
    file: 'src/desk/operations/agents/link-issue.ts',
    text: 'private: true,',
    replacement: '',
    test: 'test/scenarios/following-up.test.ts',
    named: 'what became of a queued call is told',
  },
  {
    invariant: '12.',
    file: 'src/desk/content/issues.ts',
    text: 'const published = seesDrafts(scope.caller) ? asked.published : true;',
    replacement: 'const published = asked.published;',
    test: 'src/desk/operations/content/content.test.ts',
    named: 'what a stranger reports waits unpublished',
  },
  {
    invariant: '6.',
    file: 'src/facilitator/reconciliation.ts',
    text: 'else if (taken.has(key)) {',
    replacement: 'else if (key === undefined) {',
    test: 'test/scenarios/reconciliation.test.ts',
    named: 'a row that was changed or lost is named',
  },
  {
    invariant: '6.',
    file: 'src/facilitator/reconciliation.ts',
    text: 'if (!taken.has(key)) await explain(db, view, books, transfer);',
    replacement: 'void explain;',
    test: 'test/scenarios/reconciliation.test.ts',
    named: 'another database that shares the payTo',
  },
  {
    invariant: '7. and of two processes one does it',
    file: 'src/door/ledger.ts',
    text: 'and state = ${state} and fence = ${fence} returning *',
    replacement: 'and state = ${state} returning *',
    test: 'test/scenarios/faults.test.ts',
    named: 'a process that was overtaken changes nothing',
  },
  {
    invariant: '5. nor the replies of credentials',
    file: 'src/desk/agents/reply-caps.ts',
    text: 'where (select count(*) from (${recent}) as counted) < ${repliesPerTicket}',
    replacement: '',
    test: 'src/desk/agents/reply-caps.test.ts',
    named: 'are exact by themselves',
  },
  {
    invariant: 'a credential ends at once',
    file: 'src/faces/mcp/agents.ts',
    text: 'await assertHolds(tx, workspaceId, holder, { lock: !options.readOnly });',
    replacement: 'void assertHolds;',
    test: 'test/scenarios/credential-calls.test.ts',
    named: 'revoked between its lookup and its commit',
  },
];

const { values } = parseArgs({ options: { only: { type: 'string' } } });
let alive = 0;
for (const mutant of mutants) {
  const { only } = values;
  if (only && !mutant.invariant.startsWith(only) && !mutant.test.includes(only)) continue;
  const { folder, remove } = await plant(mutant).catch((error: Error) => {
    console.log(`| ${mutant.invariant} | ${error.message} |`);
    alive++;
    return { folder: '', remove: async () => {} };
  });
  if (!folder) continue;
  const args = ['--test-name-pattern', `^${RegExp.escape(mutant.named)}`, mutant.test];
  const { code, output } = await runNode(folder, args, 180_000);
  await remove();
  const failed = code !== 0 && /✖/.test(output) && output.includes(mutant.named);
  if (!failed) alive++;
  const line = mutant.text.trim().split('\n').at(-1)!.trim();
  console.log(
    `| ${mutant.invariant} | \`${line}\` in \`${mutant.file}\` | \`${mutant.test}\`: ${mutant.named} | ${failed ? 'fails' : 'PASSES'} |`,
  );
}
process.exitCode = alive > 0 ? 1 : 0;
