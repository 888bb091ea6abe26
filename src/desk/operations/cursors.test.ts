/** A place that is none of a list is refused: an empty page would say that there is nothing more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogue, desk, open, operator, refused } from '../../../test/desk.ts';
import { type Caller, isRead } from '../../catalogue/operation.ts';
import type { JsonObject } from '../../kernel/json.ts';

const viewer: Caller = { kind: 'operator', id: 'usr_test', role: 'owner' };
const anyone: Caller = { kind: 'anonymous' };
const [acme, other] = [await desk('cursors'), await desk('cursors-other')];

test('every paged list that agents read refuses a place that is none of its own', async () => {
  const { ticketId } = await open(acme);
  const needed: Record<string, JsonObject> = {
    search_tickets: { query: 'light' },
    search_kb: { query: 'light' },
  };
  let tried = 0;
  for (const operation of catalogue.values()) {
    const { anonymous, credential } = operation.access;
    if (!isRead(operation) || !(anonymous || credential)) continue;
    const place = ['after', 'cursor'].find((name) => name in operation.input.shape);
    if (!place) continue;
    for (const value of ['nonsense', ticketId!, 'art_none'])
      await assert.rejects(
        acme.call(viewer, operation.name, { ...needed[operation.name], [place]: value }),
        refused('invalid_arguments'),
        `${operation.name} ${String(value)}`,
      );
    tried++;
  }
  assert.ok(tried >= 5, `${tried}`);
});

test('nor is one of another workspace’s taken, or one that is not shown to who asks', async () => {
  const issue = (on: typeof acme) =>
    on.call(operator, 'create_issue', { title: 'Rust', body: 'On the ring.' });
  const foreign = (await issue(other)).issueId!;
  const hidden = (
    await acme.call({ kind: 'wallet', address: '0xa' }, 'create_issue', { title: 'Dust', body: 'x' })
  ).issueId!;
  const entry = (await acme.call(operator, 'create_changelog', { title: 'One', body: 'x' })).entryId!;
  for (const [name, after] of [
    ['list_issues', foreign],
    ['list_issues', hidden],
    ['list_changelog', entry],
  ] as const)
    await assert.rejects(acme.call(anyone, name, { after }), refused('invalid_arguments'), name);
  assert.deepEqual((await acme.call(operator, 'list_changelog', { after: entry })).entries, []);
  assert.deepEqual((await acme.call(operator, 'list_issues', { after: hidden })).issues, []);
});
