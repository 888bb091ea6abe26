import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Desk, desk, open, operator } from '../../../../test/desk.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const subjects = async (on: Desk, query: string, more: JsonObject = {}) =>
  ((await on.call(operator, 'search_tickets', { query, ...more })).tickets as JsonObject[]).map(
    ({ subject }) => subject,
  );

test('however long a message, the place where it says what was looked for is shown', async () => {
  const acme = await desk('search-long');
  const long = (end: string) => `${'The parcel came late. '.repeat(500)}${end}`;
  const { ticketId } = await open(acme, {
    subject: 'Parcel',
    body: long('At last the BATTERY light blinks.'),
  });
  await acme.call(operator, 'add_note', {
    ticketId: ticketId as string,
    body: 'Which light? The battery is new.',
  });
  const shown = async (query: string) => {
    const { tickets } = await acme.call(operator, 'search_tickets', { query });
    const [{ snippet, highlights }] = tickets as [{ snippet: string; highlights: [number, number][] }];
    return { snippet, marked: highlights.map(([from, to]) => snippet.slice(from, to)) };
  };
  assert.deepEqual((await shown('blinking')).marked, ['blinks']);
  const { snippet, marked } = await shown('"battery light"');
  assert.match(snippet, /^(The|parcel|came|late|At|last|the)\b/, 'a whole word first');
  assert.deepEqual(marked, ['BATTERY', 'light'], 'where the exact words stand, not only one of them');
});

// What is rare is asked for at once: of the whole index, or of the workspace's part where the index is mostly of others.
for (const [documents, index] of [
  [10, 'mostly its own'],
  [1_000_000_000, 'mostly of others'],
] as const)
  test(`far from the newest number a search finds what it has, of an index that is ${index}`, async () => {
    const ours = await desk(`search-far-${documents}`);
    const theirs = await desk(`search-near-${documents}`);
    for (let i = 0; i < 4; i++) await open(theirs, { subject: 'Periscope', body: 'Sextant' });
    const some = async () => {
      for (const body of ['Compass', 'Sextant', 'Compass'])
        await open(ours, { subject: `Periscope ${++last}`, body });
    };
    let last = 0;
    await some();
    await ours.db
      .updateTable('workspaces')
      .set({ nextTicketNumber: 5_000_000n })
      .where('id', '=', ours.workspace.id)
      .execute();
    await some();
    // The owner of the table may say so, where only a superuser may write the catalogue; and nobody counts it meanwhile.
    await sql`alter table ticket_documents set (autovacuum_enabled = false)`.execute(ours.db);
    await sql`select pg_restore_relation_stats('schemaname', current_schema()::text, 'relname', 'ticket_documents',
      'reltuples', ${documents}::real)`.execute(ours.db);
    const { rows } = await sql<{ reltuples: number }>`select reltuples from pg_class
      where oid = 'ticket_documents'::regclass`.execute(ours.db);
    assert.equal(rows[0]!.reltuples, documents);
    const found = async (query: string) =>
      (await subjects(ours, query)).map((subject) => Number(String(subject).split(' ')[1]));
    assert.deepEqual(await found('periscope'), [6, 5, 4, 3, 2, 1]);
    assert.deepEqual(await found('periscope sextant'), [5, 2]);
    assert.deepEqual(await found('periscope -sextant'), [6, 4, 3, 1]);
    assert.deepEqual(await found('-sextant'), [6, 4, 3, 1]);
    assert.deepEqual(await found('"periscope 2"'), [2]);
    const count = (query: string) => ours.call(operator, 'count_tickets', { query });
    assert.deepEqual(await count('periscope'), { count: 6, atLeast: false });
    assert.deepEqual(await count('is:unassigned'), { count: 6, atLeast: false });
  });

test('customers are found by how their name begins, letter for letter, and none of another workspace', async () => {
  const [ours, theirs] = [await desk('search-names'), await desk('search-other-names')];
  for (const name of ['Ada', 'ADALBERT', 'Ad', 'A_a', 'Šárka']) await open(ours, { subject: name, name });
  await open(theirs, { subject: 'Ada', name: 'Ada' });
  assert.deepEqual(await subjects(ours, 'from:ada'), ['ADALBERT', 'Ada']);
  assert.deepEqual(await subjects(ours, 'from:a_'), ['A_a']);
  assert.deepEqual(await subjects(ours, 'from:%'), []);
  assert.deepEqual(await subjects(ours, 'from:Šár'), ['Šárka']);
  const named = await ours.within(operator, ({ tx }) =>
    sql<{ id: string }>`select customers_named('ada') as id`.execute(tx),
  );
  assert.equal(named.rows.length, 2);
});

test('so many may have a name that their tickets have to be asked', async () => {
  const acme = await desk('search-many-names');
  for (let i = 0; i < 55; i++)
    await open(acme, { subject: `S${i}`, name: `Ada ${i}`, email: `ada${i}@example.com` });
  await open(acme, { subject: 'Other', name: 'Grace', email: 'grace@example.com' });
  assert.equal((await subjects(acme, 'from:ada', { limit: 50 })).length, 50);
  assert.deepEqual(await acme.call(operator, 'count_tickets', { query: 'from:ada' }), {
    count: 55,
    atLeast: false,
  });
  assert.deepEqual(await subjects(acme, 'from:grace'), ['Other']);
});
