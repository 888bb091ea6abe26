import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../bench/seed/words.ts';
import { spanOf } from './facets.ts';

test('a span of days is a few blocks, which cover it and nothing else', () => {
  const random = seeded(3);
  for (let i = 0; i < 300; i++) {
    const [a, b] = [Math.floor(random() * 40_960), Math.floor(random() * 40_960)];
    const [first, end] = i % 3 === 0 ? [a, a + (b % 40)] : [Math.min(a, b), Math.max(a, b)];
    const blocks = spanOf(first, end).map((block) => block.split(':').map(Number) as [number, number]);
    assert.ok(blocks.length <= 70, `${blocks.length}`);
    const covered = blocks.flatMap(([shift, at]) =>
      Array.from({ length: 2 ** shift }, (_, day) => at * 2 ** shift + day),
    );
    const expected = Array.from({ length: Math.max(0, Math.min(end, 40_960) - first) }, (_, d) => first + d);
    assert.deepEqual(covered, expected, `${first} to ${end}`);
  }
  assert.deepEqual(spanOf(5, 5), []);
  assert.deepEqual(spanOf(50_000, 60_000), [], 'no day that far');
  assert.deepEqual(spanOf(-400, -10), []);
});
