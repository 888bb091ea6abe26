import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admin, automated, mails, rule, saved } from '../../../../test/automation.ts';
import { operator, refused } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';

test('conditions are asked of the ticket as it is when the rule runs', async () => {
  const acme = await automated('conditions');
  const cases: [JsonObject, boolean][] = [
    [{ field: 'status', test: 'is', values: ['open', 'pending'] }, true],
    [{ field: 'status', test: 'is_not', values: ['open'] }, false],
    [{ field: 'priority', test: 'is', values: ['high'] }, false],
    [{ field: 'tag', test: 'is_empty' }, false],
    [{ field: 'tag', test: 'is', values: ['FIRST'] }, true],
    [{ field: 'channel', test: 'is', values: ['email'] }, true],
    [{ field: 'mailbox', test: 'is_empty' }, true],
    [{ field: 'assignee', test: 'is_not_empty' }, false],
    [{ field: 'team', test: 'is_empty' }, true],
    [{ field: 'customer_domain', test: 'is', values: ['example.com'] }, true],
    [{ field: 'customer_domain', test: 'is', values: ['xample.com'] }, false],
    [{ field: 'subject', test: 'contains', values: ['nothing', 'NOT CHARGE'] }, true],
    [{ field: 'body', test: 'contains', values: ['blinks.'] }, true],
    [{ field: 'body', test: 'contains_not', values: ['blinks.', 'x'] }, false],
    [{ field: 'business_hours', test: 'is', values: ['inside'] }, true],
    [{ field: 'business_hours', test: 'is', values: ['outside'] }, false],
  ];
  // The first tags it, and those after it see the tag.
  await rule(acme, 'first', 'ticket.created', [{ kind: 'add_tags', tags: ['first'] }]);
  for (const [index, [condition, met]] of cases.entries())
    await rule(
      acme,
      `${index}`,
      'ticket.created',
      [{ kind: 'add_tags', tags: [`${index}${met ? 'y' : 'n'}`] }],
      {
        allOf: [condition],
      },
    );
  const never = { field: 'status', test: 'is', values: ['closed'] };
  const always = { field: 'status', test: 'is', values: ['open'] };
  await rule(acme, 'any', 'ticket.created', [{ kind: 'add_tags', tags: ['any-y'] }], {
    anyOf: [never, always],
  });
  await rule(acme, 'none', 'ticket.created', [{ kind: 'add_tags', tags: ['any-n'] }], { anyOf: [never] });
  await rule(acme, 'all', 'ticket.created', [{ kind: 'add_tags', tags: ['all-n'] }], {
    allOf: [never, always],
  });
  const ticketId = await acme.mailIn('ada@Example.com');
  await acme.follow();
  const expected = cases.flatMap(([, met], index) => (met ? [`${index}y`] : []));
  assert.deepEqual((await acme.ticket(ticketId)).tags.sort(), ['first', 'any-y', ...expected].sort());
  const runs = await acme.runs({ outcome: 'not_met' });
  assert.equal(runs.length, cases.filter(([, met]) => !met).length + 2);
});

test('a rule is told apart by who wrote, and notes are nothing to it', async () => {
  const acme = await automated('authors');
  const tags = (tag: string) => [{ kind: 'add_tags', tags: [tag] }];
  await rule(acme, 'customer', 'message.by_customer', tags('customer'));
  await rule(acme, 'operator', 'message.by_operator', tags('operator'));
  await rule(acme, 'proposed', 'proposal.approved', tags('approved'));
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.call(operator, 'add_note', { ticketId, body: 'A note.' });
  await acme.follow();
  assert.deepEqual((await acme.ticket(ticketId)).tags, []);
  await acme.call(operator, 'send_reply', { ticketId, body: 'A reply.' });
  await acme.follow();
  assert.deepEqual((await acme.ticket(ticketId)).tags, ['operator']);
  await acme.customerWrites(ticketId);
  await acme.follow();
  assert.deepEqual((await acme.ticket(ticketId)).tags, ['operator', 'customer']);
});

test('a time rule acts once for each time that it waits on, and not on what was past when it was made', async () => {
  const acme = await automated('silence');
  const past = await acme.mailIn('old@example.com');
  await acme.call(operator, 'send_reply', { ticketId: past, body: 'Well?' });
  acme.pass(60 * 25);
  const waiting = await acme.mailIn('mid@example.com');
  await acme.call(operator, 'send_reply', { ticketId: waiting, body: 'Well?' });
  acme.pass(60);
  const { ruleId } = await rule(
    acme,
    'close after silence',
    'after.operator_message',
    [
      { kind: 'add_note', body: 'Silence.' },
      { kind: 'set_status', status: 'closed' },
    ],
    { minutes: 24 * 60, allOf: [{ field: 'status', test: 'is', values: ['pending'] }] },
  );
  const answered = await acme.mailIn('ada@example.com');
  await acme.call(operator, 'send_reply', { ticketId: answered, body: 'Well?' });
  await acme.follow();
  assert.equal(await acme.scan(), 0);
  acme.pass(24 * 60 - 61);
  assert.equal(await acme.scan(), 0, 'a minute too early');
  await acme.customerWrites(answered);
  await acme.follow();
  acme.pass(62);
  await Promise.all([acme.scan(), acme.scan(), acme.scan()]);
  const status = async (id: string) => (await acme.ticket(id)).status;
  assert.deepEqual(
    [await status(past), await status(waiting), await status(answered)],
    ['pending', 'closed', 'open'],
  );
  assert.equal(await acme.scan(), 0);
  // Answered again: another silence, another time. The first one was broken off, and is not made up for.
  await acme.call(operator, 'send_reply', { ticketId: answered, body: 'And now?' });
  await acme.follow();
  acme.pass(24 * 60 + 1);
  await acme.scan();
  assert.equal(await status(answered), 'closed');
  const runs = await acme.runs({ ruleId: ruleId! });
  assert.deepEqual(
    runs.map(({ ticketId, outcome, eventId }) => [ticketId, outcome, eventId]),
    [answered, waiting].map((id) => [id, 'fired', null]),
  );
});

test('a customer who had only automatic mail still waits', async () => {
  const acme = await automated('still-waits');
  await rule(acme, 'ack', 'ticket.created', [{ kind: 'acknowledge', savedReplyId: await saved(acme) }]);
  await rule(acme, 'hurry', 'after.customer_message', [{ kind: 'set_priority', priority: 'urgent' }], {
    minutes: 30,
  });
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.follow();
  assert.equal((await mails(acme)).length, 1);
  acme.pass(31);
  await acme.scan();
  assert.equal((await acme.ticket(ticketId)).priority, 'urgent');
});

test('a time rule whose conditions do not hold looks again, and says so once', async () => {
  const acme = await automated('again');
  await rule(acme, 'stale', 'after.status', [{ kind: 'set_priority', priority: 'urgent' }], {
    minutes: 10,
    allOf: [{ field: 'tag', test: 'is', values: ['vip'] }],
  });
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.follow();
  acme.pass(11);
  assert.equal(await acme.scan(), 1);
  assert.equal(await acme.scan(), 0);
  acme.pass(11);
  assert.equal(await acme.scan(), 1);
  assert.deepEqual(
    (await acme.runs()).map(({ outcome }) => outcome),
    ['not_met'],
  );
  await acme.call(operator, 'update_ticket', { ticketId, version: 1, tags: ['vip'] });
  await acme.follow();
  acme.pass(11);
  assert.equal(await acme.scan(), 1);
  assert.equal((await acme.ticket(ticketId)).priority, 'urgent');
  acme.pass(600);
  assert.equal(await acme.scan(), 0);
});

test('rules are changed, put in order, listed page by page; what is unsound is refused', async () => {
  const acme = await automated('order');
  const tag = (name: string) => rule(acme, name, 'ticket.created', [{ kind: 'add_tags', tags: [name] }]);
  const ids = [await tag('a'), await tag('b'), await tag('c')].map(({ ruleId }) => ruleId as string);
  await assert.rejects(acme.call(admin, 'reorder_rules', { ruleIds: ids.slice(1) }), refused('conflict'));
  await assert.rejects(
    acme.call(admin, 'reorder_rules', { ruleIds: [ids[0]!, ids[0]!, ids[1]!] }),
    refused('conflict'),
  );
  await acme.call(admin, 'reorder_rules', { ruleIds: [ids[2]!, ids[0]!, ids[1]!] });
  const seen: unknown[] = [];
  for (let after: string | undefined; ; ) {
    const page = await acme.call(operator, 'list_rules', { limit: 2, ...(after ? { after } : {}) });
    seen.push(...(page.rules as JsonObject[]).map(({ name }) => name));
    if (!page.next) break;
    after = page.next as string;
  }
  assert.deepEqual(seen, ['c', 'a', 'b']);
  await acme.call(admin, 'update_rule', { ruleId: ids[0]!, version: 1, enabled: false });
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.follow();
  assert.deepEqual((await acme.ticket(ticketId)).tags, ['c', 'b']);

  const actions = [{ kind: 'add_tags', tags: ['x'] }];
  const bad: JsonObject[] = [
    { trigger: 'ticket.created', actions, minutes: 5 },
    { trigger: 'after.status', actions },
    { trigger: 'after.status', actions, minutes: 0 },
    { trigger: 'after.status', actions, minutes: -5 },
    { trigger: 'ticket.gone', actions },
    { trigger: 'ticket.created', actions: [] },
    { trigger: 'ticket.created', actions: [{ kind: 'macro', macroId: 'mac_none' }] },
    { trigger: 'ticket.created', actions, allOf: [{ field: 'status', test: 'contains', values: ['o'] }] },
    { trigger: 'ticket.created', actions, allOf: [{ field: 'status', test: 'is', values: ['opne'] }] },
    { trigger: 'ticket.created', actions, allOf: [{ field: 'team', test: 'is_empty', values: ['x'] }] },
    { trigger: 'ticket.created', actions, allOf: [{ field: 'team', test: 'is' }] },
    { trigger: 'ticket.created', actions, allOf: [{ field: 'secret', test: 'is', values: ['x'] }] },
  ];
  for (const more of bad)
    await assert.rejects(
      acme.call(admin, 'create_rule', { name: 'Bad', ...more }),
      refused('invalid_arguments'),
      JSON.stringify(more),
    );
  await assert.rejects(
    acme.call(admin, 'create_rule', { name: 'A', trigger: 'ticket.created', actions }),
    refused('conflict'),
  );
  const plain: Caller = { kind: 'operator', id: 'usr_o', role: 'operator' };
  await assert.rejects(
    acme.call(plain, 'create_rule', { name: 'Mine', trigger: 'ticket.created', actions }),
    refused('not_permitted'),
  );
});
