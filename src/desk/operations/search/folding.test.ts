/** Case and accents: what is found does not depend on them, nor on the locale that a database was made with. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { agent, catalogue, type Desk, desk, open, operator, refused } from '../../../../test/desk.ts';
import { testDatabase, testDatabaseOf } from '../../../../test/harness.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { Database } from '../../../store/database.ts';
import { migrate } from '../../../store/migrate.ts';
import { fold, foldInPlace } from '../../search/fold.ts';

interface Line {
  number: number;
  subject: string;
  subjectHighlights?: [number, number][];
  snippet?: string;
  highlights?: [number, number][];
}

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };

const lines = async (on: Desk, query: string, caller: Caller = operator) =>
  (await on.call(caller, 'search_tickets', { query })).tickets as unknown as Line[];
const marked = (text = '', places: [number, number][] = []) =>
  places.map(([from, to]) => text.slice(from, to));

const places: Record<string, () => Promise<Database>> = {
  'the locale C, as Postern makes it': () => testDatabase(),
  'C.UTF-8 of Postgres itself': () => testDatabaseOf("locale_provider builtin locale 'C.UTF-8'"),
  'C.UTF-8 of the machine': () => testDatabaseOf("locale_provider libc locale 'C.UTF-8'"),
  'German, by ICU': () => testDatabaseOf("locale_provider icu icu_locale 'de-DE'"),
};

const tickets: JsonObject[] = [
  { subject: 'Ärger mit Öl', body: 'Das ÜBEL.', name: 'Ömer Çelik' },
  { subject: 'Не работает камера', body: 'Здравствуйте', name: 'Ольга Иванова' },
  { subject: 'Москва снег', body: 'Ёлка' },
  { subject: 'Café crème', body: 'L’addition, s’il vous plaît — “déjà”.' },
  { subject: 'cafe\u0301 noir', body: 'Straße, Łódź, ΟΔΟΣ, İstanbul, ﬁne, ＦＵＬＬ, so\u00adft.' },
  { subject: '日本語のテスト', body: 'サーバーが動かない。ｶﾒﾗも。카메라가 안 됩니다. 東京2026年' },
  { subject: 'Angles', body: 'See <Error99>, <ada@angles.example> and </close>. 100% of C_D' },
];

/** By the number of the ticket. */
const finds: Record<string, number[]> = {
  ärger: [1],
  ARGER: [1],
  'a\u0308rger': [1],
  '"ärger mit"': [1],
  '"ÄRGER MIT ÖL"': [1],
  öl: [1],
  übel: [1],
  'from:ömer': [1],
  'from:OMER': [1],
  'from:"ömer ç"': [1],
  çelik: [1],
  ольга: [2],
  'from:ОЛЬГА': [2],
  'не работает': [2],
  '"НЕ РАБОТАЕТ"': [2],
  МОСКВА: [3],
  елка: [3],
  CRÈME: [4],
  creme: [4],
  cafe: [5, 4],
  CAFÉ: [5, 4],
  '"café CREME"': [4],
  "l'addition": [4],
  '"s\'il vous"': [4],
  deja: [4],
  'café -crème': [5],
  strasse: [5],
  STRASSE: [5],
  łódź: [5],
  lodz: [5],
  οδος: [5],
  istanbul: [5],
  fine: [5],
  full: [5],
  soft: [5],
  日本語: [6],
  本語: [6],
  のテ: [6],
  '"日本語のテスト"': [6],
  語本: [],
  サーバー: [6],
  カメラ: [6],
  카메라: [6],
  東京: [6],
  '2026年': [6],
  Error99: [7],
  '"<error99>"': [7],
  'ada@angles.example': [7],
  angles: [7],
  close: [7],
  '"100％"': [7],
  '"C＿D"': [7],
  '"1％0"': [],
};

for (const [place, made] of Object.entries(places))
  test(`words are found whatever their case and accents: ${place}`, async () => {
    const acme = await desk('folding', catalogue, await made());
    for (const ticket of tickets) await open(acme, ticket);
    for (const caller of [operator, agent])
      for (const [query, expected] of Object.entries(finds)) {
        // What tells of a customer is found by nobody else.
        if (caller === agent && /from:|çelik|ольга|angles\./.test(query)) continue;
        const found = await lines(acme, query, caller);
        assert.deepEqual(
          found.map(({ number }) => number),
          expected,
          `${query} (${caller.kind})`,
        );
      }
    for (const [query, expected] of Object.entries({
      Ömer: 'Ömer Çelik',
      ömer: 'Ömer Çelik',
      omer: 'Ömer Çelik',
      ольга: 'Ольга Иванова',
      ОЛЬГА: 'Ольга Иванова',
    })) {
      const { customers } = await acme.call(operator, 'list_customers', { query });
      assert.deepEqual(
        (customers as JsonObject[]).map(({ name }) => name),
        [expected],
        query,
      );
    }
    const { count } = await acme.call(operator, 'count_tickets', { query: 'CAFE' });
    assert.equal(count, 2);
    await namesAreUnique(acme);
    await articlesAreFound(acme);
  });

async function namesAreUnique(acme: Desk): Promise<void> {
  await acme.call(admin, 'create_team', { name: 'Ökologie' });
  for (const name of ['ökologie', 'O\u0308KOLOGIE'])
    await assert.rejects(acme.call(admin, 'create_team', { name }), refused('conflict'), name);
  await acme.call(admin, 'create_team', { name: 'Okologie' });
  await acme.call(operator, 'create_saved_reply', { name: 'Äb', body: 'x' });
  await assert.rejects(
    acme.call(operator, 'create_saved_reply', { name: 'äb', body: 'x' }),
    refused('conflict'),
  );
  await acme.call(operator, 'create_view', { name: 'Öl', query: 'status:open' });
  await assert.rejects(
    acme.call(operator, 'create_view', { name: 'öl', query: 'status:open' }),
    refused('conflict'),
  );
}

async function articlesAreFound(acme: Desk): Promise<void> {
  await acme.within(operator, ({ tx, workspace }) =>
    tx
      .insertInto('articles')
      .values({
        workspaceId: workspace.id,
        id: 'art_1',
        slug: 'oil',
        title: 'Ölwechsel',
        body: 'Wie man das Öl wechselt, und wann: immer nach der Überholung der Kamera, sonst nie.',
      })
      .execute(),
  );
  for (const query of ['ölwechsel', 'OLWECHSEL', 'ÜBERHOLUNG'])
    assert.equal(
      ((await acme.call(operator, 'search_kb', { query })).articles as JsonObject[]).length,
      1,
      query,
    );
}

test('what is marked is the text as it was written', async () => {
  const acme = await desk('folding-marks');
  await open(acme, {
    subject: 'Die Straße: Ärger, cafe\u0301, 日本語',
    body: `${'ß'.repeat(400)} ${'word '.repeat(30)}Am Ende eine Straße mit Ärger <Öl>, 日本語のテスト.`,
  });
  for (const caller of [operator, agent]) {
    for (const [query, inSubject, inBody] of [
      ['strasse', ['Straße'], ['Straße']],
      ['ARGER', ['Ärger'], ['Ärger']],
      ['ol', [], ['Öl']],
      ['日本', ['日本'], ['日本']],
      ['"ärger <öl>"', ['Ärger'], ['Ärger', 'Öl']],
    ] as const) {
      const [line] = await lines(acme, query, caller);
      assert.ok(line, `${query} (${caller.kind})`);
      if (!query.startsWith('"'))
        assert.deepEqual(marked(line.subject, line.subjectHighlights), inSubject, query);
      assert.deepEqual(marked(line.snippet, line.highlights), inBody, `${query}: ${line.snippet}`);
    }
    const [line] = await lines(acme, 'cafe', caller);
    assert.deepEqual(marked(line!.subject, line!.subjectHighlights), ['cafe\u0301']);
  }
});

test('what was there before is found so, too, and of names that became one each keeps a name', async () => {
  const db = await testDatabaseOf("locale 'C'", '0037');
  const acme = await desk('folding-old', catalogue, db);
  const of = acme.workspace.id;
  await sql`insert into customers (workspace_id, id, name) values (${of}, 'cus_1', 'Ömer')`.execute(db);
  await sql`insert into tickets (workspace_id, id, number, subject, customer_id, status, channel, tags)
    values (${of}, 'tkt_1', 1, 'Ärger', 'cus_1', 'open', 'email', '{größe}')`.execute(db);
  await sql`insert into messages (workspace_id, id, ticket_id, author, visibility, body) values
    (${of}, 'msg_1', 'tkt_1', 'customer', 'public', 'Das ÜBEL'),
    (${of}, 'msg_2', 'tkt_1', 'operator', 'note', 'Челябинск')`.execute(db);
  await sql`update workspaces set next_ticket_number = 2 where id = ${of}`.execute(db);
  await sql`insert into articles (workspace_id, id, slug, title, body) values (${of}, 'art_1', 'oil', 'Öl', 'Öl')`.execute(
    db,
  );
  const names = ['Äb', 'äb', 'äb (2)', 'Ab', 'A\u0308b'];
  for (const [at, name] of names.entries()) {
    await sql`insert into teams (workspace_id, id, name) values (${of}, ${`tea_${at}`}, ${name})`.execute(db);
    await sql`insert into saved_replies (workspace_id, id, name, body, created_at, updated_at)
      values (${of}, ${`rpl_${at}`}, ${name}, 'x', now(), now())`.execute(db);
  }
  assert.ok((await migrate(db)).length > 0);
  for (const query of ['ärger', 'grosse', 'ubel', 'челябинск', 'from:omer', 'ömer', 'ARGER tag:größe'])
    assert.equal((await lines(acme, query)).length, 1, query);
  const { articles } = await acme.call(operator, 'search_kb', { query: 'OL' });
  assert.equal((articles as JsonObject[]).length, 1);
  for (const table of ['teams', 'saved_replies']) {
    const { rows } = await sql<{ name: string }>`select name from ${sql.table(table)} order by id`.execute(
      db,
    );
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['Äb', 'äb (3)', 'äb (2)', 'Ab', 'A\u0308b (4)'],
      table,
    );
  }
});

test('a database that would change English letters, or cannot hold others, is refused with what to do', async () => {
  await assert.rejects(testDatabaseOf("locale_provider icu icu_locale 'tr'"), /English letters.*template0/);
  await assert.rejects(testDatabaseOf("encoding 'LATIN1' locale 'C'"), /LATIN1.*encoding 'UTF8'/);
});

test('what folds a text here folds it as Postgres does', async () => {
  const { db } = await desk('folding-twice');
  const { rows } = await sql<{ sign: string; folded: string; plain: string }>`
    select sign, folded(sign) as folded, plain_words(sign) as plain
    from generate_series(1, 131071) code, chr(code) sign
    -- Chinese and Korean are many, and all alike; what Postgres does not know yet, Node may.
    where code not between 13312 and 40959 and code not between 44032 and 57343 and unicode_assigned(chr(code))`.execute(
    db,
  );
  assert.ok(rows.length > 30_000);
  const other = rows.filter(
    ({ sign, folded, plain }) => fold(sign) !== folded || foldInPlace(sign).text !== plain,
  );
  assert.deepEqual(other, []);
});
