/** An erasure beside what else happens, and what is tied to a customer by an address alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { customerIdOf, type Desk, desk, open, operator } from '../../../../test/desk.ts';
import { holding } from '../../../../test/holding.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { Json, JsonObject } from '../../../kernel/json.ts';

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };

const write = async (on: Desk, to: string) => {
  const { ticketId } = await on.call(operator, 'start_conversation', {
    to,
    subject: 'Yours',
    body: 'Hello.',
  });
  return { ticketId: ticketId as string, customerId: await customerIdOf(on, ticketId) };
};

const reply = async (on: Desk, ticketId: Json | undefined, more: JsonObject = {}) => {
  const { version } = await on.call(operator, 'get_ticket', { ticketId: ticketId! });
  return on.call(operator, 'reply', { ticketId: ticketId!, version: version!, body: 'Thank you.', ...more });
};

const erase = (on: Desk, customerId: string) =>
  on.call(admin, 'erase_customer', { customerId, confirm: customerId, reason: 'asked' });

const somebodyWaits = async (on: Desk) => {
  for (let i = 0; i < 200; i++) {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(on.db);
    if (rows.length > 0) return;
    await sleep(20);
  }
  assert.fail('nobody waits');
};

test('an erasure takes tickets before customers, as an answer does, so that neither waits for the other', async () => {
  const acme = await desk('erase-order');
  const { customerId } = await write(acme, 'ada@order.example');
  const { ticketId } = await open(acme, { email: 'ada@order.example' });
  const [answering, erasing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  // Somebody answers on the second ticket: they hold it, and want the customer after.
  const answer = acme.within(operator, async ({ tx }) => {
    await sql`select from tickets where id = ${ticketId as string} for update`.execute(tx);
    answering.resolve();
    await erasing.promise;
    await sql`select from customers where id = ${customerId} for update nowait`.execute(tx);
  });
  await answering.promise;
  const erasure = erase(acme, customerId);
  await somebodyWaits(acme);
  erasing.resolve();
  await answer;
  assert.partialDeepStrictEqual(await erasure, { tickets: 2, customers: 2 });
});

test('what is answered while its customer is erased is either erased with it or refused', async () => {
  const acme = await desk('erase-beside');
  for (let i = 0; i < 4; i++) {
    const email = `ada${i}@beside.example`;
    const { customerId } = await write(acme, email);
    const { ticketId } = await open(acme, { email, body: 'zymurgical' });
    const [erased, answered] = await Promise.allSettled([
      erase(acme, customerId),
      reply(acme, ticketId, { body: 'zymurgical' }),
    ]);
    assert.equal(erased.status, 'fulfilled');
    if (answered.status === 'rejected')
      assert.equal(answered.reason.code, 'conflict', String(answered.reason));
    const { rows } = await sql`select from messages where workspace_id = ${acme.workspace.id}
      and body like '%zymurgical%'`.execute(acme.db);
    assert.equal(rows.length, 0);
    const { rows: toSend } = await sql`select from outbox where workspace_id = ${acme.workspace.id}
      and state = 'queued' and lower(rcpt_to) = ${email}`.execute(acme.db);
    assert.equal(toSend.length, 0);
  }
});

test('an address that mail went to is erased with the customer it was taken from', async () => {
  const acme = await desk('erase-removed');
  const former = 'rem1@removed.example';
  const { customerId, ticketId } = await write(acme, former);
  const other = await write(acme, 'bob@elsewhere.example');
  await reply(acme, other.ticketId, { cc: [former, 'carl@elsewhere.example'] });
  const named = await open(acme, { email: former, body: 'zymurgical' });
  await acme.db
    .updateTable('outbox')
    .set({ state: 'sent', delivered: [former] })
    .where('ticketId', '=', ticketId)
    .execute();
  for (const address of ['rem2@removed.example', 'typo@mistaken.example'])
    await acme.call(operator, 'add_customer_address', { customerId, address });
  await acme.call(operator, 'update_customer', { customerId, email: 'rem2@removed.example' });
  for (const address of [former, 'typo@mistaken.example'])
    await acme.call(operator, 'remove_customer_address', { customerId, address });
  assert.deepEqual((await acme.call(operator, 'get_customer', { customerId })).aliases, [former]);

  const troll = await open(acme, { email: 'typo@mistaken.example', body: 'Not hers.' });
  assert.partialDeepStrictEqual(await erase(acme, customerId), { tickets: 2, customers: 2 });
  assert.deepEqual(await holding(acme.db, ['removed.example', 'zymurgical']), []);
  const { participants } = await acme.call(operator, 'get_ticket', { ticketId: other.ticketId });
  assert.deepEqual(participants, ['carl@elsewhere.example']);
  for (const [id, erased] of [
    [named.ticketId, true],
    [troll.ticketId, false],
  ] as const) {
    const customer = await acme.call(operator, 'get_customer', { customerId: await customerIdOf(acme, id) });
    assert.equal(customer.erased, erased);
  }
});

test('an address that was taken from one customer and given to another is the other’s alone', async () => {
  const acme = await desk('erase-passed-on');
  const shared = 'office@passed.example';
  const { customerId } = await write(acme, shared);
  await acme.call(operator, 'add_customer_address', { customerId, address: 'ada@passed.example' });
  await acme.call(operator, 'update_customer', { customerId, email: 'ada@passed.example' });
  await acme.call(operator, 'remove_customer_address', { customerId, address: shared });
  const next = await write(acme, shared);
  assert.notEqual(next.customerId, customerId);
  assert.partialDeepStrictEqual(await erase(acme, customerId), { tickets: 1, customers: 1 });
  assert.equal((await acme.call(operator, 'get_customer', { customerId: next.customerId })).email, shared);
});
