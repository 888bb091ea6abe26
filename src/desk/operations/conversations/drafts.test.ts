import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, open, operator, refused } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const other = { kind: 'operator', id: 'usr_other', role: 'operator' } as const satisfies Caller;
const owner: Caller = { kind: 'operator', id: 'usr_owner', role: 'owner' };
const text = '  Dear Ada,\n\n**try** the other port 🚪 ';

test('a draft comes back to the letter, to who wrote it alone; the last to save wins, and is told of the other', async () => {
  const acme = await desk('drafts');
  const ticketId = (await open(acme)).ticketId as string;
  const save = (more: JsonObject, caller = operator) =>
    acme.call(caller, 'save_draft', { ticketId, kind: 'reply', body: text, seen: 1, ...more });
  const read = async (caller = operator) =>
    (await acme.call(caller, 'get_draft', { ticketId })).draft as JsonObject | null;
  assert.equal(await read(), null);
  assert.equal((await save({ cc: ['bob@example.com'], bcc: ['eve@example.com'] })).version, 1);
  const { savedAt: _, ...kept } = (await read())!;
  assert.deepEqual(kept, {
    kind: 'reply',
    body: text,
    cc: ['bob@example.com'],
    bcc: ['eve@example.com'],
    seen: 1,
    version: 1,
  });
  assert.equal(await read(other), null);
  assert.equal((await save({ kind: 'note', body: 'For us.', seen: 2 }, other)).version, 1);
  assert.equal((await read())?.body, text);
  assert.equal((await save({ body: 'On the phone.' })).version, 2);
  assert.equal((await save({ body: 'At the desk.' })).version, 3);
  assert.deepEqual(
    [(await read())?.body, (await read())?.cc, (await read())?.bcc],
    ['At the desk.', null, []],
  );
  assert.deepEqual(await acme.call(operator, 'delete_draft', { ticketId }), { deleted: true });
  assert.deepEqual(await acme.call(operator, 'delete_draft', { ticketId }), { deleted: false });
  assert.equal(await read(), null);
  assert.equal((await read(other))?.body, 'For us.');
});

test('what is sent takes its draft along, and no other text', async () => {
  const acme = await desk('drafts-sent');
  const ticketId = (await open(acme)).ticketId as string;
  const drafts = async () =>
    acme.db
      .selectFrom('drafts')
      .select(['userId', 'body'])
      .where('ticketId', '=', ticketId)
      .orderBy('userId')
      .execute();
  const theirs = { userId: other.id, body: text };
  await acme.call(operator, 'save_draft', { ticketId, kind: 'reply', body: text, seen: 1 });
  await acme.call(other, 'save_draft', { ticketId, kind: 'reply', body: text, seen: 1 });
  await acme.call(operator, 'reply', { ticketId, version: 1, body: text });
  assert.deepEqual(await drafts(), [theirs]);
  await acme.call(operator, 'save_draft', { ticketId, kind: 'note', body: 'For us.', seen: 1 });
  await acme.call(operator, 'add_note', { ticketId, body: 'Something else.' });
  assert.deepEqual(await drafts(), [theirs, { userId: 'usr_test', body: 'For us.' }]);
  await acme.call(operator, 'add_note', { ticketId, body: 'For us.' });
  assert.deepEqual(await drafts(), [theirs]);
});

test('what is no draft, or on no ticket of theirs, is refused and keeps nothing', async () => {
  const acme = await desk('drafts-refused');
  const ticketId = (await open(acme)).ticketId as string;
  const save = (more: JsonObject, caller: Caller = operator) =>
    acme.call(caller, 'save_draft', { ticketId, kind: 'reply', body: text, seen: 1, ...more });
  const bads: JsonObject[] = [
    { body: '' },
    { body: ' \n' },
    { body: 'a\0' },
    { kind: 'forward' },
    { cc: ['no'] },
    { seen: 0 },
  ];
  for (const bad of bads) await assert.rejects(save(bad), refused('invalid_arguments'), JSON.stringify(bad));
  const beta = await desk('drafts-beta');
  const theirs = (await open(beta)).ticketId as string;
  await assert.rejects(save({ ticketId: theirs }), refused('not_found'));
  await assert.rejects(acme.call(operator, 'get_draft', { ticketId: theirs }), refused('not_found'));
  await assert.rejects(save({}, { kind: 'house', id: 'rule' }), refused('not_permitted'));
  const kept = await acme.db
    .selectFrom('drafts')
    .select('ticketId')
    .where('workspaceId', 'in', [acme.workspace.id, beta.workspace.id])
    .execute();
  assert.deepEqual(kept, []);
});

test('a draft goes with the customer who is erased, and is handed out with what is held of them', async () => {
  const acme = await desk('drafts-erased');
  const made = async (email: string) => {
    const { ticketId } = await open(acme, { email });
    const row = await acme.db
      .selectFrom('tickets')
      .select('customerId')
      .where('id', '=', ticketId as string)
      .executeTakeFirstOrThrow();
    return { ticketId: ticketId as string, customerId: row.customerId! };
  };
  const [ada, bob] = [await made('ada@example.com'), await made('bob@example.com')];
  for (const { ticketId } of [ada, bob])
    await acme.call(operator, 'save_draft', {
      ticketId,
      kind: 'reply',
      body: 'Dear you,',
      seen: 1,
      cc: ['ada@example.com', 'carl@example.com'],
      bcc: ['ADA@example.com'],
    });
  const { customerId } = ada;
  const { records } = await acme.call(owner, 'export_customer', { customerId, reason: 'Asked.' });
  assert.deepEqual(
    ((records as JsonObject).drafts as JsonObject[]).map(({ body }) => body),
    ['Dear you,'],
  );
  await acme.call(owner, 'erase_customer', { customerId, confirm: customerId, reason: 'Asked.' });
  const left = await acme.db
    .selectFrom('drafts')
    .select(['ticketId', 'cc', 'bcc'])
    .where('workspaceId', '=', acme.workspace.id)
    .execute();
  assert.deepEqual(left, [{ ticketId: bob.ticketId, cc: ['carl@example.com'], bcc: [] }]);
});
