import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvOf } from './csv.ts';
import { dayOf, lastDays, reportSearch } from './search.ts';

const times = { count: 2, medianMinutes: 1.5, p90Minutes: null, due: 1, kept: 1, keptShare: 1 };
const row = {
  opened: 3,
  firstResponse: times,
  resolution: times,
  satisfaction: { count: 0, good: 0, goodShare: null },
  backlog: 4,
};

test('a row is a line; what has commas, quotes or lines is quoted', () => {
  const [head, first, second, last] = csvOf([
    { key: 'a,"b"', name: 'Ada\nB', ...row },
    { key: null, ...row },
  ]).split(/\r\n/);
  assert.match(head!, /^key,name,opened,first_responses,/);
  assert.equal(first, '"a,""b""","Ada\nB",3,2,1.5,,1,1,2,1.5,,1,1,0,0,4');
  assert.equal(second, ',,3,2,1.5,,1,1,2,1.5,,1,1,0,0,4');
  assert.equal(last, '');
});

test('a name that is a formula to a spreadsheet is plain text in it', () => {
  for (const attack of ['=HYPERLINK("https://evil.example")', '+1', '-1', '@sum', '\t=1'])
    assert.match(csvOf([{ key: attack, ...row }]).split('\r\n')[1]!, /^"?'/, attack);
});

test('an address says days and a grouping, and nothing else', () => {
  assert.deepEqual(reportSearch({ from: '2026-01-31', to: '2026-02-40', by: 'moon' }), {
    from: '2026-01-31',
  });
  assert.deepEqual(reportSearch({ by: 'tag', from: 3 }), { by: 'tag' });
  assert.deepEqual(lastDays(7, '2026-03-02'), { from: '2026-02-24', to: '2026-03-02' });
  const now = new Date('2026-01-05T23:59:00Z');
  assert.equal(dayOf(now, 'Pacific/Honolulu'), '2026-01-05');
  assert.equal(dayOf(now, 'Pacific/Kiritimati'), '2026-01-06');
});
