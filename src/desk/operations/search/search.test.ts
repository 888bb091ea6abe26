import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { seeded } from '../../../../bench/seed/words.ts';
import { catalogue, type Desk, desk, open, operator, refused, stranger } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import { permissionOf } from '../../../catalogue/permission.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { countTickets } from '../../search/find.ts';
import { parseTicketQuery } from '../../search/query.ts';
import { addToThread, changeTicket, lockSeen } from '../../tickets/change.ts';

const credential: Caller = { kind: 'credential', id: 'crd_1', granted: [] };

const subjects = async (on: Desk, query: string, more: JsonObject = {}) =>
  ((await on.call(operator, 'search_tickets', { query, ...more })).tickets as JsonObject[]).map(
    ({ subject }) => subject,
  );

const note = (on: Desk, ticketId: string, body: string) =>
  on.within(operator, async (scope) =>
    addToThread(scope, await lockSeen(scope, ticketId), {
      author: 'operator',
      authorId: 'usr_1',
      visibility: 'note',
      body,
    }),
  );

test('all words must occur, wherever in the ticket; the newest comes first', async () => {
  const acme = await desk('search-words');
  const first = await open(acme, { subject: 'Shutter', body: 'The mirror is stuck.', name: 'Ada Lovelace' });
  await open(acme, { subject: 'Shutters', body: 'It will not fire.' });
  await note(acme, first.ticketId as string, 'Serial K9-118204.');
  await acme.within(operator, (scope) =>
    changeTicket(scope, first.ticketId as string, { tags: ['warranty'] }),
  );
  const found = (query: string) => subjects(acme, query);
  assert.deepEqual(await found('shutter'), ['Shutters', 'Shutter'], 'by their stem');
  assert.deepEqual(await found('shutter mirrors'), ['Shutter'], 'over subject and message');
  assert.deepEqual(
    await found('the shutter'),
    ['Shutters', 'Shutter'],
    'what English leaves out asks for nothing',
  );
  assert.deepEqual(await found('K9-118204'), ['Shutter'], 'in a note');
  assert.deepEqual(await found('lovelace warranty'), ['Shutter'], 'customer and tag');
  assert.deepEqual(await found('shutter -mirror'), ['Shutters']);
  assert.deepEqual(await found('-mirror'), ['Shutters']);
  assert.deepEqual(await found('"mirror is stuck"'), ['Shutter']);
  assert.deepEqual(await found('"mirror was stuck"'), []);
  assert.deepEqual(await found('"is"'), ['Shutter'], 'letter for letter, whatever the word');
  assert.deepEqual(await found('tag:warranty'), ['Shutter']);
  assert.deepEqual(await found('from:"ada love"'), ['Shutter']);
  assert.deepEqual(await found('status:closed shutter'), []);
  assert.deepEqual(await found('#2'), ['Shutters']);
});

test('where it occurs is shown, and what was looked for in it', async () => {
  const acme = await desk('search-snippets');
  await open(acme, {
    subject: 'Power',
    body: 'I press it, \u0001nothing\u0002.\n\nThe <b>Battery</b> light blinks.',
  });
  const { tickets } = await acme.call(credential, 'search_tickets', { query: 'batteries light' });
  const [{ snippet, highlights }] = tickets as [{ snippet: string; highlights: [number, number][] }];
  assert.deepEqual(
    highlights.map(([from, to]) => snippet.slice(from, to)),
    ['Battery', 'light'],
  );
});

test('what changes is found as it is then: subject, tags, messages, customer', async () => {
  const acme = await desk('search-changes');
  const { ticketId } = await open(acme, {
    subject: 'Mirror',
    body: 'x',
    email: 'ada@example.com',
    name: 'Ada',
  });
  const id = ticketId as string;
  await acme.within(operator, (scope) => changeTicket(scope, id, { subject: 'Prism', tags: ['k9'] }));
  assert.deepEqual([await subjects(acme, 'mirror'), await subjects(acme, 'prism k9')], [[], ['Prism']]);
  await acme.call(operator, 'send_reply', { ticketId: id, body: 'Try the tripod.' });
  assert.deepEqual(await subjects(acme, 'prism tripod ada@example.com'), ['Prism']);
  const { customerId } = await acme.db
    .selectFrom('tickets')
    .select('customerId')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  await acme.call(operator, 'update_customer', { customerId: customerId!, name: 'Grace Hopper' });
  assert.deepEqual(await subjects(acme, 'hopper'), ['Prism']);
});

/** A small world of a few words, so that many tickets hold many of them. */
async function crowd(on: Desk, count: number, words: readonly string[]) {
  const random = seeded(7);
  const pick = () => words[Math.floor(random() ** 2 * words.length)]!;
  const text = (length: number) => Array.from({ length }, pick).join(' ');
  const made: { id: string; subject: string; texts: string[]; status: string }[] = [];
  for (let i = 0; i < count; i++) {
    // Far apart, as numbers of many tickets are: the index is asked block by block, small ones and large ones.
    if (i % 10 === 0)
      await on.db
        .updateTable('workspaces')
        .set({
          nextTicketNumber: sql<bigint>`next_ticket_number + ${[3, 100, 7_000, 40_000][(i / 10) % 4]!}`,
        })
        .where('id', '=', on.workspace.id)
        .execute();
    const [subject, body, more] = [text(2), text(4), text(3)];
    const { ticketId } = await open(on, { subject, body });
    if (i % 3 === 0) await note(on, ticketId as string, more);
    const status = i % 5 === 0 ? 'closed' : 'open';
    if (status === 'closed')
      await on.within(operator, (scope) => changeTicket(scope, ticketId as string, { status }));
    made.unshift({
      id: ticketId as string,
      subject,
      texts: [subject, body, ...(i % 3 === 0 ? [more] : [])],
      status,
    });
  }
  return made;
}

test('a search finds what a plain look through everything finds, page by page', async () => {
  const acme = await desk('search-oracle');
  const words = [
    'lens',
    'zoom',
    'strap',
    'flash',
    'mount',
    'hood',
    'grip',
    'dial',
    'menu',
    'card',
    'quartz',
    'velvet',
  ];
  const all = await crowd(acme, 150, words);
  const random = seeded(8);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  for (let i = 0; i < 60; i++) {
    const wanted = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(words));
    const unwanted = random() < 0.3 ? [pick(words)] : [];
    const phrase = random() < 0.3 ? `${pick(words)} ${pick(words)}` : undefined;
    const status = random() < 0.3 ? pick(['open', 'closed']) : undefined;
    const query = [
      ...wanted,
      ...unwanted.map((word) => `-${word}`),
      ...(phrase ? [`"${phrase}"`] : []),
      ...(status ? [`status:${status}`] : []),
    ].join(' ');
    const holds = (texts: string[], word: string) => texts.some((text) => text.split(' ').includes(word));
    const expected = all.filter(
      ({ texts, status: stands }) =>
        wanted.every((word) => holds(texts, word)) &&
        !unwanted.some((word) => holds(texts, word)) &&
        (!phrase || texts.some((text) => text.includes(phrase))) &&
        (!status || stands === status),
    );
    const found: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await acme.call(operator, 'search_tickets', {
        query,
        limit: 7,
        ...(cursor ? { cursor } : {}),
      });
      found.push(...(page.tickets as JsonObject[]).map(({ ticketId }) => ticketId as string));
      if (!page.next) break;
      cursor = page.next as string;
    }
    const ids = expected.map(({ id }) => id);
    assert.deepEqual(found, ids, query);
    const counted = await acme.within(operator, (scope) =>
      countTickets(scope, parseTicketQuery(query), 1_000),
    );
    assert.deepEqual(counted, { count: ids.length, atLeast: false }, query);
  }
});

test('pages of a list follow each other, while tickets move', async () => {
  const acme = await desk('list-pages');
  for (let i = 0; i < 7; i++) await open(acme, { subject: `Ticket ${i}` });
  const pages = async (order: string) => {
    const seen: unknown[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await acme.call(operator, 'list_tickets', {
        order,
        limit: 2,
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...(page.tickets as JsonObject[]).map(({ number }) => number));
      if (!page.next) return seen;
      cursor = page.next as string;
    }
  };
  assert.deepEqual(await pages('newest'), [7, 6, 5, 4, 3, 2, 1]);
  assert.deepEqual(await pages('oldest'), [1, 2, 3, 4, 5, 6, 7]);
  const { tickets } = await acme.call(operator, 'list_tickets', { order: 'oldest', limit: 1 });
  const [{ ticketId }] = tickets as [{ ticketId: string }];
  await acme.within(operator, (scope) =>
    changeTicket(scope, ticketId, {
      priority: 'high',
      assigneeId: operator.kind === 'operator' ? operator.id : null,
    }),
  );
  assert.deepEqual(await pages('active'), [1, 7, 6, 5, 4, 3, 2]);
  const mine = await acme.call(operator, 'list_tickets', { assigneeId: 'me', priority: 'high' });
  assert.deepEqual(
    (mine.tickets as JsonObject[]).map(({ number }) => number),
    [1],
  );
  for (const cursor of [
    'x',
    Buffer.from('newest 1 tkt_1').toString('base64url'),
    Buffer.from("active '; tkt_1").toString('base64url'),
  ])
    await assert.rejects(acme.call(operator, 'list_tickets', { cursor }), refused('invalid_arguments'));
});

test('what hurries most comes first, and what is due', async () => {
  const acme = await desk('list-orders');
  const priorities = ['low', 'urgent', 'normal', 'urgent', 'high'] as const;
  const dueIn = [5, 3, null, 1, 4];
  for (const [i, priority] of priorities.entries()) {
    const { ticketId } = await open(acme, { subject: `Ticket ${i + 1}` });
    const resolutionDueAt = dueIn[i] === null ? null : new Date(Date.UTC(2027, 0, dueIn[i]!));
    // What is done with is due no more.
    const status = i === 4 ? 'closed' : 'open';
    await acme.within(operator, (scope) =>
      changeTicket(scope, ticketId as string, { priority, resolutionDueAt, status }),
    );
  }
  const pages = async (order: string) => {
    const seen: unknown[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await acme.call(operator, 'list_tickets', {
        order,
        limit: 2,
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...(page.tickets as JsonObject[]).map(({ number }) => number));
      if (!page.next) return seen;
      cursor = page.next as string;
    }
  };
  assert.deepEqual(await pages('priority'), [4, 2, 5, 3, 1]);
  assert.deepEqual(await pages('due'), [4, 2, 1]);
  for (const cursor of ['priority 9 1', 'due 2027-99-99T00:00:00.000Z tkt_1'])
    await assert.rejects(
      acme.call(operator, 'list_tickets', {
        order: cursor.split(' ')[0]!,
        cursor: Buffer.from(cursor).toString('base64url'),
      }),
      refused('invalid_arguments'),
    );
});

test('days, people and all filters together find what they say; a quote in a value is only a value', async () => {
  const acme = await desk('search-filters');
  for (const [i, name] of ['Ada', 'Ada', 'Grace'].entries()) {
    const { ticketId } = await open(acme, { subject: `S${i}`, name, email: `${name}${i}@example.com` });
    // Imported, so that numbers and days do not go together.
    await acme.within(operator, ({ tx }) =>
      tx
        .updateTable('tickets')
        .set({ createdAt: new Date(Date.UTC(2026, 0, [20, 5, 10][i]!)), teamId: `tea'\\${i}` })
        .where('id', '=', ticketId as string)
        .execute(),
    );
  }
  const found = (query: string) => subjects(acme, query);
  assert.deepEqual(await found('after:2026-01-08'), ['S2', 'S0']);
  assert.deepEqual(await found('before:2026-01-11'), ['S2', 'S1']);
  assert.deepEqual(await found('after:2026-01-06 before:2026-01-11'), ['S2']);
  assert.deepEqual(await found('after:2030-01-01'), []);
  assert.deepEqual(await found('from:ada'), ['S1', 'S0']);
  assert.deepEqual(await found('from:nobody'), []);
  assert.deepEqual(await found("team:tea'\\1"), ['S1']);
  assert.deepEqual(await found('status:open is:unassigned channel:door priority:normal from:ada'), [
    'S1',
    'S0',
  ]);
  const [{ ticketId }] = (await acme.call(operator, 'search_tickets', { query: 'from:grace' })).tickets as [
    { ticketId: string },
  ];
  const me = operator.kind === 'operator' ? operator.id : null;
  await acme.within(operator, (scope) =>
    changeTicket(scope, ticketId, { status: 'pending', assigneeId: me, priority: 'urgent' }),
  );
  assert.deepEqual(await found('status:open from:grace'), []);
  assert.deepEqual(await found('status:pending assignee:me priority:urgent'), ['S2']);
  const count = (query: string) => acme.call(operator, 'count_tickets', { query });
  assert.deepEqual(await count('status:open'), { count: 2, atLeast: false });
  const permitted = (caller: Caller) => permissionOf(caller, catalogue.get('count_tickets')!);
  assert.deepEqual(
    [operator, stranger, credential].map(permitted),
    ['acts', 'refused', 'refused'],
    'only members count',
  );
});

// The index holds every workspace's documents; find_documents asks for blocks of one, and looks at its rows alone.
test('a search finds nothing of another workspace, though the index is over all', async () => {
  const [ours, theirs] = [await desk('search-ours'), await desk('search-theirs')];
  await open(theirs, { subject: 'Periscope' });
  assert.deepEqual(await subjects(theirs, 'periscope'), ['Periscope']);
  assert.deepEqual(await subjects(ours, 'periscope'), []);
  assert.deepEqual(await subjects(ours, 'status:open'), []);
});
