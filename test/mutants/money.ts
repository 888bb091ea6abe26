/** The money path: invariants 1 to 9 of the ledger, the chain and the relayer. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import type { Kept } from './mutant.ts';

export const money: readonly Kept[] = [
  {
    promise: '1. one authorization, at most one delivery',
    lines: [
      {
        file: 'src/door/door.ts',
        text: 'if (same && (signed || same.signature === payment.signature)) {',
        replacement: 'if (same && !signed) {',
        test: 'test/scenarios/purchase.test.ts',
        named: 'the same payment again is answered',
      },
      {
        file: 'migrations/0002_money_path.sql',
        text: `  -- Invariant 1: one authorization, one claim, whatever its encoding.
  unique (network, asset, payer, nonce)`,
        replacement: '  check (true)',
        test: 'src/door/ledger.test.ts',
        named: 'an authorization that was claimed once',
      },
      {
        file: 'src/door/wire/payment.ts',
        text: 'return value.toLowerCase() as Hex;',
        replacement: 'return value as Hex;',
        test: 'src/door/wire/payment.test.ts',
        named: 'is read from either header, normalised',
      },
    ],
  },
  {
    promise: '2. no delivery without the confirmed log pair',
    lines: [
      {
        file: 'src/chains/evm/eip3009.ts',
        text: 'isOf(next, topics.transfer, payer, addressTopic(payment.payTo)) &&',
        replacement: 'isOf(next, topics.transfer, payer) &&',
        test: 'src/chains/evm/eip3009.test.ts',
        named: 'a payment is the pair of logs',
      },
      {
        file: 'src/door/moves.ts',
        text: 'and is_settled(claims.id)',
        replacement: '',
        test: 'test/scenarios/owed.test.ts',
        named: 'nothing is delivered whose payment is not settled',
      },
      {
        file: 'src/facilitator/evm/watch.ts',
        text: 'const log = receipt.succeeded ? findPayment(receipt.logs, settlement) : undefined;',
        replacement: 'const log = receipt.succeeded ? { logIndex: 0 } : undefined;',
        test: 'test/scenarios/odd-payments.test.ts',
        named: 'a token that does not revert',
      },
      {
        file: 'src/facilitator/evm/remote.ts',
        text: "if (answer.kind === 'accepted') health.succeeded();",
        replacement:
          "if (answer.kind === 'accepted') await book.credit(network.name, [{ settlementId: settlement.id, transactionHash: settlement.id, logIndex: 0, blockNumber: 1n, blockHash: '0x' }]);",
        test: 'test/scenarios/remote-facilitator.test.ts',
        named: 'success that never happened',
      },
    ],
  },
  {
    promise: '3. nothing charged without delivery, except owed, and every owed ends',
    lines: [
      {
        file: 'src/door/purchase.ts',
        text: 'return followRefund(ports, purchase);',
        replacement: 'return purchase;',
        test: 'test/scenarios/owed.test.ts',
        named: 'what cannot be delivered is paid back',
      },
      {
        file: 'src/door/purchase.ts',
        text: 'if (refusal && !unanswered) return',
        replacement: 'if (refusal) return',
        test: 'src/door/purchase.test.ts',
        named: 'a model that does not answer twice and then does',
      },
      {
        file: 'src/door/purchase.ts',
        text: 'unanswered ? maxAsked : maxAttempts;',
        replacement: 'maxAttempts;',
        test: 'src/door/purchase.test.ts',
        named: 'a model that does not answer three times',
      },
      {
        file: 'src/door/purchase.ts',
        text: 'hasStalled(error) ? maxStalled : ',
        replacement: '',
        test: 'src/door/purchase.test.ts',
        named: 'a delivery that waits for the world',
      },
      {
        file: 'src/door/debts.ts',
        text: "where c.id = ${id} and c.state = 'owed' and c.fence = ${fence}",
        replacement: 'where c.id = ${id} and c.fence = ${fence}',
        test: 'test/scenarios/owed.test.ts',
        named: 'the owner has time to deliver first',
      },
      {
        file: 'src/facilitator/evm/late.ts',
        text: 'const settlements = await book.voided(network, passSize);',
        replacement: 'const settlements: Awaited<ReturnType<typeof book.voided>> = [];',
        test: 'test/scenarios/reorgs.test.ts',
        named: 'money lands after its purchase expired',
      },
      {
        file: 'src/facilitator/evm/remote.ts',
        text: "if (answer.kind === 'refused') await book.takeBack(settlement.id, answer.why);",
        replacement: "if (answer.kind === 'refused') await book.makeVoid(settlement.id, answer.why);",
        test: 'test/scenarios/remote-facilitator.test.ts',
        named: 'failure is not final',
      },
    ],
  },
  {
    promise: '4. at most one purchase in flight per wallet and network',
    lines: [
      {
        file: 'migrations/0002_money_path.sql',
        text: 'create unique index claims_in_flight',
        replacement: 'create index claims_in_flight',
        test: 'src/door/ledger.test.ts',
        named: 'a wallet has one purchase in flight',
      },
    ],
  },
  {
    promise: '5. no cap exceeded under concurrency',
    lines: [
      {
        file: 'migrations/0010_speed.sql',
        text: 'order by workspace_id, address for update;',
        replacement: 'order by workspace_id, address;',
        test: 'src/door/claim.test.ts',
        named: 'a wallet’s cap is exact',
      },
    ],
  },
  {
    promise: '6. what the ledger calls settled equals what the chain logged',
    lines: [
      {
        file: 'src/chains/evm/eip3009.ts',
        text: 'BigInt(next.data) === payment.amountAtomic',
        replacement: 'BigInt(next.data) >= 0n',
        test: 'src/chains/evm/eip3009.test.ts',
        named: 'a payment is the pair of logs',
      },
      {
        file: 'src/facilitator/evm/reorg.ts',
        text: 'const opened = await book.reopen(network, seen.gone);',
        replacement: 'const opened: string[] = [];',
        test: 'test/scenarios/reorgs.test.ts',
        named: 'a reorganisation after delivery',
      },
      {
        file: 'src/facilitator/reconciliation.ts',
        text: 'else if (taken.has(key)) {',
        replacement: 'else if (key === undefined) {',
        test: 'test/scenarios/reconciliation.test.ts',
        named: 'a row that was changed or lost is named',
      },
      {
        file: 'src/facilitator/reconciliation.ts',
        text: 'if (!taken.has(key)) await explain(db, view, books, transfer);',
        replacement: 'void explain;',
        test: 'test/scenarios/reconciliation.test.ts',
        named: 'another database that shares the payTo',
      },
    ],
  },
  {
    promise: '7. a crash at any step is finished by recovery',
    lines: [
      {
        file: 'src/loops/resume.ts',
        text: 'for (const { id, state } of await ledger.adopt(processId, roundSize))',
        replacement: 'for (const { id, state } of [] as { id: string; state: string }[])',
        test: 'test/scenarios/faults.test.ts',
        named: 'a process killed between claim and delivery',
      },
      {
        file: 'src/facilitator/evm/nonces.ts',
        text: "const refusal = raw ? (await chain.broadcast([raw as Hex]))[0] : 'nothing is stored for it';",
        replacement: "const refusal = raw ? 'already known' : 'nothing is stored for it';",
        test: 'test/scenarios/odd-payments.test.ts',
        named: 'the pool drops a transaction',
      },
      {
        file: 'src/facilitator/evm/watch.ts',
        text: 'await book.requeue(id, newest.hash, togetherAfter(failed, newest), reasonOf(failed, newest));',
        replacement: 'return false;',
        test: 'test/scenarios/odd-payments.test.ts',
        named: 'the payer empties the wallet, our transaction reverts',
      },
      {
        file: 'src/door/ledger.ts',
        text: 'and state = ${state} and fence = ${fence} returning *',
        replacement: 'and state = ${state} returning *',
        test: 'test/scenarios/faults.test.ts',
        named: 'a process that was overtaken changes nothing',
      },
    ],
  },
  {
    promise: '8. an unknown outcome never becomes a new challenge',
    lines: [
      {
        file: 'src/door/door.ts',
        text: 'if (winner) return repeat(ports, winner, hash, call.signIn);',
        replacement: '',
        test: 'test/scenarios/hostile.test.ts',
        named: 'a payment that empties its wallet, to two processes',
      },
    ],
  },
  {
    promise: '9. a hot key signs nothing but what it may',
    lines: [
      {
        file: 'src/facilitator/evm/verify.ts',
        text: 'if (authorization.to !== demand.payTo.toLowerCase())',
        replacement: 'if (!authorization.to)',
        test: 'test/scenarios/attacks.test.ts',
        named: 'less money, someone else’s wallet',
      },
    ],
  },
];
