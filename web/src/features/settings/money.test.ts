import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atomicOf, plainDollars } from './money.ts';

test('dollars become millionths and back', () => {
  for (const [dollars, atomic] of [
    ['0.06', '60000'],
    ['2.00', '2000000'],
    ['0.000001', '1'],
    ['123456789.123456', '123456789123456'],
    ['0.105', '105000'],
  ] as const) {
    assert.equal(atomicOf(dollars), atomic);
    assert.equal(plainDollars(atomic), dollars);
  }
  assert.equal(atomicOf(' $3 '), '3000000');
  assert.equal(atomicOf('0'), '0');
  for (const none of ['', 'x', '1,5', '-1', '1.0000001', '1e3', '.5'])
    assert.equal(atomicOf(none), undefined, none);
});
