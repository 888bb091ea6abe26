import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, desk, open, operator } from '../../../test/desk.ts';
import type { Caller } from '../../catalogue/operation.ts';
import type { JsonObject } from '../../kernel/json.ts';

const credential: Caller = { kind: 'credential', id: 'crd_1', granted: [] };

test('members see in lists whose a ticket is and what was said last in public; agents and strangers do not', async () => {
  const acme = await desk('beside');
  await acme.db
    .updateTable('deskSettings')
    .set({ agentsSee: 'all' })
    .where('workspaceId', '=', acme.workspace.id)
    .execute();
  const { ticketId } = await open(acme, { name: 'Ada Lovelace', email: 'ada@example.com' });
  await open(acme, { email: 'bob@example.com', body: 'x'.repeat(400) });
  await open(acme);
  await acme.call(operator, 'send_reply', { ticketId: ticketId!, body: 'Try the other port.' });
  await acme.call(operator, 'add_note', { ticketId: ticketId!, body: 'A secret of ours.' });
  const lists = async (caller: Caller) => {
    const all: JsonObject[] = [];
    for (const [name, input] of [
      ['list_tickets', { order: 'oldest' }],
      ['search_tickets', { query: 'charge' }],
    ] as const)
      all.push(...((await acme.call(caller, name, input)).tickets as JsonObject[]));
    return all;
  };
  const found = await lists(operator);
  const seen = found.map(({ customerName, preview, lastMessageBy }) => [
    customerName,
    preview,
    lastMessageBy,
  ]);
  const lines = [
    ['Ada Lovelace', 'Try the other port.', 'operator'],
    ['bob@example.com', 'x'.repeat(140), 'agent'],
    [null, 'The light blinks.', 'agent'],
  ];
  assert.deepEqual(seen, [...lines, ...lines.toReversed()]);
  const { messages } = await acme.call(operator, 'get_ticket', { ticketId: ticketId! });
  const said = (messages as JsonObject[]).find(({ body }) => body === 'Try the other port.')!;
  assert.equal(found[0]!.lastMessageAt, said.createdAt);
  const { tickets } = await acme.call(operator, 'show_view', { viewId: 'mine' });
  assert.ok((tickets as JsonObject[]).every((ticket) => 'customerName' in ticket));
  for (const caller of [credential, agent, { kind: 'anonymous' } as const]) {
    const found = await lists(caller);
    assert.ok(found.length > 0);
    for (const ticket of found)
      assert.ok(
        !/customerName|preview|lastMessage/.test(Object.keys(ticket).join()),
        JSON.stringify([caller, ticket]),
      );
  }
});

test('tags by themselves leave a ticket at its place in the list; what moves it takes it to the top', async () => {
  const acme = await desk('places');
  const made: string[] = [];
  for (const subject of ['One', 'Two', 'Three']) {
    made.push((await open(acme, { subject })).ticketId as string);
  }
  const order = async () =>
    ((await acme.call(operator, 'list_tickets', {})).tickets as JsonObject[]).map(({ subject }) => subject);
  const all = { ticketIds: made };
  const versions = async () =>
    Promise.all(
      made.map(async (ticketId) => (await acme.call(operator, 'get_ticket', { ticketId })).version as number),
    );
  const before = ((await acme.call(operator, 'list_tickets', {})).tickets as JsonObject[])[0]!.updatedAt;
  await acme.call(operator, 'bulk_update', { ...all, versions: await versions(), addTags: ['lens'] });
  await acme.call(operator, 'bulk_update', { ...all, versions: await versions(), removeTags: ['lens'] });
  assert.deepEqual(await order(), ['Three', 'Two', 'One']);
  assert.equal(
    ((await acme.call(operator, 'list_tickets', {})).tickets as JsonObject[])[0]!.updatedAt,
    before,
  );
  const [version] = await versions();
  await acme.call(operator, 'update_ticket', {
    ticketId: made[0]!,
    version: version!,
    tags: ['lens'],
    priority: 'high',
  });
  assert.deepEqual(await order(), ['One', 'Three', 'Two']);
});
