import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Automated, admin, automated } from '../../../test/automation.ts';
import { operator } from '../../../test/desk.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { sleep } from '../../kernel/time.ts';
import { inWorkspace } from '../../store/database.ts';
import { record } from '../tickets/history.ts';
import { followNext } from './follow.ts';
import { maxDepth, maxEchoes, maxRunsAnHour } from './run-rule.ts';

const rule = (on: Automated, name: string, trigger: string, actions: JsonObject[], more: JsonObject = {}) =>
  on.call(admin, 'create_rule', { name, trigger, actions, ...more });

const tagRule = (on: Automated, tag: string, trigger = 'ticket.created') =>
  rule(on, `tag ${tag}`, trigger, [{ kind: 'add_tags', tags: [tag] }]);

/** Statements that wait for a lock, in this database. */
async function waitingFor(on: Automated, count: number): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int4 as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(on.db);
    if (rows[0]!.count >= count) return;
    await sleep(10);
  }
  assert.fail('nobody waits');
}

test('an event of a transaction that commits late is not missed', async () => {
  const acme = await automated('late');
  await tagRule(acme, 'seen');
  const first = await acme.mailIn('ada@example.com');
  await acme.follow();
  const gate = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  // It writes its event now, before those of others, and commits after they were looked at.
  const slow = acme.within(async (scope) => {
    await record(scope, { ticketId: first, kind: 'ticket.created', changes: {}, version: 1 });
    await scope.tx.updateTable('tickets').set({ tags: [] }).where('id', '=', first).execute();
    written.resolve();
    await gate.promise;
  });
  await written.promise;
  const second = await acme.mailIn('bob@example.com');
  await acme.follow();
  assert.deepEqual((await acme.ticket(second)).tags, ['seen']);
  gate.resolve();
  await slow;
  assert.ok((await acme.follow()) > 0);
  assert.deepEqual((await acme.ticket(first)).tags, ['seen']);
});

test('of many processes one looks at each event, and what it did is there once', async () => {
  const acme = await automated('many');
  const { ruleId } = await rule(acme, 'note', 'ticket.created', [{ kind: 'add_note', body: 'Hello.' }]);
  const ids = await Promise.all(Array.from({ length: 12 }, (_, i) => acme.mailIn(`c${i}@example.com`)));
  const follower = async () => {
    for (let idle = 0; idle < 3; )
      if ((await followNext(acme.ports, acme.workspace)) === 'more') idle = 0;
      else {
        idle++;
        await sleep(5);
      }
  };
  await Promise.all(Array.from({ length: 6 }, follower));
  await acme.follow();
  for (const ticketId of ids) {
    const { messages } = await acme.call(operator, 'get_ticket', { ticketId });
    assert.equal((messages as JsonObject[]).filter(({ body }) => body === 'Hello.').length, 1);
  }
  assert.equal((await acme.runs({ ruleId: ruleId! })).length, 12);
});

test('while one process is at a workspace others leave it alone, so that events keep their order', async () => {
  const acme = await automated('alone');
  await tagRule(acme, 'seen');
  const ticketId = await acme.mailIn('ada@example.com');
  const gate = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holder = acme.within(async ({ tx }) => {
    await sql`select from tickets where id = ${ticketId} for update`.execute(tx);
    held.resolve();
    await gate.promise;
  });
  await held.promise;
  const first = followNext(acme.ports, acme.workspace);
  await waitingFor(acme, 1);
  const second = await Promise.race([followNext(acme.ports, acme.workspace), sleep(20_000)]);
  gate.resolve();
  await holder;
  assert.deepEqual([await first, second], ['more', 'busy']);
});

test('a process that dies midway has done nothing, and another does it all', async () => {
  const acme = await automated('dies');
  const team = await acme.team('Support');
  await acme.member('ann', [team]);
  await rule(acme, 'both', 'ticket.created', [
    { kind: 'add_note', body: 'Hello.' },
    { kind: 'assign_round_robin', teamId: team },
  ]);
  const ticketId = await acme.mailIn('ada@example.com');
  const gate = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  // Somebody else has the turns of the team, so that the rule stops after its note.
  const holder = acme.within(async ({ tx, workspace }) => {
    await tx.insertInto('roundRobins').values({ workspaceId: workspace.id, teamId: team }).execute();
    held.resolve();
    await gate.promise;
  });
  await held.promise;
  const dying = followNext(acme.ports, acme.workspace);
  dying.catch(() => {});
  await waitingFor(acme, 1);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(acme.db);
  await assert.rejects(dying);
  gate.resolve();
  await holder;
  const before = await acme.call(operator, 'get_ticket', { ticketId });
  assert.deepEqual([(before.messages as JsonObject[]).length, before.assigneeId], [1, null]);
  await acme.follow();
  const after = await acme.call(operator, 'get_ticket', { ticketId });
  assert.deepEqual([(after.messages as JsonObject[]).length, after.assigneeId], [2, 'ann_dies']);
  assert.equal((await acme.runs()).length, 1);
});

test('a rule that fails does nothing and stops no other', async () => {
  const acme = await automated('fails');
  await acme.member('ann');
  const { ruleId } = await rule(acme, 'gone', 'ticket.created', [
    { kind: 'add_tags', tags: ['half'] },
    { kind: 'add_note', body: 'Half.' },
    { kind: 'set_assignee', userId: 'ann_fails' },
  ]);
  await tagRule(acme, 'after');
  await acme.db.deleteFrom('members').where('userId', '=', 'ann_fails').execute();
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.follow();
  const ticket = await acme.ticket(ticketId);
  assert.deepEqual([ticket.tags, ticket.version], [['after'], 2]);
  const [failed] = await acme.runs({ ruleId: ruleId! });
  assert.deepEqual(
    [failed!.outcome, failed!.detail],
    ['failed', 'userId: no member who works tickets has this id.'],
  );
});

test('rules that lead to each other come to an end, and the log says why', async () => {
  const acme = await automated('loop');
  await rule(
    acme,
    'ping',
    'ticket.updated',
    [
      { kind: 'set_priority', priority: 'high' },
      { kind: 'remove_tags', tags: ['ping'] },
    ],
    { allOf: [{ field: 'tag', test: 'is', values: ['ping'] }] },
  );
  await rule(
    acme,
    'pong',
    'ticket.updated',
    [
      { kind: 'set_priority', priority: 'low' },
      { kind: 'add_tags', tags: ['ping'] },
    ],
    { allOf: [{ field: 'tag', test: 'is_not', values: ['ping'] }] },
  );
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.follow();
  await acme.call(operator, 'update_ticket', { ticketId, version: 1, tags: ['ping'] });
  assert.ok((await acme.follow()) < 60, 'it ends');
  assert.ok((await acme.runs({ ticketId })).some(({ outcome }) => outcome === 'capped'));
  const { rows } = await sql<{ depth: number }>`
    select max(depth)::int4 as depth from ticket_events where ticket_id = ${ticketId}`.execute(acme.db);
  assert.ok(rows[0]!.depth <= maxDepth);
});

test('two rules that trigger each other on every change act a few times, and leave the others theirs', async () => {
  const acme = await automated('tree');
  // Each undoes what the other did, so each change is two more.
  for (const [name, priority] of [
    ['up', 'high'],
    ['down', 'low'],
  ] as const)
    await rule(acme, name, 'ticket.updated', [{ kind: 'set_priority', priority }]);
  await tagRule(acme, 'heard', 'message.by_customer');
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.follow();
  const { version } = await acme.ticket(ticketId);
  const changed = async (priority: string) => {
    const { version } = await acme.ticket(ticketId);
    await acme.call(operator, 'update_ticket', { ticketId, version, priority });
    await acme.follow();
  };
  await changed('urgent');
  const fired = (await acme.runs({ ticketId, outcome: 'fired' })).length;
  assert.ok(fired <= 2 * (1 + maxEchoes), `${fired} times`);
  assert.ok((await acme.ticket(ticketId)).version <= version + 1 + fired);
  // Somebody else's change is another matter, and so is a rule that had no part in it.
  for (let i = 0; i < 8; i++) await changed('urgent');
  await acme.customerWrites(ticketId);
  await acme.follow();
  assert.ok((await acme.ticket(ticketId)).tags.includes('heard'));
});

test('so many rules in a row may lead to each other, and not one more', async () => {
  const acme = await automated('depth');
  const { ruleId } = await rule(acme, 'note', 'ticket.created', [{ kind: 'add_note', body: 'Again.' }]);
  const ticketId = await acme.mailIn('ada@example.com');
  for (const depth of [maxDepth - 1, maxDepth])
    await acme.within((scope) =>
      record({ ...scope, depth }, { ticketId, kind: 'ticket.created', changes: {}, version: 1 }),
    );
  await acme.follow();
  assert.deepEqual(
    (await acme.runs({ ruleId: ruleId! })).map(({ depth, outcome }) => [depth, outcome]).sort(),
    [
      [0, 'fired'],
      [maxDepth - 1, 'fired'],
      [maxDepth, 'capped'],
    ],
  );
  const { rows } = await sql<{ depth: number }>`
    select depth::int4 from ticket_events where ticket_id = ${ticketId} and kind = 'message.created'
    order by depth`.execute(acme.db);
  assert.deepEqual(
    rows.map(({ depth }) => depth),
    [1, maxDepth],
  );
});

test('however often a customer writes, rules act on a ticket so often within an hour and no more', async () => {
  const acme = await automated('often');
  await rule(acme, 'note', 'message.by_customer', [{ kind: 'add_note', body: 'Again.' }]);
  const ticketId = await acme.mailIn('ada@example.com');
  for (let i = 0; i < maxRunsAnHour + 3; i++) await acme.customerWrites(ticketId);
  await acme.follow();
  assert.equal((await acme.runs({ outcome: 'fired' })).length, maxRunsAnHour);
  assert.equal((await acme.runs({ outcome: 'capped' })).length, 3);
  acme.pass(61);
  await acme.customerWrites(ticketId);
  await acme.follow();
  assert.equal((await acme.runs({ outcome: 'fired' })).length, maxRunsAnHour + 1);
});

test('where nothing is on events are passed over, and a rule acts on what happens after it was made', async () => {
  const acme = await automated('off');
  const before = await acme.mailIn('ada@example.com');
  assert.equal(await acme.follow(), 1);
  await tagRule(acme, 'new');
  const after = await acme.mailIn('ada@example.com');
  await acme.follow();
  assert.deepEqual([(await acme.ticket(before)).tags, (await acme.ticket(after)).tags], [[], ['new']]);
});

test('an erasure and a follower on one ticket do not wait for each other', async () => {
  const acme = await automated('cross');
  await tagRule(acme, 'seen', 'message.by_customer');
  const ticketId = await acme.mailIn('ada@example.com');
  for (let i = 0; i < 5; i++) {
    await acme.customerWrites(ticketId);
    await Promise.all([
      acme.follow(),
      inWorkspace(acme.db, acme.workspace.id, async (tx) => {
        await sql`select from tickets where id = ${ticketId} for update`.execute(tx);
        await sleep(20);
        await sql`update ticket_events set changes = '{}' where ticket_id = ${ticketId}`.execute(tx);
      }),
    ]);
  }
  assert.deepEqual((await acme.ticket(ticketId)).tags, ['seen']);
});
