import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Desk, desk, open, operator, refused, stranger } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import { changeTicket } from '../../tickets/change.ts';

const credential: Caller = { kind: 'credential', id: 'crd_1', granted: [] };

const search = async (on: Desk, query: string, caller: Caller = operator) => {
  const { tickets, hints } = await on.call(caller, 'search_tickets', { query });
  return { subjects: (tickets as { subject: string }[]).map(({ subject }) => subject), hints };
};

test('who types a filter that is none is told, and the search still answers', async () => {
  const acme = await desk('hints');
  await open(acme, { subject: 'Shutter', body: 'The status is bogus: see https://example.com at 10:30.' });
  const { subjects, hints } = await search(acme, 'shutter status:bogus');
  assert.deepEqual(subjects, ['Shutter'], 'as words');
  assert.match((hints as string[]).join(), /^“status:bogus” .*; status: takes open, pending, .* or spam\.$/);
  assert.deepEqual(await search(acme, 'https://example.com 10:30 status:open'), {
    subjects: ['Shutter'],
    hints: undefined,
  });
  for (const caller of [credential, operator])
    assert.match(String((await search(acme, 'foo:bar', caller)).hints), /filters are .*assignee:/);
});

test('strangers are told of the filters that they have, and nothing of who works here', async () => {
  const acme = await desk('hints-strangers');
  await acme.db.updateTable('deskSettings').set({ agentsSee: 'all' }).execute();
  for (const query of ['foo:bar', 'priority:asap'])
    assert.match(
      String((await search(acme, query, stranger)).hints),
      /filters are status:, tag:, number:, after:, before:\.$/,
    );
  await assert.rejects(search(acme, 'assignee:ada', stranger), refused('not_permitted'));
});

/** Two members whose names begin alike, and a team; a ticket of each. */
async function staffed(slug: string) {
  const acme = await desk(slug);
  const names = ['Ada Lovelace', 'Ada Byron', 'Grace Hopper'];
  for (const [i, name] of names.entries()) {
    const [userId, email] = [`usr_${slug}${i}`, `${i}.${slug}@example.com`];
    await acme.db
      .insertInto('users')
      .values({ id: userId, name, email, createdAt: new Date(0), updatedAt: new Date(0) })
      .execute();
    await acme.db
      .insertInto('members')
      .values({
        workspaceId: acme.workspace.id,
        userId,
        name,
        email,
        role: 'operator',
        createdAt: new Date(0),
      })
      .execute();
    const { ticketId } = await open(acme, { subject: name });
    await acme.within(operator, (scope) =>
      changeTicket(scope, ticketId as string, {
        assigneeId: userId,
        ...(i === 2 && { teamId: `tea_${slug}` }),
      }),
    );
  }
  await acme.db
    .insertInto('teams')
    .values({ workspaceId: acme.workspace.id, id: `tea_${slug}`, name: 'Field optics' })
    .execute();
  return acme;
}

test('members and teams are named as people call them: whole, by address, or by how the name begins', async () => {
  const slug = 'hintsnames';
  const acme = await staffed(slug);
  const found = async (query: string) => (await search(acme, query)).subjects;
  assert.deepEqual(await found('assignee:ada'), ['Ada Byron', 'Ada Lovelace']);
  assert.deepEqual(await found('assignee:"ada lovelace"'), ['Ada Lovelace']);
  assert.deepEqual(await found(`assignee:2.${slug}@EXAMPLE.com`), ['Grace Hopper']);
  assert.deepEqual(await found(`assignee:usr_${slug}0 assignee:grace`), ['Grace Hopper', 'Ada Lovelace']);
  assert.deepEqual(await found('team:field'), ['Grace Hopper']);
  assert.deepEqual(await found(`team:tea_${slug}`), ['Grace Hopper']);
  await open(acme, { subject: 'Nobody’s' });
  assert.deepEqual(await found('assignee:grace is:unassigned'), ['Nobody’s', 'Grace Hopper']);
  assert.deepEqual(await acme.call(operator, 'count_tickets', { query: 'assignee:ada' }), {
    count: 2,
    atLeast: false,
  });
  const view = await acme.call(operator, 'create_view', { name: 'Hers', query: 'assignee:grace' });
  const { tickets } = await acme.call(operator, 'show_view', { viewId: view.viewId! });
  assert.deepEqual(
    (tickets as { subject: string }[]).map(({ subject }) => subject),
    ['Grace Hopper'],
  );
  assert.deepEqual((await search(acme, 'assignee:bob team:"sales"')).hints, [
    '“assignee:bob” is nobody of this workspace.',
    '“team:sales” is no team of this workspace.',
  ]);
  const many = Array.from({ length: 40 }, (_, i) => `team:x${i}`).join(' ');
  for (const caller of [operator, credential]) {
    assert.equal(((await search(acme, many, caller)).hints as string[]).length, 5);
    const [long] = (await search(acme, `assignee:${'x'.repeat(400)}`, caller)).hints as string[];
    assert.ok(long!.length < 200, long);
  }
});

test('agents learn no name by asking who has a ticket', async () => {
  const acme = await staffed('hintsprobe');
  const [known, unknown] = [
    await search(acme, 'assignee:ada', credential),
    await search(acme, 'assignee:eve', credential),
  ];
  assert.deepEqual(known.subjects, []);
  assert.deepEqual(String(known.hints).replace('ada', 'eve'), String(unknown.hints));
  assert.match(String(known.hints), /is no id/);
  assert.equal((await search(acme, 'assignee:usr_hintsprobe0', credential)).subjects.length, 1);
});

test('a view that is refused says what the filter takes', async () => {
  const acme = await desk('hints-views');
  for (const query of ['status:bogus', 'status:""', 'tag:lens status:bogus'])
    await assert.rejects(
      acme.call(operator, 'create_view', { name: 'Odd', query }),
      (error: Error) => refused('invalid_arguments')(error) && /takes open, pending/.test(error.message),
      query,
    );
});
