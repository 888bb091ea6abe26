import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Desk, desk, open, operator, outbox, refused } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { addMember } from '../../../people/members.ts';
import { asSystem } from '../../../store/database.ts';

async function member(on: Desk, name: string): Promise<Caller> {
  const userId = `usr_${name}${on.workspace.slug}`;
  const email = `${name}.${on.workspace.slug}@example.com`;
  await asSystem(on.db, async (tx) => {
    await tx.insertInto('users').values({ id: userId, name, email, emailVerified: true }).execute();
    await addMember(tx, on.workspace.id, { userId, name, email, role: 'viewer', now: new Date(0) });
  });
  return { kind: 'operator', id: userId, role: 'viewer' };
}
const idOf = (caller: Caller) => ('id' in caller ? caller.id : '');
const note = (on: Desk, ticketId: unknown, mentions: Caller[], more: JsonObject = {}) =>
  on.call(operator, 'add_note', {
    ticketId: ticketId as string,
    body: 'Zebra, please look.',
    mentions: mentions.map(idOf),
    ...more,
  });
const mentionsOf = async (on: Desk, caller: Caller, input: JsonObject = {}) =>
  (await on.call(caller, 'list_mentions', input)) as {
    mentions: JsonObject[];
    unseen: number;
    next?: string;
  };

test('whom a note names is told, finds it, and has it unseen until then', async () => {
  const acme = await desk('mentions');
  const [ada, bob] = [await member(acme, 'ada'), await member(acme, 'bob')];
  const { ticketId } = await open(acme, { subject: 'Quokka cannot charge' });
  const { messageId } = await note(acme, ticketId, [ada, bob]);
  const { mentions, unseen } = await mentionsOf(acme, ada);
  assert.deepEqual(
    mentions.map(({ messageId, ticketId, subject, mentionedBy, seen }) => [
      messageId,
      ticketId,
      subject,
      mentionedBy,
      seen,
    ]),
    [[messageId, ticketId, 'Quokka cannot charge', 'operator:usr_test', false]],
  );
  assert.equal(unseen, 1);
  const seen = (caller: Caller) =>
    acme.call(caller, 'mark_mentions_seen', { messageIds: [messageId!, 'msg_none'] });
  assert.deepEqual([await seen(ada), await seen(ada)], [{ marked: 1 }, { marked: 0 }]);
  assert.deepEqual(
    [(await mentionsOf(acme, ada)).unseen, (await mentionsOf(acme, bob)).unseen],
    [0, 1],
    'one who has seen it has not seen it for the other',
  );
  assert.deepEqual((await mentionsOf(acme, ada, { unseen: true })).mentions, []);
  const { history } = await acme.call(operator, 'get_ticket', { ticketId: ticketId! });
  const event = (history as JsonObject[]).at(-1)!;
  assert.deepEqual((event.changes as JsonObject).mentions, { from: [], to: [ada, bob].map(idOf).sort() });
});

test('the mail to a member holds no word of the ticket, and stands in no customer’s thread', async () => {
  const acme = await desk('mention-mail');
  const ada = await member(acme, 'ada');
  const { ticketId } = await open(acme, { subject: 'Quokka', body: 'Wombat', email: 'c@example.com' });
  await note(acme, ticketId, [ada]);
  const [mail, ...more] = await outbox(acme);
  assert.deepEqual([mail!.rcptTo, mail!.ticketId, more], ['ada.mention-mail@example.com', null, []]);
  assert.doesNotMatch(JSON.stringify(mail), /quokka|wombat|zebra|c@example/i);
  await acme.call(operator, 'send_reply', { ticketId: ticketId!, body: 'Clean it.' });
  const reply = (await outbox(acme)).at(-1)!;
  assert.deepEqual([reply.rcptTo, reply.headers], ['c@example.com', {}]);
  // Who names themselves knows.
  const before = await outbox(acme);
  await acme.call(ada, 'add_note', { ticketId: ticketId!, body: 'Mine.', mentions: [idOf(ada)] });
  assert.deepEqual(await outbox(acme), before);
});

test('nobody is named who is no member here, and then no note is written', async () => {
  const [acme, elsewhere] = [await desk('mention-refused'), await desk('mention-elsewhere')];
  const [ada, theirs] = [await member(acme, 'ada'), await member(elsewhere, 'eve')];
  const { ticketId } = await open(acme);
  const none: Caller = { kind: 'operator', id: 'usr_none', role: 'viewer' };
  for (const mentions of [[ada, theirs], [none], [ada, ada]])
    await assert.rejects(note(acme, ticketId, mentions), refused('invalid_arguments'));
  const { messages } = await acme.call(operator, 'get_ticket', { ticketId: ticketId! });
  assert.equal((messages as JsonObject[]).length, 1);
  assert.deepEqual(await outbox(acme), []);
});

test('mentions are paged, and a cursor of something else is refused', async () => {
  const acme = await desk('mention-pages');
  const ada = await member(acme, 'ada');
  const made: unknown[] = [];
  for (let i = 0; i < 5; i++) made.unshift((await note(acme, (await open(acme)).ticketId, [ada])).messageId);
  const seen: unknown[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await mentionsOf(acme, ada, { limit: 2, ...(cursor ? { cursor } : {}) });
    seen.push(...page.mentions.map(({ messageId }) => messageId));
    if (!page.next) break;
    cursor = page.next;
  }
  assert.deepEqual(seen, made);
  for (const cursor of ['x', Buffer.from('2026-99-99 00:00:00|msg_a').toString('base64url')])
    await assert.rejects(mentionsOf(acme, ada, { cursor }), refused('invalid_arguments'));
});
