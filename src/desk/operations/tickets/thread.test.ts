import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Desk, desk, open, operator, refused } from '../../../../test/desk.ts';
import { randomIds } from '../../../kernel/ids.ts';
import type { JsonObject } from '../../../kernel/json.ts';

/** A ticket of so many messages; several share a time, so that only the id orders them. */
async function long(on: Desk, messages: number): Promise<string> {
  const ticketId = (await open(on, { email: 'ada@example.com' })).ticketId as string;
  await on.within(operator, async ({ tx, workspace }) => {
    const rows = Array.from({ length: messages - 1 }, (_, at) => ({
      workspaceId: workspace.id,
      ticketId,
      id: randomIds('msg'),
      author: 'customer' as const,
      authorId: null,
      visibility: at % 5 === 0 ? ('note' as const) : ('public' as const),
      body: `Message ${at}`,
      createdAt: new Date(Date.UTC(2026, 10, 19) + Math.floor(at / 3) * 1000),
    }));
    await tx.insertInto('messages').values(rows).execute();
  });
  return ticketId;
}

const idsOf = (rows: unknown, field = 'id') => (rows as JsonObject[]).map((row) => row[field] as string);

/** Everything that the pages hold, by following `next`. */
async function all(on: Desk, operation: string, rows: string, input: JsonObject, after?: string) {
  const pages: JsonObject[][] = [];
  let cursor = after;
  do {
    const page = await on.call(operator, operation, { ...input, ...(cursor && { cursor }) });
    pages.push(page[rows] as JsonObject[]);
    cursor = page.next as string | undefined;
  } while (cursor);
  return pages;
}

test('every message of a long conversation can be read, each once, the newest first', async () => {
  const acme = await desk('long-thread');
  const ticketId = await long(acme, 261);
  const whole = await acme.call(operator, 'get_ticket', { ticketId });
  assert.equal(whole.messageCount, 261);
  assert.equal((whole.messages as JsonObject[]).length, 100);
  const pages = await all(acme, 'list_messages', 'messages', { ticketId, limit: 50 });
  assert.deepEqual(
    pages.map(({ length }) => length),
    [50, 50, 50, 50, 50, 11],
  );
  const every = idsOf(pages.flat());
  assert.equal(new Set(every).size, 261);
  assert.match(pages.flat().at(-1)!.body as string, /^Message [012]$/, 'the first of all is there');
  assert.deepEqual(every.slice(0, 100).reverse(), idsOf(whole.messages), 'in the same order');
  const earlier = await all(acme, 'list_messages', 'messages', { ticketId }, whole.earlierMessages as string);
  assert.deepEqual(
    [...idsOf(whole.messages).reverse(), ...idsOf(earlier.flat())],
    every,
    'what a ticket begins with goes on without a gap',
  );
  const { count } = await acme.call(operator, 'list_messages', { ticketId, limit: 1 });
  assert.equal(count, 261);
});

test('a short conversation has nothing earlier', async () => {
  const acme = await desk('short-thread');
  const { ticketId } = await open(acme);
  const whole = await acme.call(operator, 'get_ticket', { ticketId: ticketId! });
  assert.deepEqual(
    [whole.messageCount, whole.earlierMessages, whole.historyCount, whole.earlierHistory],
    [1, null, 1, null],
  );
  const exactly = await long(acme, 100);
  const full = await acme.call(operator, 'get_ticket', { ticketId: exactly });
  assert.deepEqual([full.messageCount, full.earlierMessages], [100, null]);
});

test('what came by a merge is paged with the rest, and a message that comes meanwhile moves no page', async () => {
  const acme = await desk('merged-thread');
  const [from, into] = [await long(acme, 40), await long(acme, 40)];
  await acme.call(operator, 'merge_tickets', { from, fromVersion: 1, into, intoVersion: 1 });
  const page = await acme.call(operator, 'list_messages', { ticketId: into });
  assert.equal(page.count, 81, 'of both, and the note that says so');
  const first = idsOf(page.messages);
  assert.equal(first.length, 20);
  await acme.call(operator, 'add_note', { ticketId: into, body: 'Meanwhile.' });
  const rest = await all(acme, 'list_messages', 'messages', { ticketId: into }, page.next as string);
  assert.equal(new Set([...first, ...idsOf(rest.flat())]).size, 81);
});

test('the whole history can be read, the newest first', async () => {
  const acme = await desk('long-history');
  const { ticketId } = await open(acme);
  for (let version = 1; version <= 130; version++)
    await acme.call(operator, 'update_ticket', {
      ticketId: ticketId!,
      version,
      priority: version % 2 ? 'high' : 'low',
    });
  const whole = await acme.call(operator, 'get_ticket', { ticketId: ticketId! });
  assert.equal(whole.historyCount, 131);
  const pages = await all(acme, 'list_history', 'history', { ticketId: ticketId!, limit: 50 });
  const versions = idsOf(pages.flat(), 'version');
  assert.deepEqual(
    versions,
    Array.from({ length: 131 }, (_, at) => 131 - at),
  );
  const rest = await all(
    acme,
    'list_history',
    'history',
    { ticketId: ticketId! },
    whole.earlierHistory as string,
  );
  assert.deepEqual(idsOf(rest.flat(), 'version'), versions.slice(100));
});

test('pages of what is not there, and cursors of others, are refused', async () => {
  const acme = await desk('no-thread');
  const other = await desk('no-thread-elsewhere');
  const { ticketId } = await open(other);
  for (const operation of ['list_messages', 'list_history']) {
    await assert.rejects(acme.call(operator, operation, { ticketId: ticketId! }), refused('not_found'));
    for (const cursor of ['x', Buffer.from('2026-99-99 00:00:00|msg_1').toString('base64url')])
      await assert.rejects(
        other.call(operator, operation, { ticketId: ticketId!, cursor }),
        refused('invalid_arguments'),
      );
  }
});
