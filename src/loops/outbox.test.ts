import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent, testDatabase } from '../../test/harness.ts';
import { randomIds } from '../kernel/ids.ts';
import { sleep } from '../kernel/time.ts';
import { delayAfterMs, enqueue, type Smtp } from '../mail/outbox.ts';
import { outboxLoop } from './outbox.ts';

test('the loop sends, survives errors and ends with its signal', async () => {
  const db = await testDatabase();
  const workspaceId = randomIds('wsp');
  const start = Date.UTC(2026, 10, 23);
  await db.insertInto('workspaces').values({ id: workspaceId, slug: 'acme', name: 'Acme' }).execute();
  await db.transaction().execute((tx) =>
    enqueue(tx, {
      workspaceId,
      id: randomIds('out'),
      ticketId: null,
      messageId: '<one@acme.localhost>',
      mailFrom: 'support@acme.localhost',
      rcptTo: 'ada@example.com',
      subject: 'Re: charging',
      body: 'Clean the contacts.',
      headers: {},
      createdAt: new Date(start),
    }),
  );
  const ended = new AbortController();
  const sent: string[] = [];
  let calls = 0;
  const smtp: Smtp = {
    async send({ messageId }) {
      if (calls++ === 0) throw new Error('once');
      sent.push(messageId);
      ended.abort();
    },
    close: async () => {},
  };
  // Time runs fast, so that the retry is due at the next look.
  let now = start;
  const time = {
    now() {
      now += delayAfterMs(1);
      return now;
    },
    sleep,
  };
  await outboxLoop({ db, smtp, time, log: silent, signal: ended.signal, intervalMs: 5 });
  assert.deepEqual(sent, ['<one@acme.localhost>']);
  assert.equal(calls, 2);
});
