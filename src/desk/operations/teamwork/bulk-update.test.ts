import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Desk, desk, open, operator, refused } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const other: Caller = { kind: 'operator', id: 'usr_other', role: 'operator' };

const bulk = async (on: Desk, ticketIds: readonly string[], change: JsonObject, caller = operator) =>
  (await on.call(caller, 'bulk_update', { ticketIds: [...ticketIds], ...change })) as {
    results: JsonObject[];
    changed: number;
  };
const read = (on: Desk, ticketId: string) => on.call(operator, 'get_ticket', { ticketId });

async function opened(on: Desk, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push((await open(on)).ticketId as string);
  return ids;
}

test('each ticket is judged by itself, and named in the order given', async () => {
  const acme = await desk('bulk');
  const elsewhere = await desk('bulk-elsewhere');
  const [a, b, c] = (await opened(acme, 3)) as [string, string, string];
  const [theirs] = (await opened(elsewhere, 1)) as [string];
  await acme.call(operator, 'update_ticket', { ticketId: b, version: 1, tags: ['old'] });
  const { results, changed } = await bulk(acme, [c, 'tkt_none', theirs, b, a], {
    versions: [1, 1, 1, 1, 1],
    status: 'pending',
    addTags: ['lens'],
  });
  assert.deepEqual(
    results.map(({ ticketId, outcome, version }) => [ticketId, outcome, version]),
    [
      [c, 'ok', 2],
      ['tkt_none', 'not_found', undefined],
      [theirs, 'not_found', undefined],
      [b, 'conflict', 2],
      [a, 'ok', 2],
    ],
  );
  assert.equal(changed, 2);
  const [{ status, tags }, left] = [await read(acme, a), await read(acme, b)];
  assert.deepEqual([status, tags, left.status, left.tags], ['pending', ['lens'], 'open', ['old']]);
  assert.equal((await read(elsewhere, theirs)).version, 1, 'another workspace’s is untouched');
});

test('tags are added and taken away from what each has', async () => {
  const acme = await desk('bulk-tags');
  const [a, b] = (await opened(acme, 2)) as [string, string];
  const many = Array.from({ length: 50 }, (_, i) => `t${i}`);
  await acme.call(operator, 'update_ticket', { ticketId: a, version: 1, tags: ['lens', 'old'] });
  await acme.call(operator, 'update_ticket', { ticketId: b, version: 1, tags: many });
  const { results } = await bulk(acme, [a, b], { addTags: ['new', 'lens'], removeTags: ['old'] });
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ['ok', 'conflict'],
  );
  assert.deepEqual((await read(acme, a)).tags, ['lens', 'new']);
  assert.deepEqual((await read(acme, b)).tags, many);
  await bulk(acme, [b], { addTags: ['new'], removeTags: ['t0'] });
  assert.deepEqual((await read(acme, b)).tags, [...many.slice(1), 'new']);
});

test('what fits no ticket is refused before one is written', async () => {
  const acme = await desk('bulk-refused');
  const ids = await opened(acme, 2);
  for (const change of [
    { assigneeId: 'usr_none' },
    { teamId: 'tea_none' },
    { status: 'snoozed' },
    { snoozedUntil: '2020-01-01T00:00:00Z' },
    { versions: [1], status: 'closed' },
    { addTags: ['a'], removeTags: ['a'] },
    { addTags: ['Not a tag'] },
    { status: 'done' },
  ] as JsonObject[])
    await assert.rejects(bulk(acme, ids, change), refused('invalid_arguments'), JSON.stringify(change));
  await assert.rejects(bulk(acme, [ids[0]!, ids[0]!], { status: 'closed' }), refused('invalid_arguments'));
  await assert.rejects(bulk(acme, [], { status: 'closed' }), refused('invalid_arguments'));
  await assert.rejects(
    bulk(
      acme,
      Array.from({ length: 101 }, (_, i) => `tkt_${i}`),
      { status: 'closed' },
    ),
    refused('invalid_arguments'),
  );
  for (const id of ids) assert.equal((await read(acme, id)).version, 1);
});

// Without one order of locks these end with Postgres ending one of the two.
test('bulks over the same tickets in opposite order wait for each other and both come through', async () => {
  const acme = await desk('bulk-deadlock');
  const ids = await opened(acme, 30);
  for (let round = 0; round < 4; round++) {
    const both: { changed: number }[] = await Promise.all([
      bulk(acme, ids, { addTags: [`left${round}`] }),
      bulk(acme, ids.toReversed(), { addTags: [`right${round}`] }, other),
    ]);
    assert.deepEqual(
      both.map(({ changed }) => changed),
      [30, 30],
    );
  }
  const ticket = await read(acme, ids[7]!);
  assert.equal((ticket.tags as string[]).length, 8);
  assert.equal(ticket.version, 9);
});

test('of two bulks that saw the same versions, each ticket takes one', async () => {
  const acme = await desk('bulk-versions');
  const ids = await opened(acme, 20);
  const versions = ids.map(() => 1);
  const outcomes = await Promise.all([
    bulk(acme, ids, { versions, priority: 'high' }),
    bulk(acme, ids.toReversed(), { versions, priority: 'low' }),
    ...ids.slice(0, 5).map((ticketId) =>
      acme.call(operator, 'update_ticket', { ticketId, version: 1, priority: 'urgent' }).then(
        () => ({ changed: 1 }),
        (error: unknown) => ({ changed: refused('conflict')(error) ? 0 : Number.NaN }),
      ),
    ),
  ]);
  assert.equal(
    outcomes.reduce((sum, { changed }) => sum + changed, 0),
    20,
  );
  for (const id of ids) assert.equal((await read(acme, id)).version, 2);
});

test('only what changed is counted, and a change that says nothing is refused', async () => {
  const acme = await desk('bulk-nothing');
  const ids = await opened(acme, 2);
  await bulk(acme, [ids[0]!], { addTags: ['lens'] });
  const again = await bulk(acme, ids, { addTags: ['lens'] });
  assert.deepEqual([again.changed, again.results.map(({ outcome }) => outcome)], [1, ['ok', 'ok']]);
  assert.equal((await bulk(acme, ids, { addTags: ['lens'], status: 'open' })).changed, 0);
  for (const nothing of [{}, { addTags: [] }] as JsonObject[])
    await assert.rejects(bulk(acme, ids, nothing), refused('invalid_arguments'));
});
