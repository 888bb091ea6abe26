/** What anybody may ask for nothing: a search that finds nothing looks at much. It must cost little, and hold up nobody. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Desk, desk, open, operator } from '../../../../test/desk.ts';
import { PosternError } from '../../../kernel/errors.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { maskersFor } from '../../agents/redact.ts';
import { fold } from '../../search/fold.ts';
import { addToThread, lockSeen } from '../../tickets/change.ts';
import { ticketsOf } from '../../tickets/tickets.ts';

const anonymous = { kind: 'anonymous' } as const;

async function opened(slug: string, tickets: readonly { subject: string; bodies: readonly string[] }[]) {
  const acme = await desk(slug);
  for (const { subject, bodies } of tickets) {
    const { ticketId } = await open(acme, {
      ...{ subject, body: bodies[0]!, name: 'Ada Lovelace', email: 'ada.l@analytical.example' },
    });
    for (const body of bodies.slice(1))
      await acme.within(operator, async (scope) =>
        addToThread(scope, await lockSeen(scope, ticketId as string), {
          ...{ author: 'operator', authorId: 'usr_1', visibility: 'public', body },
        }),
      );
  }
  await acme.within(operator, ({ tx, workspace }) =>
    tx
      .updateTable('deskSettings')
      .set({ agentsSee: 'all' })
      .where('workspaceId', '=', workspace.id)
      .execute(),
  );
  return acme;
}

const found = async (on: Desk, query: string) =>
  ((await on.call(anonymous, 'search_tickets', { query, limit: 50 })).tickets as JsonObject[]).map(
    ({ number }) => number as number,
  );

test('a phrase finds what is shown, letter for letter: also within words, across masks and beside them', async () => {
  const acme = await opened('exact', [
    {
      subject: 'Shutter stuck',
      bodies: ['This is Ada Lovelace, call +44 20 7946 0958. Über-lens 50% off_now.'],
    },
    { subject: 'Key [name] card', bodies: ['Named by hand: emails, keyed in.', 'Second one\nhere'] },
    { subject: 'x', bodies: [`${'a b '.repeat(700)}ada.l@analytical.example`, 'Lovelace'] },
  ]);
  const shown = await acme.within(anonymous, async (scope) => {
    const rows = await ticketsOf(scope.tx, acme.workspace.id).execute();
    const maskers = await maskersFor(
      scope,
      rows.map(({ id }) => id),
    );
    return Promise.all(
      rows.map(async ({ id, number, subject }) => {
        const { redact } = maskers.get(id)!;
        const messages = await scope.tx
          .selectFrom('messages')
          .select('body')
          .where('workspaceId', '=', acme.workspace.id)
          .where('ticketId', '=', id)
          .orderBy('createdAt', 'desc')
          .orderBy('id', 'desc')
          .execute();
        const said = messages.map(({ body }) =>
          body.length < 2_500 ? redact(body) : redact(body.slice(0, 2_500)).slice(0, -300),
        );
        return { number: Number(number), texts: [redact(subject), said.join('\n')] };
      }),
    );
  });
  const probes = [
    ...[
      'utter stu',
      'zzz qqq',
      'ada',
      'Lovelace',
      'is ada',
      'is [name]',
      '[name], call',
      'name',
      'NAME',
      'ame',
      'am',
      'e], c',
    ],
    ...[
      '[',
      ']',
      'email',
      'mai',
      'hon',
      'phone',
      'card',
      'ey',
      'key',
      '7946',
      '50%',
      '50_',
      'off_now',
      'offxnow',
      'Über-LENS',
    ],
    ...[
      'by hand: e',
      'ed i',
      'nd one\nhere',
      '[name]\na b',
      '\nThis',
      'a b a b',
      '@',
      'analytical',
      'KEY',
      'a',
      ' ',
      'ıban',
      'İs',
      'uber-lens',
      'nàme',
      '［ＮＡＭＥ',
      'Lovelacé',
    ],
  ];
  for (const probe of probes) {
    const expected = shown
      .filter(({ texts }) => texts.some((text) => fold(text).includes(fold(probe.trim()))))
      .map(({ number }) => number)
      .sort((a, b) => b - a);
    if (probe.trim() !== '') assert.deepEqual(await found(acme, `"${probe}"`), expected, probe);
  }
});

/** Milliseconds that this process worked. */
async function workedFor(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

test('what finds nothing masks little, or nothing anew, and others go on meanwhile', async () => {
  const bodies = (ticket: number) =>
    Array.from({ length: 8 }, (_, i) =>
      `${ticket}/${i}: the lens of my camera is stuck since Monday, write to bob${i}@example.com. `
        .repeat(30)
        .slice(0, 2_400),
    );
  const acme = await opened(
    'dear',
    Array.from({ length: 40 }, (_, i) => ({ subject: `Case ${i}`, bodies: bodies(i) })),
  );
  const search = (query: string) => () => found(acme, query).then((numbers) => assert.deepEqual(numbers, []));
  await search('"neverheard of"')();
  const phrase = await workedFor(search('"zzz qqq"'));
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  turn();
  const first = await workedFor(search('-lens'));
  isOver = true;
  const again = await workedFor(search('-camera'));
  const figures = `${phrase} ms for a phrase, ${first} ms for what is left out, ${again} ms for it again`;
  assert.ok(phrase < first / 3, figures);
  assert.ok(again < first / 2, figures);
  assert.ok(turns > 300, `320 texts were masked, and others had ${turns} turns`);
});

test('of many searches at once few are carried, and the others are told to come again', async () => {
  const acme = await opened(
    'many',
    Array.from({ length: 5 }, (_, i) => ({ subject: `Case ${i}`, bodies: ['stuck'] })),
  );
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => found(acme, 'stuck')));
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  assert.ok(refused.length > 0 && refused.length < 10, `${refused.length} of 10`);
  for (const outcome of outcomes)
    if (outcome.status === 'fulfilled') assert.deepEqual(outcome.value, [5, 4, 3, 2, 1]);
    else assert.ok(outcome.reason instanceof PosternError && outcome.reason.code === 'busy');
  assert.deepEqual(await found(acme, 'stuck'), [5, 4, 3, 2, 1], 'and then it is');
});
