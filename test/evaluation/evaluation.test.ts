import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../harness.ts';
import { evaluate, told } from './evaluate.ts';
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
