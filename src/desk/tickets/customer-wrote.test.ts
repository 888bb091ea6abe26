import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Desk, desk, open, operator, outbox, refused } from '../../../test/desk.ts';
import type { Caller } from '../../catalogue/operation.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { applyChange, lockSeen, type TicketChange } from './change.ts';
import { customerWrote } from './customer-wrote.ts';

const intake: Caller = { kind: 'house', id: 'intake' };
const wrote = (on: Desk, id: string, body = 'It blinks again.') =>
  on.within(intake, (scope) => customerWrote(scope, { id }, { body }));
const read = (on: Desk, ticketId: string) => on.call(operator, 'get_ticket', { ticketId });
const change = (on: Desk, id: string, to: TicketChange) =>
  on.within(operator, async (scope) => applyChange(scope, await lockSeen(scope, id), to));

async function ticketOf(on: Desk): Promise<string> {
  const { ticketId } = await open(on, { email: 'ada@example.com', name: 'Ada' });
  await on.call(operator, 'reply', {
    ticketId: ticketId!,
    version: 1,
    body: 'Clean the contacts.',
    cc: ['bob@example.com'],
  });
  return ticketId as string;
}

test('what a customer writes opens the ticket again, and is theirs', async () => {
  const acme = await desk('wrote');
  const moves: TicketChange[] = [
    { status: 'pending' },
    { status: 'open' },
    { status: 'resolved' },
    { snoozedUntil: new Date('2030-01-01') },
  ];
  for (const to of moves) {
    const ticketId = await ticketOf(acme);
    await change(acme, ticketId, to);
    const mails = (await outbox(acme)).length;
    const written = await wrote(acme, ticketId);
    assert.equal(written.ticketId, ticketId);
    const ticket = await read(acme, ticketId);
    assert.deepEqual([ticket.status, ticket.snoozedUntil, ticket.resolvedAt], ['open', null, null]);
    const message = (ticket.messages as JsonObject[]).at(-1)!;
    assert.deepEqual(
      [message.id, message.author, message.visibility, message.body],
      [written.messageId, 'customer', 'public', 'It blinks again.'],
    );
    const event = (ticket.history as JsonObject[]).at(-1)!;
    assert.deepEqual([event.kind, event.actor], ['message.created', 'customer']);
    assert.equal((await outbox(acme)).length, mails, 'nothing is mailed');
  }
});

test('a reply that was prepared before the customer wrote is refused', async () => {
  const acme = await desk('wrote-first');
  const ticketId = await ticketOf(acme);
  const { version } = await read(acme, ticketId);
  await wrote(acme, ticketId);
  await assert.rejects(
    acme.call(operator, 'reply', { ticketId, version: version!, body: 'Closing this.' }),
    refused('conflict'),
  );
});

test('a closed ticket stays closed: one follow-up takes what the customer writes, however many at once', async () => {
  const acme = await desk('follow-up');
  const ticketId = await ticketOf(acme);
  await change(acme, ticketId, { status: 'closed' });
  const before = await read(acme, ticketId);
  const written = await Promise.all([1, 2, 3].map((n) => wrote(acme, ticketId, `Message ${n}`)));
  assert.equal(new Set(written.map((one) => one.ticketId)).size, 1);
  assert.deepEqual(await read(acme, ticketId), before);
  const next = await read(acme, written[0]!.ticketId);
  assert.deepEqual(
    [next.followUpOf, next.status, next.subject, next.customerId, next.wallet, next.participants],
    [ticketId, 'open', before.subject, before.customerId, null, ['bob@example.com']],
  );
  assert.equal((next.messages as JsonObject[]).length, 3);
  assert.ok((next.messages as JsonObject[]).every(({ author }) => author === 'customer'));

  await change(acme, written[0]!.ticketId, { status: 'closed' });
  const third = await wrote(acme, ticketId);
  assert.equal((await read(acme, third.ticketId)).followUpOf, written[0]!.ticketId);
});

test('what was merged away is said where it went', async () => {
  const acme = await desk('wrote-merged');
  const [from, into] = [await ticketOf(acme), await ticketOf(acme)];
  await change(acme, from, { mergedInto: into, status: 'closed' });
  assert.equal((await wrote(acme, from)).ticketId, into);
});

test('what a blocked customer writes is kept, and opens nothing', async () => {
  const acme = await desk('wrote-blocked');
  const ticketId = await ticketOf(acme);
  const { customerId } = await read(acme, ticketId);
  await acme.call(operator, 'block_customer', { customerId: customerId!, reason: 'threats' });
  await wrote(acme, ticketId);
  assert.equal((await read(acme, ticketId)).status, 'pending');
  await change(acme, ticketId, { status: 'closed' });
  const { ticketId: next } = await wrote(acme, ticketId);
  assert.equal((await read(acme, next)).status, 'spam');
  await wrote(acme, next);
  assert.equal((await read(acme, next)).status, 'spam');
});
