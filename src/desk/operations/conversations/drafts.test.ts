import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, open, operator, refused } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const other = { kind: 'operator', id: 'usr_other', role: 'operator' } as const satisfies Caller;
const owner: Caller = { kind: 'operator', id: 'usr_owner', role: 'owner' };
const text = '  Dear Ada,\n\n**try** the other port 🚪 ';

test('a draft comes back to the letter, to who wrote it alone; and no tab writes over what another saved', async () => {
  const acme = await desk('drafts');
  const ticketId = (await open(acme)).ticketId as string;
  const save = (more: JsonObject, caller = operator) =>
    acme.call(caller, 'save_draft', { ticketId, kind: 'reply', body: text, seen: 1, ...more });
  const read = async (caller = operator) => {
    const { drafts } = await acme.call(caller, 'get_drafts', { ticketId });
    return (drafts as JsonObject[])[0] ?? null;
  };
  assert.equal(await read(), null);
  const first = (await save({ cc: ['bob@example.com'], bcc: ['eve@example.com'] })).version as number;
  const { savedAt: _, ...kept } = (await read())!;
  assert.deepEqual(kept, {
    kind: 'reply',
    body: text,
    to: null,
    cc: ['bob@example.com'],
    bcc: ['eve@example.com'],
    attachments: [],
    seen: 1,
    version: first,
  });
  assert.equal(await read(other), null);
  await save({ kind: 'note', body: 'For us.', seen: 2 }, other);
  assert.equal((await read())?.body, text);
  assert.equal((await save({ body: 'On the phone.', version: first })).version, first + 1);
  for (const version of [0, first, first + 2])
    await assert.rejects(save({ body: 'At the desk.', version }), refused('conflict'), String(version));
  await assert.rejects(save({ body: 'At the desk.' }), refused('conflict'));
  assert.equal((await read())?.body, 'On the phone.');
  assert.equal((await save({ body: 'At the desk.', version: first + 1 })).version, first + 2);
  assert.deepEqual(
    [(await read())?.body, (await read())?.cc, (await read())?.bcc],
    ['At the desk.', null, []],
  );
  const stale = { ticketId, kind: 'reply', version: first + 1 };
  await assert.rejects(acme.call(operator, 'delete_draft', stale), refused('conflict'));
  assert.equal((await read())?.body, 'At the desk.');
  assert.deepEqual(await acme.call(operator, 'delete_draft', { ...stale, version: first + 2 }), {
    deleted: true,
  });
  assert.deepEqual(await acme.call(operator, 'delete_draft', { ticketId, kind: 'reply' }), {
    deleted: false,
  });
  assert.equal(await read(), null);
  assert.equal((await read(other))?.body, 'For us.');
  // What is written on after it went elsewhere stands; and no version of what went is one of what came after it.
  const again = (await save({ body: 'Still at the desk.', version: first + 2 })).version as number;
  assert.ok(again > first + 2);
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

test('there is one of each kind: what is for colleagues never becomes what a customer gets', async () => {
  const acme = await desk('drafts-kinds');
  const ticketId = (await open(acme)).ticketId as string;
  const kept = async () => {
    const { drafts } = await acme.call(operator, 'get_drafts', { ticketId });
    return (drafts as JsonObject[]).map(({ kind, body, to }) => [kind, body, to]);
  };
  const save = (more: JsonObject) => acme.call(operator, 'save_draft', { ticketId, seen: 1, ...more });
  await save({ kind: 'note', body: 'INTERNAL: he lies.' });
  await save({ kind: 'reply', body: 'Dear Bob,' });
  await save({ kind: 'forward', to: 'factory@example.com' });
  assert.deepEqual(await kept(), [
    ['forward', '', 'factory@example.com'],
    ['reply', 'Dear Bob,', null],
    ['note', 'INTERNAL: he lies.', null],
  ]);
  await acme.call(operator, 'reply', { ticketId, version: 1, body: 'INTERNAL: he lies.' });
  assert.equal((await kept()).length, 3, 'the same words of another kind are not what was sent');
  await acme.call(operator, 'add_note', { ticketId, body: 'INTERNAL: he lies.' });
  await acme.call(operator, 'forward', { ticketId, to: 'factory@example.com' });
  assert.deepEqual(await kept(), [['reply', 'Dear Bob,', null]]);
  await acme.call(operator, 'delete_draft', { ticketId, kind: 'note' });
  assert.deepEqual(await kept(), [['reply', 'Dear Bob,', null]]);
});

test('files stay with what they were attached to, until they are sent, and only one’s own', async () => {
  const acme = await desk('drafts-files');
  const ticketId = (await open(acme)).ticketId as string;
  const upload = async (name: string, caller = operator) => {
    const file = { name, mediaType: 'text/plain', contentBase64: 'aGk=' };
    return (await acme.call(caller, 'add_attachment', file)).attachmentId as string;
  };
  const [first, second, theirs] = [
    await upload('b.txt'),
    await upload('a.txt'),
    await upload('c.txt', other),
  ];
  const attachmentIds = [first, theirs, second];
  await acme.call(operator, 'save_draft', { ticketId, kind: 'note', seen: 1, attachmentIds });
  const files = async () => {
    const { drafts } = await acme.call(operator, 'get_drafts', { ticketId });
    return ((drafts as JsonObject[])[0]!.attachments as JsonObject[]).map(({ name }) => name);
  };
  assert.deepEqual(await files(), ['b.txt', 'a.txt']);
  await acme.call(operator, 'add_note', { ticketId, body: 'Look.', attachmentIds: [first] });
  assert.deepEqual(await files(), ['a.txt']);
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
    { kind: 'letter' },
    { to: 'no' },
    { attachmentIds: ['a', 'b\n'] },
    { cc: ['no'] },
    { seen: 0 },
  ];
  for (const bad of bads) await assert.rejects(save(bad), refused('invalid_arguments'), JSON.stringify(bad));
  const beta = await desk('drafts-beta');
  const theirs = (await open(beta)).ticketId as string;
  await assert.rejects(save({ ticketId: theirs }), refused('not_found'));
  await assert.rejects(acme.call(operator, 'get_drafts', { ticketId: theirs }), refused('not_found'));
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
  const elsewhere = {
    ticketId: bob.ticketId,
    kind: 'forward',
    body: 'For you.',
    to: 'Ada@example.com',
    seen: 1,
  };
  await acme.call(operator, 'save_draft', elsewhere);
  const { customerId } = ada;
  const { records } = await acme.call(owner, 'export_customer', { customerId, reason: 'Asked.' });
  assert.deepEqual(
    ((records as JsonObject).drafts as JsonObject[]).map(({ body }) => body),
    ['Dear you,'],
  );
  await acme.call(owner, 'erase_customer', { customerId, confirm: customerId, reason: 'Asked.' });
  const left = await acme.db
    .selectFrom('drafts')
    .select(['ticketId', 'kind', 'forwardTo', 'cc', 'bcc'])
    .where('workspaceId', '=', acme.workspace.id)
    .orderBy('kind', 'desc')
    .execute();
  assert.deepEqual(left, [
    { ticketId: bob.ticketId, kind: 'reply', forwardTo: null, cc: ['carl@example.com'], bcc: [] },
    { ticketId: bob.ticketId, kind: 'forward', forwardTo: null, cc: null, bcc: [] },
  ]);
});
