import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complete, type Known, suggest } from './search-syntax.ts';

const known: Known = {
  statuses: { open: 'open', pending: 'pending' },
  priorities: { high: 'high' },
  channels: ['email'],
  tags: ['lens', 'late'],
  members: [{ userId: 'usr_1', name: 'Ada Lovelace' }],
  teams: [{ teamId: 'tea_1', name: 'Optics' }],
  keys: { 'status:': 'where it stands', 'tag:': 'its tag', 'team:': 'whose' },
};
const words = (text: string, caret = text.length) => suggest(text, caret, known).map(({ word }) => word);

test('the word at the caret is completed, by value or by the name of what it stands for', () => {
  assert.deepEqual(words(''), ['status:', 'tag:', 'team:']);
  assert.deepEqual(words('fog st'), ['status:']);
  assert.deepEqual(words('status:'), ['status:open', 'status:pending']);
  assert.deepEqual(words('status:p fog', 8), ['status:pending']);
  assert.deepEqual(words('status:open'), []);
  assert.deepEqual(words('tag:l'), ['tag:lens', 'tag:late']);
  assert.deepEqual(words('assignee:lov'), ['assignee:usr_1']);
  assert.deepEqual(words('team:opt'), ['team:tea_1']);
  assert.deepEqual(words('nothing'), []);
  assert.deepEqual(complete('st fog', 2, 'status:'), { text: 'status: fog', caret: 7 });
  assert.deepEqual(complete('fog status:o', 12, 'status:open'), { text: 'fog status:open ', caret: 16 });
});
