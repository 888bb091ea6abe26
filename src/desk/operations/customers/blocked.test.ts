/** What somebody who is blocked may try to be heard again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agent,
  customerIdOf,
  type Desk,
  desk,
  open,
  operator,
  refused,
  writeIn,
} from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { customerWrote } from '../../tickets/customer-wrote.ts';

const credential: Caller = { kind: 'credential', id: 'crd_1', granted: [] };
const email = 'mallory@example.com';

const block = (on: Desk, customerId: string) =>
  on.call(operator, 'block_customer', { customerId, reason: 'threats' });
const unblock = (on: Desk, customerId: string) =>
  on.call(operator, 'unblock_customer', { customerId, reason: 'sorry' });

/** Where tickets stand that name the address in every way in which it can be named. */
const heard = async (on: Desk, named = email) => [
  (await writeIn(on, { email: named })).status,
  (await open(on, { email: named })).status,
  (await open(on, { email: named }, credential)).status,
];

test('who was never answered is blocked by the address they gave, whichever way they come back', async () => {
  const acme = await desk('blocked-unanswered');
  const [first, second] = [
    await writeIn(acme, { email }),
    await writeIn(acme, { email: 'Mallory@Example.com' }),
  ];
  await block(acme, await customerIdOf(acme, first.ticketId));
  assert.deepEqual(await heard(acme), ['spam', 'spam', 'spam']);
  assert.deepEqual(await heard(acme, 'MALLORY@example.com'), ['spam', 'spam', 'spam']);
  assert.deepEqual(await heard(acme, 'other@example.com'), ['open', 'open', 'open']);
  // What was open already goes on in no follow-up either.
  await acme.call(operator, 'update_ticket', { ticketId: second.ticketId!, version: 1, status: 'closed' });
  const { ticketId } = await acme.within(operator, (scope) =>
    customerWrote(scope, { id: second.ticketId as string }, { body: 'And now?' }),
  );
  assert.equal((await acme.call(operator, 'get_ticket', { ticketId })).status, 'spam');
});

test('a customer who is blocked is not heard through the door either', async () => {
  const acme = await desk('blocked-verified');
  const { ticketId } = await writeIn(acme, { email });
  await acme.call(operator, 'reply', { ticketId: ticketId!, version: 1, body: 'Stop that.' });
  const customerId = await customerIdOf(acme, ticketId);
  await acme.call(operator, 'add_customer_address', { customerId, address: 'also@example.com' });
  await block(acme, customerId);
  assert.deepEqual(await heard(acme), ['spam', 'spam', 'spam']);
  assert.deepEqual(await heard(acme, 'also@example.com'), ['spam', 'spam', 'spam']);
  await unblock(acme, customerId);
  assert.deepEqual(await heard(acme), ['open', 'open', 'open']);
});

test('a block is taken back at any record of the address', async () => {
  const acme = await desk('unblock');
  const first = await customerIdOf(acme, (await writeIn(acme, { email })).ticketId);
  await block(acme, first);
  const last = await customerIdOf(acme, (await writeIn(acme, { email })).ticketId);
  assert.equal((await acme.call(operator, 'get_customer', { customerId: last })).blocked, true);
  await unblock(acme, last);
  assert.equal((await acme.call(operator, 'get_customer', { customerId: first })).blocked, false);
  assert.deepEqual(await heard(acme), ['open', 'open', 'open']);
});

test('blocking the record of a stranger who named a customer’s address does not block the customer', async () => {
  const acme = await desk('blocked-stranger');
  const { ticketId } = await acme.call(operator, 'start_conversation', {
    to: email,
    subject: 'Your order',
    body: 'It is on its way.',
  });
  const customerId = await customerIdOf(acme, ticketId);
  const stranger = await customerIdOf(acme, (await writeIn(acme, { email })).ticketId);
  await block(acme, stranger);
  assert.deepEqual(await heard(acme), ['spam', 'spam', 'spam']);
  assert.equal((await acme.call(operator, 'get_customer', { customerId })).blocked, false);
  await acme.within(operator, (scope) =>
    customerWrote(scope, { id: ticketId as string }, { body: 'Thank you.' }),
  );
  assert.equal((await acme.call(operator, 'get_ticket', { ticketId: ticketId! })).status, 'open');
  // The other way round the strangers are taken for the customer, and heard again with the customer alone.
  await unblock(acme, stranger);
  await block(acme, customerId);
  await assert.rejects(unblock(acme, stranger), refused('conflict'));
  await unblock(acme, customerId);
  assert.deepEqual(await heard(acme), ['open', 'open', 'open']);
});

test('a block holds for an address that only a merged record had, until somebody has it', async () => {
  const acme = await desk('blocked-alias');
  const from = await customerIdOf(acme, (await writeIn(acme, { email })).ticketId);
  await block(acme, from);
  const conversation = { subject: 'Your order', body: 'It is on its way.' };
  const write = async (to: string) =>
    customerIdOf(acme, (await acme.call(operator, 'start_conversation', { to, ...conversation })).ticketId);
  await acme.call(operator, 'merge_customers', { from, into: await write('another@example.com') });
  assert.deepEqual(await heard(acme), ['spam', 'spam', 'spam']);
  await write('somebody@example.com').then((customerId) =>
    acme.call(operator, 'add_customer_address', { customerId, address: email }),
  );
  const named = await acme.call(operator, 'list_customers', { query: email });
  const record = (named.customers as JsonObject[]).find(({ emailVerified }) => !emailVerified);
  await unblock(acme, record!.id as string);
  assert.deepEqual(await heard(acme), ['open', 'open', 'open']);
});

test('a block in one workspace is none in another', async () => {
  const [acme, other] = [await desk('blocked-here'), await desk('not-there')];
  await block(acme, await customerIdOf(acme, (await writeIn(acme, { email })).ticketId));
  assert.deepEqual(await heard(other), ['open', 'open', 'open']);
});

test('who gives no address is heard', async () => {
  const acme = await desk('no-address');
  await block(acme, await customerIdOf(acme, (await open(acme, { name: 'Mallory' })).ticketId));
  assert.equal((await open(acme, { name: 'Mallory' }, agent)).status, 'open');
});
