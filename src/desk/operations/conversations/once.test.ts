import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Desk, desk, open, operator, outbox, refused } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { asSystem } from '../../../store/database.ts';
import { expireSendings } from './once.ts';

const other: Caller = { kind: 'operator', id: 'usr_other', role: 'operator' };
const key = 'k'.repeat(22);

const upload = async (on: Desk) =>
  (
    await on.call(operator, 'add_attachment', {
      name: 'a.txt',
      mediaType: 'text/plain',
      contentBase64: 'aGk=',
    })
  ).attachmentId as string;

/** How many tickets, messages and mails there are. */
async function counts(on: Desk): Promise<[tickets: number, messages: number, mails: number]> {
  const of = async (table: 'tickets' | 'messages') =>
    (await on.db.selectFrom(table).select('id').where('workspaceId', '=', on.workspace.id).execute()).length;
  return [await of('tickets'), await of('messages'), (await outbox(on)).length];
}

const sends = async (on: Desk): Promise<[string, JsonObject][]> => {
  const ticketId = (await open(on, { email: 'ada@example.com' })).ticketId as string;
  return [
    ['start_conversation', { to: 'bob@example.com', subject: 'Hello', body: 'We write first.' }],
    ['add_note', { ticketId, body: 'For us.' }],
    ['forward', { ticketId, to: 'factory@example.com' }],
    ['reply', { ticketId, version: 3, body: 'Clean the contacts.' }],
  ];
};

test('who got no answer asks again with the same key: nothing is sent twice, and the first answer comes', async () => {
  const acme = await desk('once');
  for (const [operation, input] of await sends(acme)) {
    const whole = { ...input, key: `${key}-${operation}`, attachmentIds: [await upload(acme)] };
    const first = await acme.call(operator, operation, whole);
    const after = await counts(acme);
    assert.deepEqual(await acme.call(operator, operation, whole), first, operation);
    assert.deepEqual(await counts(acme), after, operation);
  }
  assert.deepEqual(await counts(acme), [2, 5, 3]);
});

test('two at once send once, and both get the answer', async () => {
  const acme = await desk('once-twice');
  const conversation = { to: 'bob@example.com', subject: 'Hello', body: 'We write first.', key };
  const answers = await Promise.all(
    [1, 2, 3].map(() => acme.call(operator, 'start_conversation', conversation)),
  );
  assert.equal(new Set(answers.map(({ ticketId }) => ticketId)).size, 1);
  assert.deepEqual(await counts(acme), [1, 1, 1]);
});

test('a key is of its caller, its workspace, its operation and its words, and without one everything is new', async () => {
  const [acme, beta] = [await desk('once-acme'), await desk('once-beta')];
  const note = async (on: Desk, more: JsonObject, caller = operator) =>
    on.call(caller, 'add_note', { ticketId: tickets.get(on)!, body: 'For us.', ...more });
  const tickets = new Map<Desk, string>();
  for (const on of [acme, beta]) tickets.set(on, (await open(on)).ticketId as string);
  await note(acme, { key });
  await note(acme, { key }, other);
  await note(beta, { key });
  await note(acme, {});
  await note(acme, {});
  assert.deepEqual([(await counts(acme))[1], (await counts(beta))[1]], [5, 2]);
  await assert.rejects(note(acme, { key, body: 'For us!' }), refused('conflict'));
  const ticketId = tickets.get(acme)!;
  const sent = { ticketId, version: 5, body: 'For us.', key };
  await assert.rejects(acme.call(operator, 'reply', sent), refused('conflict'));
  for (const bad of ['', 'short', `${key} `, 'k'.repeat(65)])
    await assert.rejects(note(acme, { key: bad }), refused('invalid_arguments'), bad);
  assert.equal((await counts(acme))[1], 5);
});

test('what was refused has used up no key, and a key is forgotten with its day', async () => {
  const acme = await desk('once-refused');
  const ticketId = (await open(acme)).ticketId as string;
  const note = { ticketId, body: 'For us.', key };
  await assert.rejects(
    acme.call(operator, 'add_note', { ...note, mentions: ['usr_none'] }),
    refused('not_found'),
  );
  await acme.call(operator, 'add_note', note);
  const rows = () =>
    acme.db.selectFrom('sendings').selectAll().where('workspaceId', '=', acme.workspace.id).execute();
  const [row] = await rows();
  assert.ok(!JSON.stringify(row).includes('For us.'));
  const expire = (at: Date) => asSystem(acme.db, (tx) => expireSendings(tx, at));
  await expire(row!.sentAt);
  assert.equal((await rows()).length, 1);
  await expire(new Date(row!.sentAt.getTime() + 1));
  assert.equal((await rows()).length, 0);
});
