import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complete, type Known, pieceAt, suggest, typedAt } from './search-syntax.ts';

const known: Known = {
  statuses: { open: 'open', pending: 'pending' },
  priorities: { high: 'high' },
  channels: { email: 'by email' },
  tags: ['lens', 'late'],
  members: [
    { name: 'Ada Lovelace', email: 'ada@example.com' },
    { name: 'Twin', email: 'a@example.com' },
    { name: 'Twin', email: 'b@example.com' },
  ],
  teams: [{ name: 'Field optics' }],
  customers: [
    { name: 'Grace Hopper', email: 'grace@example.com' },
    { name: 'Mary Shaw', email: null },
    { name: null, email: null },
  ],
  days: { '2026-11-27': 'yesterday' },
  assignees: { me: 'you', nobody: 'nobody has it' },
  keys: {
    'status:': 'where it stands',
    'tag:': 'its tag',
    'team:': 'whose',
    'is:unassigned': 'nobody has it',
  },
};
const words = (text: string, caret = text.length) => suggest(text, caret, known).map(({ word }) => word);

test('the piece at the caret is completed, by value or by the name of what it stands for', () => {
  assert.deepEqual(words(''), ['status:', 'tag:', 'team:', 'is:unassigned']);
  assert.deepEqual(words('fog st'), ['status:']);
  assert.deepEqual(words('status:'), ['status:open', 'status:pending']);
  assert.deepEqual(words('status:p fog', 8), ['status:pending']);
  assert.deepEqual(words('status:open'), []);
  assert.deepEqual(words('tag:l'), ['tag:lens', 'tag:late']);
  assert.deepEqual(words('channel:em'), ['channel:email']);
  assert.deepEqual(words('is:'), ['is:unassigned']);
  assert.deepEqual(words('after:yes'), ['after:2026-11-27']);
  assert.deepEqual(words('before:'), ['before:2026-11-27']);
  assert.deepEqual(words('nothing'), []);
  assert.deepEqual(words('foo:'), []);
});

test('people are named as people do, and where a name is two people’s by their address', () => {
  assert.deepEqual(words('assignee:lov'), ['assignee:"Ada Lovelace"']);
  assert.deepEqual(words('assignee:"ada lo'), ['assignee:"Ada Lovelace"']);
  assert.deepEqual(words('assignee:"Ada Lovelace"'), []);
  assert.deepEqual(words('assignee:twin'), ['assignee:a@example.com', 'assignee:b@example.com']);
  assert.deepEqual(words('assignee:no'), ['assignee:nobody']);
  assert.deepEqual(words('team:opt'), ['team:"Field optics"']);
  // Which customers, the server says.
  assert.deepEqual(words('from:g'), ['from:grace@example.com', 'from:"Mary Shaw"']);
});

test('a value by itself finds its filter', () => {
  assert.deepEqual(words('fog pen'), ['status:pending']);
  assert.deepEqual(words('len'), ['tag:lens']);
  assert.deepEqual(words('ada'), ['assignee:"Ada Lovelace"']);
  assert.deepEqual(words('hi'), ['priority:high']);
  for (const text of ['h', '"len', '-len']) assert.deepEqual(words(text), [], text);
});

test('a value in quotes is one piece, open or closed', () => {
  assert.deepEqual(pieceAt('a from:"Ada L" b', 9), [2, 14]);
  assert.deepEqual(pieceAt('a  b', 2), [2, 2]);
  assert.deepEqual(typedAt('a from:"Ada L', 13), { key: 'from:', begun: 'ada l' });
  assert.deepEqual(typedAt('lens', 4), { key: '', begun: 'lens' });
  assert.deepEqual(complete('st fog', 2, 'status:'), { text: 'status: fog', caret: 7 });
  assert.deepEqual(complete('fog status:o', 12, 'status:open'), { text: 'fog status:open ', caret: 16 });
  assert.deepEqual(complete('from:"Ada L" fog', 9, 'from:"Ada Lovelace"'), {
    text: 'from:"Ada Lovelace" fog',
    caret: 20,
  });
});
