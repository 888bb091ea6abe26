import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { admin, automated } from '../../../../test/automation.ts';
import { operator, refused } from '../../../../test/desk.ts';
import type { JsonObject } from '../../../kernel/json.ts';

test('a saved reply takes known variables only, and puts values in as they are', async () => {
  const acme = await automated('saved');
  await acme.member('Grace');
  const grace = { kind: 'operator', id: 'Grace_saved', role: 'operator' } as const;
  for (const body of [
    'Dear {{customer.password}}',
    '{{}}',
    '{{ constructor }}',
    '{{customer.name.length}}',
    '{{1+1}}',
  ])
    await assert.rejects(
      acme.call(grace, 'create_saved_reply', { name: 'Bad', body }),
      refused('invalid_arguments'),
    );
  const body =
    'Dear {{customer.firstName|there}}, "{{ticket.subject}}" is #{{ticket.number}}. {{ operator.name }} of {{workspace.name}} $& {brace} {{';
  const saved = await acme.call(grace, 'create_saved_reply', { name: 'Hello', body });
  await assert.rejects(acme.call(grace, 'create_saved_reply', { name: 'HELLO', body }), refused('conflict'));
  // What the customer wrote names variables and patterns of its own.
  const subject = '{{operator.name}} $1 $& {{workspace.name|x}}';
  const ticketId = await acme.mailIn('ada@example.com', { subject, name: '  {{operator.name}} Smith' });
  const rendered = await acme.call(grace, 'render_saved_reply', {
    savedReplyId: saved.savedReplyId!,
    ticketId,
  });
  assert.equal(rendered.text, `Dear {{operator.name}}, "${subject}" is #1. Grace of saved Ltd $& {brace} {{`);
  const nameless = await acme.call(operator, 'create_ticket', {
    subject: 'x',
    body: 'y',
  });
  const bare = await acme.call(grace, 'create_saved_reply', {
    name: 'Bare',
    body: 'Dear {{customer.name}}!',
  });
  assert.deepEqual(
    await acme.call(grace, 'render_saved_reply', {
      savedReplyId: bare.savedReplyId!,
      ticketId: nameless.ticketId!,
    }),
    { text: 'Dear !', missing: ['customer.name'] },
  );
});

test('saved replies and macros are changed, listed page by page, and kept while they are used', async () => {
  const acme = await automated('listed');
  for (const name of ['b', 'C', 'a'])
    await acme.call(operator, 'create_saved_reply', { name, body: `It is ${name}.` });
  const seen: JsonObject[] = [];
  for (let after: string | undefined; ; ) {
    const page = await acme.call(operator, 'list_saved_replies', { limit: 2, ...(after ? { after } : {}) });
    seen.push(...(page.savedReplies as JsonObject[]));
    if (!page.next) break;
    after = page.next as string;
  }
  assert.deepEqual(
    seen.map(({ name }) => name),
    ['a', 'b', 'C'],
  );
  const [a, b] = seen as [JsonObject, JsonObject];
  const changed = await acme.call(operator, 'update_saved_reply', {
    savedReplyId: a.savedReplyId!,
    version: a.version!,
    name: 'A!',
  });
  assert.deepEqual([changed.name, changed.body], ['A!', 'It is a.']);
  await assert.rejects(
    acme.call(operator, 'update_saved_reply', {
      savedReplyId: a.savedReplyId!,
      version: 2,
      name: 'B',
    }),
    refused('conflict'),
  );
  const macro = await acme.call(operator, 'create_macro', {
    name: 'Answer',
    actions: [{ kind: 'reply', savedReplyId: b.savedReplyId! }],
  });
  await assert.rejects(
    acme.call(operator, 'delete_saved_reply', { savedReplyId: b.savedReplyId! }),
    refused('conflict'),
  );
  const rule = await acme.call(admin, 'create_rule', {
    name: 'Run it',
    trigger: 'ticket.created',
    actions: [{ kind: 'macro', macroId: macro.macroId! }],
  });
  await assert.rejects(acme.call(operator, 'delete_macro', { macroId: macro.macroId! }), refused('conflict'));
  await acme.call(admin, 'delete_rule', { ruleId: rule.ruleId! });
  await acme.call(operator, 'delete_macro', { macroId: macro.macroId! });
  await acme.call(operator, 'delete_saved_reply', { savedReplyId: b.savedReplyId! });
  await assert.rejects(
    acme.call(operator, 'delete_saved_reply', { savedReplyId: b.savedReplyId! }),
    refused('not_found'),
  );
  for (const actions of [
    [],
    [{ kind: 'reply', savedReplyId: 'rpl_none' }],
    [{ kind: 'set_assignee', userId: 'usr_none' }],
    [{ kind: 'assign_round_robin', teamId: 'tea_none' }],
    [{ kind: 'set_status', status: 'snoozed' }],
    [{ kind: 'macro', macroId: macro.macroId! }],
    [{ kind: 'add_tags', tags: ['x'], more: 1 }],
  ])
    await assert.rejects(
      acme.call(operator, 'create_macro', { name: 'Bad', actions }),
      refused('invalid_arguments'),
    );
});

test('a macro does all that it says, in its order, or nothing', async () => {
  const acme = await automated('macro');
  const team = await acme.team('Support');
  await acme.member('ann', [team]);
  const reply = await acme.call(operator, 'create_saved_reply', {
    name: 'Clean',
    body: 'Dear {{customer.firstName}}, clean the contacts.',
  });
  const { macroId } = await acme.call(operator, 'create_macro', {
    name: 'Clean and close',
    actions: [
      { kind: 'add_tags', tags: ['charging', 'faq'] },
      { kind: 'set_priority', priority: 'high' },
      { kind: 'reply', savedReplyId: reply.savedReplyId! },
      { kind: 'remove_tags', tags: ['faq'] },
      { kind: 'assign_round_robin', teamId: team },
      { kind: 'set_status', status: 'resolved' },
      { kind: 'add_note', body: 'By macro.' },
    ],
  });
  const ticketId = await acme.mailIn('ada@example.com');
  const applied = await acme.call(operator, 'apply_macro', { macroId: macroId!, ticketId, version: 1 });
  assert.deepEqual(
    [applied.status, applied.priority, applied.tags, applied.assigneeId, applied.teamId],
    ['resolved', 'high', ['charging'], 'ann_macro', team],
  );
  const read = await acme.call(operator, 'get_ticket', { ticketId });
  assert.deepEqual(
    (read.messages as JsonObject[]).map(({ author, visibility, body }) => [author, visibility, body]),
    [
      ['customer', 'public', 'The light blinks.'],
      ['operator', 'public', 'Dear Ada, clean the contacts.'],
      ['operator', 'note', 'By macro.'],
    ],
  );
  const mails = await acme.within(({ tx }) => tx.selectFrom('outbox').selectAll().execute());
  assert.deepEqual(
    mails.map(({ rcptTo, headers }) => [rcptTo, 'Auto-Submitted' in headers]),
    [['ada@example.com', false]],
  );

  // It has changed since it was read.
  await assert.rejects(
    acme.call(operator, 'apply_macro', { macroId: macroId!, ticketId, version: 1 }),
    refused('conflict'),
  );
  // It is resolved, and takes no reply: the tags before that are not added either.
  const { macroId: late } = await acme.call(operator, 'create_macro', {
    name: 'Too late',
    actions: [
      { kind: 'add_tags', tags: ['late'] },
      { kind: 'add_note', body: 'Late.' },
      { kind: 'reply', savedReplyId: reply.savedReplyId! },
    ],
  });
  await assert.rejects(
    acme.call(operator, 'apply_macro', { macroId: late!, ticketId, version: applied.version as number }),
    refused('conflict'),
  );
  assert.deepEqual(await acme.call(operator, 'get_ticket', { ticketId }), read);

  // What comes before the reply is done before it.
  const { macroId: reopen } = await acme.call(operator, 'create_macro', {
    name: 'Open and answer',
    actions: [
      { kind: 'set_status', status: 'open' },
      { kind: 'reply', savedReplyId: reply.savedReplyId! },
    ],
  });
  const version = applied.version as number;
  const reopened = await acme.call(operator, 'apply_macro', { macroId: reopen!, ticketId, version });
  assert.equal(reopened.status, 'pending');

  const viewer = { kind: 'operator', id: 'usr_v', role: 'viewer' } as const;
  await assert.rejects(
    acme.call(viewer, 'apply_macro', { macroId: macroId!, ticketId, version: 1 }),
    refused('not_permitted'),
  );
});

test('turns are taken in order and exactly, however many at once, past who is away or only looks on', async () => {
  const acme = await automated('turns');
  const [a, b] = [await acme.team('A'), await acme.team('B')];
  for (const name of ['ann', 'ben', 'cat']) await acme.member(name, [a, b]);
  await acme.member('dan', [a, b], 'viewer');
  await acme.member('eve');
  const macro = async (name: string, teams: string[]) =>
    (
      await acme.call(operator, 'create_macro', {
        name,
        actions: teams.map((teamId) => ({ kind: 'assign_round_robin', teamId })),
      })
    ).macroId!;
  let customers = 0;
  const give = async (macroId: unknown) => {
    const ticketId = await acme.mailIn(`c${++customers}@example.com`);
    return acme.call(operator, 'apply_macro', { macroId: macroId as string, ticketId, version: 1 });
  };
  const onlyA = await macro('one', [a]);
  const given = await Promise.all(Array.from({ length: 12 }, () => give(onlyA)));
  const counts = (all: JsonObject[]) =>
    Object.entries(Object.groupBy(all, ({ assigneeId }) => String(assigneeId)))
      .map(([who, tickets]) => [who, tickets!.length])
      .sort();
  assert.deepEqual(counts(given), [
    ['ann_turns', 4],
    ['ben_turns', 4],
    ['cat_turns', 4],
  ]);

  const ben = { kind: 'operator', id: 'ben_turns', role: 'operator' } as const;
  const until = new Date(acme.now().getTime() + 3_600_000).toISOString();
  await acme.call(ben, 'set_absence', { away: true, until });
  await assert.rejects(
    acme.call(ben, 'set_absence', { userId: 'cat_turns', away: true }),
    refused('not_permitted'),
  );
  assert.deepEqual(counts(await Promise.all(Array.from({ length: 4 }, () => give(onlyA)))), [
    ['ann_turns', 2],
    ['cat_turns', 2],
  ]);
  acme.pass(61);
  assert.deepEqual((await acme.call(ben, 'list_absences', {})).absences, []);
  assert.ok(counts(await Promise.all(Array.from({ length: 3 }, () => give(onlyA)))).length === 3);

  // Two teams in opposite order: nobody waits for each other. Who has the ticket is of both teams, and keeps it.
  const [ab, ba] = [await macro('ab', [a, b]), await macro('ba', [b, a])];
  await Promise.all(Array.from({ length: 10 }, (_, i) => give(i % 2 ? ab : ba)));

  for (const name of ['ann', 'ben', 'cat'])
    await acme.call(admin, 'set_absence', { userId: `${name}_turns`, away: true });
  const nobody = await give(onlyA);
  assert.deepEqual(
    [nobody.assigneeId, nobody.teamId, nobody.told],
    [null, a, ['nobody of the team is there']],
  );
});

test('whatever text there is comes back unchanged, or is refused', async () => {
  const acme = await automated('naughty');
  const strings = createRequire(import.meta.url)('big-list-of-naughty-strings') as string[];
  let kept = 0;
  for (const [index, body] of strings.entries()) {
    const name = `reply ${index}`;
    try {
      const { savedReplyId } = await acme.call(operator, 'create_saved_reply', { name, body });
      const { body: stored } = await acme.call(operator, 'update_saved_reply', {
        savedReplyId: savedReplyId!,
        version: 1,
      });
      assert.equal(stored, body);
      kept++;
    } catch (error) {
      assert.ok(refused('invalid_arguments')(error), `${body}: ${error}`);
    }
  }
  assert.ok(kept > strings.length * 0.95);
  for (const body of ['\0', 'a\0b', '\ud800', ' ', ''])
    await assert.rejects(
      acme.call(operator, 'create_saved_reply', { name: 'Bad', body }),
      refused('invalid_arguments'),
    );
  for (const name of ['a\nb', 'a\u2028b', '\u0007', 'x'.repeat(201), ' '])
    await assert.rejects(
      acme.call(operator, 'create_saved_reply', { name, body: 'x' }),
      refused('invalid_arguments'),
    );
});
