import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Automated, admin, automated } from '../../../../test/automation.ts';
import { agent, catalogue, operator, refused, setDesk, setHours } from '../../../../test/desk.ts';
import type { EffectOperation } from '../../../catalogue/operation.ts';
import { runIn } from '../../../catalogue/perform.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const policy = (on: Automated, name: string, more: JsonObject) =>
  on.call(admin, 'create_sla_policy', { name, inBusinessHours: false, ...more });

/** Minutes from its opening to its due times. */
async function due(on: Automated, id: string): Promise<[first: number | null, resolution: number | null]> {
  const { createdAt, firstResponseDueAt, resolutionDueAt } = await on.ticket(id);
  const minutes = (at: Date | null) => at && Math.round((at.getTime() - createdAt.getTime()) / 60_000);
  return [minutes(firstResponseDueAt), minutes(resolutionDueAt)];
}

/** Moves what the database stamped to the time of the test's clock. */
const stamp = (on: Automated, ticketId: string) =>
  sql`update ticket_events set at = ${on.now()} where ticket_id = ${ticketId}
    and version = (select max(version) from ticket_events where ticket_id = ${ticketId})`.execute(on.db);

const set = async (on: Automated, ticketId: string, change: JsonObject) => {
  const { version } = await on.ticket(ticketId);
  await on.call(operator, 'update_ticket', { ticketId, version, ...change });
};

test('the first policy that fits gives a ticket its due times, and another once it changes', async () => {
  const acme = await automated('due');
  await policy(acme, 'All', { position: 9, firstResponseMinutes: 480, resolutionMinutes: 2880 });
  await policy(acme, 'Urgent', { position: 1, priorities: ['urgent', 'high'], firstResponseMinutes: 30 });
  const ticketId = await acme.mailIn('ada@example.com');
  const { version } = await acme.ticket(ticketId);
  await acme.follow();
  assert.deepEqual(await due(acme, ticketId), [480, 2880]);
  assert.equal((await acme.ticket(ticketId)).version, version, 'nobody is told that it changed');
  await set(acme, ticketId, { priority: 'urgent' });
  await acme.follow();
  assert.deepEqual(await due(acme, ticketId), [30, null]);
  const { customerId } = await acme.ticket(ticketId);
  const { policyId } = await policy(acme, 'Ada', { customerId: customerId!, resolutionMinutes: 60 });
  await acme.scan();
  assert.deepEqual(await due(acme, ticketId), [null, 60]);
  await acme.call(admin, 'update_sla_policy', { policyId: policyId!, tag: 'vip' });
  await acme.scan();
  assert.deepEqual(await due(acme, ticketId), [30, null]);
  await set(acme, ticketId, { tags: ['vip'] });
  await acme.follow();
  assert.deepEqual(await due(acme, ticketId), [null, 60]);
  const all = (await acme.call(operator, 'list_sla_policies', {})).policies as JsonObject[];
  assert.deepEqual(
    all.map(({ name }) => name),
    ['Ada', 'Urgent', 'All'],
  );
  for (const { policyId } of all) await acme.call(admin, 'delete_sla_policy', { policyId: policyId! });
  await acme.scan();
  assert.deepEqual(await due(acme, ticketId), [null, null]);
});

test('an operator’s public answer is the first response; a note, a rule’s mail and the wallet’s own are not', async () => {
  const acme = await automated('first-response');
  await policy(acme, 'All', { firstResponseMinutes: 60 });
  const { savedReplyId } = await acme.call(operator, 'create_saved_reply', { name: 'Ack', body: 'Here.' });
  await acme.call(admin, 'create_rule', {
    name: 'ack',
    trigger: 'ticket.created',
    actions: [{ kind: 'acknowledge', savedReplyId: savedReplyId! }],
  });
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.follow();
  await acme.call(operator, 'add_note', { ticketId, body: 'Hm.' });
  await acme.follow();
  const responded = async (id: string) => (await acme.ticket(id)).firstRespondedAt;
  assert.equal(await responded(ticketId), null);
  await acme.call(operator, 'send_reply', { ticketId, body: 'Clean it.' });
  await acme.follow();
  assert.ok(await responded(ticketId));
  // Answered: what it was due at stays, whatever comes.
  await set(acme, ticketId, { priority: 'urgent' });
  await policy(acme, 'Urgent', { priorities: ['urgent'], firstResponseMinutes: 5, position: 0 });
  await acme.follow();
  await acme.scan();
  assert.deepEqual(await due(acme, ticketId), [60, null]);

  const create = catalogue.get('create_ticket') as EffectOperation;
  const opened = await acme.within((scope) => runIn(scope, create, { subject: 'x', body: 'y' }), agent);
  const send = catalogue.get('send_reply') as EffectOperation;
  await acme.within((scope) => runIn(scope, send, { ticketId: opened.ticketId!, body: 'More.' }), agent);
  await acme.follow();
  assert.equal(await responded(opened.ticketId as string), null);
});

test('the time to resolve stands still while the ticket is pending or resolved', async () => {
  const acme = await automated('pause');
  await policy(acme, 'All', { resolutionMinutes: 600 });
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.follow();
  acme.pass(100);
  await set(acme, ticketId, { status: 'pending' });
  await stamp(acme, ticketId);
  await acme.follow();
  assert.deepEqual(await due(acme, ticketId), [null, null]);
  acme.pass(50);
  await set(acme, ticketId, { status: 'open' });
  await stamp(acme, ticketId);
  await acme.follow();
  assert.deepEqual(await due(acme, ticketId), [null, 650]);
  acme.pass(100);
  await set(acme, ticketId, { status: 'pending' });
  await stamp(acme, ticketId);
  acme.pass(30);
  await set(acme, ticketId, { status: 'resolved' });
  await stamp(acme, ticketId);
  await acme.follow();
  // It was resolved while it was pending: what it was due at is known again.
  assert.deepEqual(await due(acme, ticketId), [null, 680]);
  acme.pass(1000);
  await acme.customerWrites(ticketId);
  await stamp(acme, ticketId);
  await acme.follow();
  assert.deepEqual(await due(acme, ticketId), [null, 1680]);
});

test('only open minutes count where a policy says so, and again once hours or the time zone change', async () => {
  const acme = await automated('open-minutes');
  await acme.call(admin, 'create_sla_policy', { name: 'All', resolutionMinutes: 60 });
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.follow();
  assert.deepEqual(await due(acme, ticketId), [null, 60]);
  const week = (text: string) =>
    Object.fromEntries(
      ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [
        day,
        [text],
      ]),
    );
  // Open for an hour that has just begun in UTC, and not in Kolkata.
  const hour = acme.now().getUTCHours();
  const two = (of: number) => String(of % 24).padStart(2, '0');
  await setHours(acme, week(`${two(hour + 2)}:00-${two(hour + 3)}:00`));
  await acme.scan();
  const end = (await acme.ticket(ticketId)).resolutionDueAt!;
  assert.deepEqual([end.getUTCHours(), end.getUTCMinutes()], [(hour + 3) % 24, 0]);
  await setDesk(acme, { timeZone: 'Asia/Kolkata' });
  await acme.scan();
  assert.equal((await acme.ticket(ticketId)).resolutionDueAt!.getUTCMinutes(), 30);
  const shown = await acme.call(operator, 'get_business_hours', {});
  assert.deepEqual([shown.alwaysOpen, shown.timeZone], [false, 'Asia/Kolkata']);
  await setHours(acme, { alwaysOpen: true });
  await acme.scan();
  assert.deepEqual(await due(acme, ticketId), [null, 60]);
  for (const monday of [['9-17'], ['09:00-09:00'], ['09:00-25:00']])
    await assert.rejects(setHours(acme, { monday }), refused('invalid_arguments'));
  await assert.rejects(
    setHours(acme, { alwaysOpen: true, monday: ['09:00-17:00'] }),
    refused('invalid_arguments'),
  );
  const bad: JsonObject[] = [
    {},
    { firstResponseMinutes: 0 },
    { resolutionMinutes: 5, customerId: 'cus_none' },
  ];
  for (const more of bad) await assert.rejects(policy(acme, 'Bad', more), refused('invalid_arguments'));
});

test('a rule may act before a due time, and at it, unless it was kept', async () => {
  const acme = await automated('breach');
  await policy(acme, 'All', { firstResponseMinutes: 60, resolutionMinutes: 240 });
  const add = (name: string, trigger: string, minutes: number) =>
    acme.call(admin, 'create_rule', {
      name,
      trigger,
      minutes,
      actions: [{ kind: 'add_tags', tags: [name] }],
    });
  await add('soon', 'due.first_response', -15);
  await add('late', 'due.first_response', 0);
  await add('unresolved', 'due.resolution', 10);
  const [kept, missed] = [await acme.mailIn('ada@example.com'), await acme.mailIn('bob@example.com')];
  await acme.follow();
  acme.pass(44);
  await acme.scan();
  assert.deepEqual((await acme.ticket(kept)).tags, []);
  acme.pass(2);
  await acme.scan();
  assert.deepEqual((await acme.ticket(kept)).tags, ['soon']);
  await acme.call(operator, 'send_reply', { ticketId: kept, body: 'Clean it.' });
  await acme.follow();
  acme.pass(15);
  await acme.scan();
  acme.pass(240);
  await acme.scan();
  assert.deepEqual((await acme.ticket(kept)).tags, ['soon'], 'pending: no time to resolve it runs');
  assert.deepEqual((await acme.ticket(missed)).tags, ['soon', 'late', 'unresolved']);
});

test('what automation keeps of a customer is handed out, and gone after an erasure', async () => {
  const acme = await automated('erase-automation');
  const { savedReplyId } = await acme.call(operator, 'create_saved_reply', {
    name: 'Ack',
    body: 'Dear {{customer.name}}.',
  });
  await acme.call(admin, 'create_rule', {
    name: 'ack',
    trigger: 'ticket.created',
    actions: [{ kind: 'acknowledge', savedReplyId: savedReplyId! }],
  });
  const ticketId = await acme.mailIn('Xanthippe@erase.example', { name: 'Xanthippe Quokka' });
  await acme.follow();
  const customerId = (await acme.ticket(ticketId)).customerId!;
  const exported = await acme.call(admin, 'export_customer', { customerId, reason: 'she asked' });
  const records = exported.records as Record<string, JsonObject[]>;
  assert.equal(records.automaticMails!.length, 1);
  await acme.call(admin, 'erase_customer', { customerId, confirm: customerId, reason: 'she asked' });
  await acme.follow();
  const { rows: columns } = await sql<{ table: string; column: string }>`
    select c.relname as table, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and a.attnum > 0
      and not a.attisdropped and a.atttypid::regtype::text in ('text', 'jsonb', 'text[]', 'tsvector')`.execute(
    acme.db,
  );
  for (const { table, column } of columns) {
    const { rows } = await sql`select from ${sql.table(table)}
      where ${sql.ref(column)}::text ~* 'xanthippe|quokka' limit 1`.execute(acme.db);
    assert.equal(rows.length, 0, `${table}.${column}`);
  }
});
