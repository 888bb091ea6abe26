import assert from 'node:assert/strict';
import { test } from 'node:test';
import { undoings } from './undoings.ts';
import type { TicketLine } from './views.ts';

const line = (ticketId: string, more: Partial<TicketLine>) =>
  ({
    ticketId,
    status: 'open',
    assigneeId: null,
    teamId: null,
    priority: 'normal',
    tags: [],
    ...more,
  }) as TicketLine;

test('each ticket goes back to what it was, those that were alike together', () => {
  const lines = [
    line('a', {}),
    line('b', { status: 'pending', tags: ['lens'] }),
    line('c', { status: 'snoozed', snoozedUntil: '2031-01-01T00:00:00Z' }),
    line('d', { status: 'resolved', assigneeId: 'usr_1' }),
    line('e', {}),
  ];
  const ways = (change: Parameters<typeof undoings>[1]) =>
    undoings(lines, change).map(({ lines, back }) => [lines.map(({ ticketId }) => ticketId).join(''), back]);
  assert.deepEqual(ways({ status: 'resolved' }), [
    ['ae', { status: 'open' }],
    ['b', { status: 'pending' }],
    ['c', { status: 'snoozed', snoozedUntil: '2031-01-01T00:00:00Z' }],
  ]);
  assert.deepEqual(ways({ assigneeId: 'usr_1' }), [['abce', { assigneeId: null }]]);
  assert.deepEqual(ways({ addTags: ['lens', 'new'] }), [
    ['acde', { removeTags: ['lens', 'new'] }],
    ['b', { removeTags: ['new'] }],
  ]);
  assert.deepEqual(ways({ removeTags: ['lens'] }), [['b', { addTags: ['lens'] }]]);
  assert.deepEqual(ways({ status: 'snoozed', snoozedUntil: '2030-01-01T00:00:00Z' }).slice(1, 3), [
    ['b', { status: 'pending' }],
    ['c', { status: 'snoozed', snoozedUntil: '2031-01-01T00:00:00Z' }],
  ]);
});
