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
  const seen = (await lists(operator)).map(({ customerName, preview }) => [customerName, preview]);
  const lines = [
    ['Ada Lovelace', 'Try the other port.'],
    ['bob@example.com', 'x'.repeat(140)],
    [null, 'The light blinks.'],
  ];
  assert.deepEqual(seen, [...lines, ...lines.toReversed()]);
  const { tickets } = await acme.call(operator, 'show_view', { viewId: 'mine' });
  assert.ok((tickets as JsonObject[]).every((ticket) => 'customerName' in ticket));
  for (const caller of [credential, agent, { kind: 'anonymous' } as const]) {
    const found = await lists(caller);
    assert.ok(found.length > 0);
    for (const ticket of found)
      assert.ok(!('customerName' in ticket || 'preview' in ticket), JSON.stringify([caller, ticket]));
  }
});
