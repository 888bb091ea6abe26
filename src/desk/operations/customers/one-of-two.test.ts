/** What becomes of one record when another is found to be the same person: nothing of it may be lost, or come to light. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { customerIdOf, type Desk, desk, operator, writeIn } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { auditTrail } from '../../../store/audit.ts';
import { settingsOf } from '../../automation/settings.ts';
import { addCustomerNote } from './change.ts';

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };
const anonymous: Caller = { kind: 'anonymous' };

/** A customer whom an operator wrote to, so that the address is theirs. */
async function known(on: Desk, email: string, name?: string): Promise<string> {
  const { ticketId } = await on.call(operator, 'start_conversation', {
    to: email,
    ...(name ? { name } : {}),
    subject: 'Your order',
    body: 'It is on its way.',
  });
  return customerIdOf(on, ticketId);
}

async function answer(on: Desk, ticketId: Json | undefined): Promise<JsonObject> {
  const { version } = await on.call(operator, 'get_ticket', { ticketId: ticketId! });
  return on.call(operator, 'reply', { ticketId: ticketId!, version: version!, body: 'Thank you.' });
}

const read = (on: Desk, customerId: string) => on.call(operator, 'get_customer', { customerId });

const openToAgents = (on: Desk) =>
  on.within(operator, ({ tx, workspace }) =>
    tx
      .updateTable('deskSettings')
      .set({ agentsSee: 'all' })
      .where('workspaceId', '=', workspace.id)
      .execute(),
  );

/** What a stranger reads of a ticket, and how many tickets a search for the words finds. */
async function stranger(on: Desk, ticketId: Json | undefined, query: string) {
  const { messages } = await on.call(anonymous, 'get_ticket_context', { ticketId: ticketId! });
  const { tickets } = await on.call(anonymous, 'search_tickets', { query });
  return { text: JSON.stringify(messages), found: (tickets as JsonObject[]).length };
}

test('a reply that shows who wrote does not unmask them to strangers', async () => {
  const acme = await desk('unmask');
  await openToAgents(acme);
  const [nameless, named] = [
    await known(acme, 'buyer77@corp.example'),
    await known(acme, 'buyer88@corp.example', 'Ada Lovelace'),
  ];
  for (const email of ['buyer77@corp.example', 'BUYER88@corp.example']) {
    const { ticketId } = await writeIn(acme, {
      email,
      name: 'Quentin Marlowsky',
      body: 'Hello, this is Quentin Marlowsky.',
    });
    assert.match((await stranger(acme, ticketId, 'Marlowsky')).text, /this is \[name\]/);
    await answer(acme, ticketId);
    const { text, found } = await stranger(acme, ticketId, 'Marlowsky');
    assert.doesNotMatch(text, /Quentin|Marlowsky/);
    assert.equal(found, 0);
  }
  assert.equal((await read(acme, nameless)).name, 'Quentin Marlowsky', 'who had no name has one');
  const ada = await read(acme, named);
  assert.deepEqual([ada.name, ada.aliases], ['Ada Lovelace', ['Quentin Marlowsky']]);
});

test('what an operator calls a known customer is masked, whatever they are called already', async () => {
  const acme = await desk('greeting');
  await openToAgents(acme);
  await known(acme, 'plain@corp.example');
  await known(acme, 'named@corp.example', 'Ada Lovelace');
  for (const to of ['plain@corp.example', 'named@corp.example']) {
    const { ticketId, customerId } = await acme.call(operator, 'start_conversation', {
      to,
      name: 'Quentin Marlowsky',
      subject: 'Again',
      body: 'Dear Quentin Marlowsky',
    });
    assert.doesNotMatch((await stranger(acme, ticketId, 'x')).text, /Quentin|Marlowsky/);
    const { name } = await read(acme, customerId as string);
    assert.equal(name, to.startsWith('plain') ? 'Quentin Marlowsky' : 'Ada Lovelace');
  }
});

test('a merge and a change of name keep masked what a customer was called before', async () => {
  const acme = await desk('former-names');
  await openToAgents(acme);
  const into = await known(acme, 'ada@corp.example', 'Ada Lovelace');
  const { ticketId } = await writeIn(acme, {
    email: 'zebediah@nowhere-else.example',
    name: 'Quentin Marlowsky',
    body: 'Quentin Marlowsky here, known as zebediah and as Augustina.',
  });
  const from = await customerIdOf(acme, ticketId);
  await acme.call(operator, 'update_customer', { customerId: from, name: 'Augustina' });
  await acme.call(operator, 'update_customer', { customerId: from, name: 'Q. Marlowsky' });
  await acme.call(operator, 'merge_customers', { from, into });
  await acme.call(operator, 'update_customer', { customerId: into, name: 'Countess' });
  const { text, found } = await stranger(acme, ticketId, 'zebediah');
  assert.doesNotMatch(text, /Quentin|Marlowsky|zebediah|Augustina/);
  assert.equal(found, 0);
  const { aliases } = await read(acme, into);
  assert.deepEqual(
    new Set(aliases as string[]),
    new Set([
      'Ada Lovelace',
      'Augustina',
      'Quentin Marlowsky',
      'Q. Marlowsky',
      'zebediah@nowhere-else.example',
    ]),
  );
  // They are found by what they were called, and it is handed out and erased with them.
  const { customers } = await acme.call(operator, 'list_customers', { query: 'quentin' });
  assert.deepEqual(
    (customers as JsonObject[]).map(({ id }) => id),
    [into],
  );
  const { records } = await acme.call(admin, 'export_customer', { customerId: into, reason: 'asked' });
  assert.match(JSON.stringify(records), /Augustina/);
  await acme.call(operator, 'create_view', { name: 'His', query: 'from:quentin' });
  await acme.call(admin, 'erase_customer', { customerId: into, confirm: into, reason: 'asked' });
  assert.doesNotMatch(JSON.stringify(await acme.call(operator, 'list_views', {})), /quentin/);
  assert.deepEqual(await acme.db.selectFrom('customerAliases').selectAll().execute().then(ofThis(acme)), []);
});

const ofThis =
  (on: Desk) =>
  <Row extends { workspaceId: string }>(rows: Row[]) =>
    rows.filter(({ workspaceId }) => workspaceId === on.workspace.id);

test('an address that nobody vouched for stays a known one when another takes its place', async () => {
  const acme = await desk('former-address');
  await openToAgents(acme);
  const { ticketId } = await writeIn(acme, {
    email: 'zebediah@nowhere-else.example',
    body: 'I am zebediah of nowhere-else.example.',
  });
  const customerId = await customerIdOf(acme, ticketId);
  await acme.call(operator, 'add_customer_address', { customerId, address: 'new@corp.example' });
  assert.doesNotMatch((await stranger(acme, ticketId, 'x')).text, /zebediah|nowhere-else/);
  // Of two nameless records the one that has any address gives it.
  const { ticketId: nameOnly } = await acme.call(operator, 'create_ticket', {
    subject: 'x',
    body: 'y',
    name: 'Bob',
  });
  const { ticketId: addressed } = await writeIn(acme, { email: 'bob@corp.example' });
  const into = await customerIdOf(acme, nameOnly);
  await acme.call(operator, 'merge_customers', { from: await customerIdOf(acme, addressed), into });
  const bob = await read(acme, into);
  assert.deepEqual([bob.email, bob.emailVerified], ['bob@corp.example', false]);
});

test('notes, the block and the policies of a record survive the reply that shows whose it is', async () => {
  const acme = await desk('vouch-keeps');
  const customerId = await known(acme, 'vera@real.example', 'Vera');
  const { ticketId } = await writeIn(acme, { email: 'Vera@real.example', name: 'Vera R.' });
  const from = await customerIdOf(acme, ticketId);
  await acme.call(operator, 'add_customer_note', { customerId: from, body: 'Calls on Mondays.' });
  const { policyId } = await acme.call(admin, 'create_sla_policy', {
    name: 'Hers',
    customerId: from,
    firstResponseMinutes: 5,
  });
  await acme.call(operator, 'block_customer', { customerId: from, reason: 'threats' });
  const revision = async () => (await acme.within(operator, settingsOf)).revision;
  const before = await revision();
  await answer(acme, ticketId);
  assert.equal(await revision(), before + 1, 'due times of her other tickets are made anew');
  const vera = await read(acme, customerId);
  assert.deepEqual(
    (vera.notes as JsonObject[]).map(({ body }) => body),
    ['Calls on Mondays.'],
  );
  assert.deepEqual([vera.blocked, vera.ticketCount], [true, 2]);
  const { policies } = await acme.call(operator, 'list_sla_policies', {});
  assert.deepEqual(
    (policies as JsonObject[]).map((policy) => [policy.policyId, policy.customerId]),
    [[policyId, customerId]],
  );
  const [row] = await acme.within(admin, ({ tx, workspace }) =>
    auditTrail(tx, workspace.id, { subject: customerId, limit: 9 }),
  );
  assert.deepEqual(
    [row?.action, row?.actor, row?.details],
    ['customer.merged', 'operator:usr_test', { from, blocked: true }],
  );
});

test('a merge keeps the block of either', async () => {
  const acme = await desk('merge-block');
  const [from, into] = [await known(acme, 'a@corp.example'), await known(acme, 'b@corp.example')];
  await acme.call(operator, 'block_customer', { customerId: from, reason: 'threats' });
  assert.equal((await acme.call(operator, 'merge_customers', { from, into })).blocked, true);
  assert.equal((await writeIn(acme, { email: 'a@corp.example' })).status, 'spam');
});

test('replies on two tickets of one unverified record at once lose nothing of it', async () => {
  const acme = await desk('vouch-race');
  for (let i = 0; i < 5; i++) {
    const email = `race${i}@corp.example`;
    const into = await known(acme, email);
    const { ticketId: one } = await writeIn(acme, { email });
    const { ticketId: two } = await writeIn(acme, { email });
    const [from, also] = [await customerIdOf(acme, one), await customerIdOf(acme, two)];
    await acme.call(operator, 'merge_customers', { from: also, into: from });
    await acme.call(operator, 'add_customer_note', { customerId: from, body: 'kept' });
    // Each has locked its ticket, and wants the other's: Postgres lets one of them go on, and the other comes after it.
    await Promise.all([answer(acme, one), answer(acme, two)]);
    const left = await read(acme, into);
    assert.deepEqual([left.ticketCount, (left.notes as JsonObject[]).length], [3, 1]);
  }
});

test('a note that is being written while its record becomes another’s goes along', async () => {
  const acme = await desk('vouch-note');
  const into = await known(acme, 'vera@real.example');
  const { ticketId } = await writeIn(acme, { email: 'vera@real.example' });
  const customerId = await customerIdOf(acme, ticketId);
  let finish = () => {};
  const written = new Promise<void>((resolve) => (finish = resolve));
  let begun = () => {};
  const writing = new Promise<void>((resolve) => (begun = resolve));
  const noted = acme.within(operator, async (scope) => {
    await addCustomerNote.commit(scope, { customerId, body: 'Calls on Mondays.' });
    begun();
    await written;
  });
  await writing;
  const answered = answer(acme, ticketId);
  await waits(acme);
  finish();
  await Promise.all([noted, answered]);
  assert.equal(((await read(acme, into)).notes as JsonObject[]).length, 1);
});

/** Until a transaction waits for another's lock. */
async function waits(on: Desk): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(on.db);
    if (rows.length > 0) return;
  }
}
