import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Desk, desk, open, operator, outbox, refused } from '../../../../test/desk.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { addMember } from '../../../people/members.ts';
import { asSystem } from '../../../store/database.ts';

const read = (on: Desk, ticketId: unknown) =>
  on.call(operator, 'get_ticket', { ticketId: ticketId as string });
const update = (on: Desk, ticketId: unknown, change: JsonObject) =>
  on.call(operator, 'update_ticket', { ticketId: ticketId as string, ...change });

async function member(on: Desk, userId: string, role: 'viewer' | 'operator'): Promise<void> {
  const email = `${userId}.${on.workspace.slug}@example.com`;
  await asSystem(on.db, async (tx) => {
    await tx
      .insertInto('users')
      .values({ id: userId, name: userId, email, emailVerified: true } as never)
      .execute();
    await addMember(tx, on.workspace.id, { userId, name: userId, email, role, now: new Date(0) });
  });
}

test('a ticket changes as asked, and its history says who did what', async () => {
  const acme = await desk('update-ticket');
  await member(acme, 'usr_ada', 'operator');
  const { ticketId } = await open(acme);
  const changed = await update(acme, ticketId, {
    version: 1,
    priority: 'high',
    tags: ['lens', 'k9'],
    assigneeId: 'usr_ada',
    subject: 'It charges',
  });
  assert.deepEqual(
    [changed.version, changed.priority, changed.tags, changed.assigneeId, changed.subject],
    [2, 'high', ['lens', 'k9'], 'usr_ada', 'It charges'],
  );
  const again = await update(acme, ticketId, { version: 2, priority: 'high' });
  assert.equal(again.version, 2, 'what is so already is no change');
  const { history } = await read(acme, ticketId);
  const [created, updated, ...more] = history as JsonObject[];
  assert.deepEqual([created!.kind, updated!.kind, more], ['ticket.created', 'ticket.updated', []]);
  assert.equal(updated!.actor, 'operator:usr_test');
  assert.deepEqual((updated!.changes as JsonObject).priority, { from: 'normal', to: 'high' });
});

test('of two who change the same version at once, one does, and the other is told', async () => {
  const acme = await desk('update-race');
  const { ticketId } = await open(acme);
  for (let version = 1; version <= 20; version++) {
    const outcomes = await Promise.allSettled(
      ['left', 'right'].map((side) => update(acme, ticketId, { version, tags: [`${side}${version}`] })),
    );
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.equal(lost.length, 1);
    assert.ok(refused('conflict')(lost[0]!.reason));
    assert.equal(lost[0]!.reason.data.version, version + 1);
  }
  assert.equal(((await read(acme, ticketId)).history as JsonObject[]).length, 21);
});

test('a snooze has an end that is to come, and a status that is none ends it', async () => {
  const acme = await desk('snooze');
  const { ticketId } = await open(acme);
  await assert.rejects(
    update(acme, ticketId, { version: 1, status: 'snoozed' }),
    refused('invalid_arguments'),
  );
  await assert.rejects(
    update(acme, ticketId, { version: 1, snoozedUntil: '2020-01-01T00:00:00Z' }),
    refused('invalid_arguments'),
  );
  const until = '2030-01-01T00:00:00.000Z';
  for (const status of ['open', 'pending', 'closed'])
    await assert.rejects(
      update(acme, ticketId, { version: 1, status, snoozedUntil: until }),
      refused('invalid_arguments'),
    );
  const snoozed = await update(acme, ticketId, { version: 1, snoozedUntil: until });
  assert.equal(snoozed.status, 'snoozed');
  assert.equal((await read(acme, ticketId)).snoozedUntil, until);
  await update(acme, ticketId, { version: 2, status: 'resolved' });
  const resolved = await read(acme, ticketId);
  assert.deepEqual([resolved.snoozedUntil, resolved.resolvedAt !== null], [null, true]);
  await update(acme, ticketId, { version: 3, status: 'open' });
  assert.equal((await read(acme, ticketId)).resolvedAt, null);
});

test('only who works tickets here can have one', async () => {
  const acme = await desk('assignee');
  const other = await desk('assignee-elsewhere');
  await member(acme, 'usr_viewer', 'viewer');
  await member(other, 'usr_elsewhere', 'operator');
  const { ticketId } = await open(acme);
  for (const assigneeId of ['usr_viewer', 'usr_elsewhere', 'usr_none'])
    await assert.rejects(update(acme, ticketId, { version: 1, assigneeId }), refused('invalid_arguments'));
  await assert.rejects(
    update(acme, ticketId, { version: 1, teamId: 'tea_none' }),
    refused('invalid_arguments'),
  );
  assert.equal((await read(acme, ticketId)).version, 1);
});

test('a note is the members’ alone, and holds back what was prepared before it', async () => {
  const acme = await desk('note');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const { proposalId } = await acme.call({ kind: 'wallet', address: `0x${'a1'.repeat(20)}` }, 'draft_reply', {
    ticketId: ticketId!,
    body: 'Throw it away.',
  });
  const { messageId } = await acme.call(operator, 'add_note', { ticketId: ticketId!, body: 'Do not!' });
  const ticket = await read(acme, ticketId);
  const notes = (ticket.messages as JsonObject[]).filter(({ visibility }) => visibility === 'note');
  assert.deepEqual(
    notes.map(({ id, authorId, body }) => [id, authorId, body]),
    [[messageId, 'usr_test', 'Do not!']],
  );
  assert.equal(ticket.firstRespondedAt, null);
  assert.ok(proposalId);
  assert.deepEqual(await outbox(acme), []);
  await assert.rejects(
    acme.call(operator, 'add_note', { ticketId: 'tkt_none', body: 'x' }),
    refused('not_found'),
  );
});
