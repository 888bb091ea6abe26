/** How much of what identifies people is masked, and how much else: printed by class. docs/agents-see.md names what is missed. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { redactor } from '../../src/desk/agents/redact.ts';
import { labelled } from './labelled.ts';
import negatives from './negatives.json' with { type: 'json' };

const redact = redactor({ names: [], emails: [] });

/** What is left of it: letters and digits of the value that the text around it does not have. */
function leaked(text: string): boolean {
  const [before, value, after] = text.split(/[«»]/) as [string, string, string];
  const shown = redact(`${before}${value}${after}`);
  const count = (of: string) => of.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  const masks = shown.match(/\[(?:name|email|phone|card|iban|key)\]/g) ?? [];
  return masks.length === 0 || count(shown) - count(masks.join('')) > count(before + after);
}

function measure(t: TestContext, round: 1 | 2): void {
  const set = labelled(round);
  const missed = set.filter(({ text }) => leaked(text));
  for (const name of new Set(set.map((item) => item.class))) {
    const of = (items: typeof set) => items.filter((item) => item.class === name).length;
    t.diagnostic(`${name}: ${of(set) - of(missed)} of ${of(set)}`);
  }
  t.diagnostic(`all: ${set.length - missed.length} of ${set.length}`);
  for (const item of missed) t.diagnostic(`missed: ${JSON.stringify(item.text)}`);
  assert.ok(set.length >= 400);
  assert.ok(missed.length <= 0.01 * set.length, `missed ${missed.length} of ${set.length}`);
}

test('of the labelled set at least 99 in 100 are masked', (t) => measure(t, 1));

test('and of another one, made after the patterns were', (t) => measure(t, 2));

test('of what identifies nobody at most 2 in 100 are masked', (t) => {
  const wrong = negatives.filter((text) => redact(text) !== text);
  t.diagnostic(`masked though nobody’s: ${wrong.length} of ${negatives.length}`);
  for (const text of wrong)
    t.diagnostic(`masked: ${JSON.stringify(text)} as ${JSON.stringify(redact(text))}`);
  assert.ok(negatives.length >= 200);
  assert.ok(wrong.length <= 0.02 * negatives.length);
});
