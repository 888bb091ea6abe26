import assert from 'node:assert/strict';
import { test } from 'node:test';
import set from '../../../../test/redaction/instructions.json' with { type: 'json' };
import { looksLikeInstruction } from './instructions.ts';

test('instructions to machines are told from ordinary mail', (t) => {
  const missed = set.instructions.filter((text) => !looksLikeInstruction(text));
  const alarms = set.ordinary.filter(looksLikeInstruction);
  t.diagnostic(`found ${set.instructions.length - missed.length} of ${set.instructions.length}`);
  t.diagnostic(`false alarms: ${alarms.length} of ${set.ordinary.length} ordinary mails`);
  for (const text of missed) t.diagnostic(`missed: ${JSON.stringify(text)}`);
  for (const text of alarms) t.diagnostic(`false alarm: ${JSON.stringify(text)}`);
  assert.ok(set.instructions.length >= 60 && set.ordinary.length >= 100);
  assert.ok(missed.length <= 0.05 * set.instructions.length);
  assert.ok(alarms.length <= 0.03 * set.ordinary.length);
});

test('a long hostile text is judged in bounded time', () => {
  for (const bomb of [
    'ignore all ',
    'send all the ',
    'a '.repeat(5),
    '<!-- ',
    'ignor ',
    'SWdub3JlIGFs',
    'display:',
    '\u200ba',
  ])
    assert.ok(timed(() => looksLikeInstruction(bomb.repeat(50_000 / bomb.length))) < 3_000, bomb);
});

function timed(work: () => void): number {
  const from = performance.now();
  work();
  return performance.now() - from;
}
