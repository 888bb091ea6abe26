import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../harness.ts';
import { evaluate, evaluateTickets, told } from './evaluate.ts';
import { heldOut, tuning } from './questions.ts';

test('questions in customers’ words find their page, and what has no answer is told so', async (t) => {
  const db = await testDatabase();
  t.diagnostic(told('tuning', await evaluate(db, tuning)));
  const held = await evaluate(db, heldOut);
  t.diagnostic(told('held out', held));
  assert.deepEqual([held.answerable, held.unanswerable], [30, 10]);
  assert.ok(held.right / held.answerable >= 0.75, `${held.right} of ${held.answerable}`);
  assert.ok(held.honest >= 8, `${held.honest} of ${held.unanswerable}`);
});

test('a ticket of the demo is answered from the article that answers it, or told that there is none', async (t) => {
  const { asked, right, wrong } = await evaluateTickets(await testDatabase());
  t.diagnostic(
    `tickets: answered ${right.length} of ${asked}, and from another article ${wrong.length}: ${wrong.join(', ')}`,
  );
  assert.ok(right.length >= 22, `${right.length} of ${asked}`);
  assert.ok(wrong.length <= 1, wrong.join(', '));
});
