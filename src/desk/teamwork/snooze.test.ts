import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Desk, desk, open, operator } from '../../../test/desk.ts';
import { silent } from '../../../test/harness.ts';
import { randomIds } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { sleep } from '../../kernel/time.ts';
import { snoozeLoop } from '../../loops/snooze.ts';
import { wakeDue } from './snooze.ts';

const read = (on: Desk, ticketId: string) => on.call(operator, 'get_ticket', { ticketId });
const until = Date.UTC(2027, 0, 1);

async function snoozed(on: Desk, at = until): Promise<string> {
  const { ticketId } = await open(on);
  const snoozedUntil = new Date(at).toISOString();
  await on.call(operator, 'update_ticket', { ticketId: ticketId!, version: 1, snoozedUntil });
  return ticketId as string;
}

const wake = (on: Desk, now: number, failed: (id: string, error: unknown) => void = assert.fail) =>
  wakeDue(on.db, { ids: randomIds, now: new Date(now), failed });

test('a ticket comes back at its time, and history says who opened it', async () => {
  const acme = await desk('wake');
  const id = await snoozed(acme);
  assert.equal(await wake(acme, until - 1), 0);
  assert.equal((await read(acme, id)).status, 'snoozed');
  assert.equal(await wake(acme, until), 1);
  const { status, snoozedUntil, history } = await read(acme, id);
  assert.deepEqual([status, snoozedUntil], ['open', null]);
  const event = (history as JsonObject[]).at(-1)!;
  assert.deepEqual([event.actor, event.kind], ['house:snooze', 'ticket.updated']);
  assert.equal(await wake(acme, until + 1), 0);
});

test('each wakes once, however many processes look', async () => {
  const acme = await desk('wake-once');
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) ids.push(await snoozed(acme, until - i));
  const woken = await Promise.all(Array.from({ length: 4 }, () => wake(acme, until)));
  assert.equal(
    woken.reduce((sum, count) => sum + count),
    20,
  );
  for (const id of ids) {
    const { version, history } = await read(acme, id);
    assert.deepEqual([version, (history as JsonObject[]).length], [3, 3]);
  }
});

test('who holds a ticket is not waited for, and what they did stands', async () => {
  const acme = await desk('wake-locked');
  const [held, free] = [await snoozed(acme), await snoozed(acme)];
  await acme.within(operator, async ({ tx }) => {
    await tx.selectFrom('tickets').select('id').where('id', '=', held).forUpdate().execute();
    assert.equal(await wake(acme, until), 1);
  });
  assert.equal((await read(acme, free)).status, 'open');
  const later = new Date(until + 5).toISOString();
  await acme.call(operator, 'update_ticket', { ticketId: held, version: 2, snoozedUntil: later });
  assert.equal(await wake(acme, until), 0);
  assert.equal((await read(acme, held)).status, 'snoozed');
});

test('the loop wakes what is due and ends with its signal', async () => {
  const acme = await desk('wake-loop');
  const id = await snoozed(acme);
  const ended = new AbortController();
  const time = {
    now: () => until,
    sleep: async (ms: number, signal?: AbortSignal) => {
      ended.abort();
      await sleep(ms, signal);
    },
  };
  await snoozeLoop({ db: acme.db, ids: randomIds, time, log: silent, signal: ended.signal });
  assert.equal((await read(acme, id)).status, 'open');
});
