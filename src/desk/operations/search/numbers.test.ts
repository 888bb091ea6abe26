/** Order numbers, dates, part numbers, addresses and versions: whole and by their parts, wherever they stand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { agent, type Desk, desk, open, operator } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { migrate } from '../../../store/migrate.ts';

interface Line {
  number: number;
  subject: string;
  subjectHighlights?: [number, number][];
  snippet?: string;
  highlights?: [number, number][];
}

const found = async (on: Desk, query: string, caller: Caller = operator) =>
  (await on.call(caller, 'search_tickets', { query })).tickets as unknown as Line[];
const cut = (text = '', places: [number, number][] = []) => places.map(([from, to]) => text.slice(from, to));

/** Each with what finds it, and with what is like it and does not. */
const kinds: { value: string; finds: string[]; not: string[]; marked: string[] }[] = [
  {
    value: 'AC-55934',
    finds: [
      'AC-55934',
      '55934',
      'AC 55934',
      'AC55934',
      'ac-55934',
      '"AC-55934"',
      '"55934"',
      '"for AC-55934"',
    ],
    not: ['5593', '"AC 55934"', 'AB-55934', '55934-AC', 'AB55934'],
    marked: ['AC', '55934'],
  },
  {
    value: 'AC55934',
    finds: ['AC55934', '55934', 'AC-55934', 'AC 55934', 'ac55934', '"AC55934"', '"for AC55934"'],
    not: ['5593', 'C55934', '"AC 55934"', 'AB55934', '55934AC'],
    marked: ['AC55934'],
  },
  {
    value: '2026-11-20',
    finds: ['2026-11-20', '2026', '2026-11', '11-20', '"2026-11-20"', '"11-20"'],
    not: ['2026-20-11', '2026-11-02', '"20-11"', '11-2026'],
    marked: ['2026', '11', '20'],
  },
  {
    value: 'K7-II/24',
    finds: ['K7-II/24', 'K7', 'II', '24', 'K7-II', 'II/24', '"K7-II/24"', '"II/24"', '"24"'],
    not: ['K7-24', 'K8-II/24', '"K7/24"'],
    marked: ['K7', 'II', '24'],
  },
  {
    value: 'ada.l@analytical.example',
    finds: [
      'ada.l@analytical.example',
      'ADA.L@analytical.example',
      'analytical.example',
      'ada.l@analytical',
      'analytical',
      '"ada.l@analytical.example"',
      '"analytical.example"',
      '"for ada.l@analytical.example"',
    ],
    not: ['ada@analytical.example', 'example.analytical', '"analytical example"', 'b@analytical.example'],
    marked: ['ada', 'l', 'analytical', 'example'],
  },
  {
    value: '1.2.3',
    finds: ['1.2.3', '1.2', '2.3', '"1.2.3"', '"2.3"'],
    not: ['3.2.1', '1.3', '1.2.4', '"1 2"'],
    marked: ['1', '2', '3'],
  },
  {
    value: '192.168.7.9',
    finds: ['192.168.7.9', '192.168', '168.7', '"192.168.7.9"', '"192.168"'],
    not: ['192.7', '192.168.9.7', '"192 168"'],
    marked: ['192', '168', '7', '9'],
  },
  {
    value: 'https://shop.example/orders/AC-771?ref=x_99',
    finds: [
      'https://shop.example/orders/AC-771?ref=x_99',
      'AC-771',
      '771',
      'orders/AC-771',
      'shop.example',
      'x_99',
    ],
    not: ['shop.orders', 'AC-77'],
    marked: ['https', 'shop', 'example', 'orders', 'AC', '771', 'ref', 'x', '99'],
  },
  {
    value: '+44 20 7946',
    finds: ['+44', '44', '"+44 20"', '"44 20 7946"'],
    not: ['"20 44"', '446'],
    marked: ['44', '20', '7946'],
  },
];

for (const { value, finds, not, marked } of kinds)
  test(`${value} is found whole and by its parts, in subjects and in messages, and marked there`, async () => {
    const acme = await desk(`numbers-${value.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`);
    await open(acme, { subject: `Charged twice for ${value}, please`, body: 'See above.' });
    await open(acme, { subject: 'In the body', body: `It was charged twice for ${value}.` });
    await open(acme, { subject: 'Far in it', body: `${'The back of it is black. '.repeat(60)}\n(${value})` });
    await open(acme, { subject: 'Another', body: 'Nothing of it.' });
    for (const caller of [operator, agent]) {
      for (const query of finds)
        assert.deepEqual(
          (await found(acme, query, caller)).map(({ number }) => number),
          query.startsWith('"for ') ? [2, 1] : [3, 2, 1],
          query,
        );
      for (const query of not) assert.deepEqual(await found(acme, query, caller), [], query);
    }
    const [far, inBody, inSubject] = await found(acme, value);
    assert.deepEqual(cut(inSubject?.subject, inSubject?.subjectHighlights), marked);
    for (const { snippet, highlights } of [far!, inBody!]) {
      assert.ok(snippet?.includes(value), `as it was written: ${snippet}`);
      assert.deepEqual(cut(snippet, highlights), marked);
    }
    assert.deepEqual(await found(acme, `charged -${finds[1]}`), [], 'and refused');
    const counted = (await acme.call(operator, 'count_tickets', { query: value })) as JsonObject;
    assert.deepEqual(counted, { count: 3, atLeast: false });
  });

test('a number that is written without its hyphen is found by it, and the other way round', async () => {
  const acme = await desk('numbers-joined');
  await open(acme, { subject: 'Joined', body: 'My order is AC55934.' });
  await open(acme, { subject: 'Apart', body: 'My order is AC-55934.' });
  for (const query of ['AC55934', 'AC-55934'])
    assert.deepEqual(
      (await found(acme, query)).map(({ subject }) => subject),
      ['Apart', 'Joined'],
      query,
    );
});

test('a ticket from before numbers were parts of words is found by its number, too', async () => {
  const acme = await desk('numbers-before');
  const { ticketId } = await open(acme, { subject: 'Joined', body: 'My order is AC55934.' });
  await sql`update ticket_documents set said = to_tsvector('english', 'My order is AC55934.')
    where ticket_id = ${ticketId}`.execute(acme.db);
  const numbersOf = async () => [(await found(acme, 'AC55934')).length, (await found(acme, '55934')).length];
  assert.deepEqual(await numbersOf(), [1, 0]);
  const again = '0036_numbers.sql';
  await sql`delete from migrations where name = ${again}`.execute(acme.db);
  assert.deepEqual(await migrate(acme.db), [again]);
  assert.deepEqual(await numbersOf(), [1, 1]);
});

test('a customer is found by a name or mailbox that ends with a number', async () => {
  const acme = await desk('numbers-customer');
  await open(acme, { subject: 'Of nobody', body: 'Of john, in 1985.', email: 'other@example.com' });
  await open(acme, { subject: 'Of John', body: 'Mine.', email: 'john1985@example.com' });
  for (const query of ['john1985', 'john1985@example.com'])
    assert.deepEqual(
      (await found(acme, query)).map(({ subject }) => subject),
      ['Of John'],
      query,
    );
  assert.deepEqual(
    (await found(acme, 'of -john1985')).map(({ subject }) => subject),
    ['Of nobody'],
  );
});

test('parts of one thing are looked for in their order, and words wherever they stand', async () => {
  const acme = await desk('numbers-order');
  await open(acme, { subject: 'Backwards', body: 'On 20 11 2026 and 55934 of AC.' });
  assert.equal((await found(acme, '2026-11-20')).length, 0);
  for (const query of ['AC-55934', 'AC55934']) assert.equal((await found(acme, query)).length, 0);
  assert.equal((await found(acme, 'AC 55934 2026')).length, 1);
});

test('what people write with hyphens is found as before', async () => {
  const acme = await desk('numbers-words');
  await open(acme, { subject: 'A t-shirt', body: 'The re-opened e-mail of Jean-Luc, at -5 degrees.' });
  for (const query of [
    't-shirt',
    'e-mail',
    're-open',
    'jean-luc',
    'luc',
    'opened',
    '"-5 degrees"',
    '"re-opened e-mail"',
  ])
    assert.equal((await found(acme, query)).length, 1, query);
  assert.equal((await found(acme, 'h-shirt')).length, 0);
});
