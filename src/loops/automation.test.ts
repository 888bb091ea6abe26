import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admin, automated } from '../../test/automation.ts';
import { operator } from '../../test/desk.ts';
import { atEnd, silent, testDatabaseUrl } from '../../test/harness.ts';
import { randomIds } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import { sleep, systemClock, type Time } from '../kernel/time.ts';
import { openDatabase } from '../store/database.ts';
import { connectEvents } from '../store/events.ts';
import { automationLoop } from './automation.ts';

/** Who would look again after seconds waits for an hour: nothing but a hint has them look. */
const patient: Time = {
  now: systemClock,
  sleep: (ms, signal) => sleep(ms < 1_000 ? ms : 3_600_000, signal),
};

test('loops of two processes hear of a ticket at once, do it once, and end with their signal', async () => {
  const url = await testDatabaseUrl();
  const db = openDatabase({ url, poolSize: 10, log: silent });
  atEnd(() => db.destroy());
  const acme = await automated('heard', db);
  const quiet = await automated('quiet', db);
  await acme.call(admin, 'create_rule', {
    name: 'note',
    trigger: 'ticket.created',
    actions: [{ kind: 'add_note', body: 'Hello.' }],
  });
  const over = new AbortController();
  const hints = [await connectEvents(url, silent), await connectEvents(url, silent)];
  for (const hint of hints) atEnd(() => hint.close());
  const loops = hints.map((events) =>
    automationLoop({ db, ids: randomIds, events, time: patient, log: silent, signal: over.signal }),
  );
  // The first rounds have found nothing, and wait.
  await sleep(500);
  const start = systemClock();
  await quiet.mailIn('bob@example.com');
  const tickets = await Promise.all(Array.from({ length: 5 }, (_, i) => acme.mailIn(`c${i}@example.com`)));
  const notes = async () => {
    let count = 0;
    for (const ticketId of tickets) {
      const { messages } = await acme.call(operator, 'get_ticket', { ticketId });
      count += (messages as JsonObject[]).filter(({ visibility }) => visibility === 'note').length;
    }
    return count;
  };
  while ((await notes()) < tickets.length && systemClock() - start < 60_000) await sleep(20);
  assert.equal(await notes(), tickets.length, 'by the hint');
  const left = () => db.selectFrom('ticketEvents').select('id').where('handled', '=', false).execute();
  while ((await left()).length > 0 && systemClock() - start < 60_000) await sleep(20);
  assert.deepEqual(await left(), []);
  assert.equal(await notes(), tickets.length);
  over.abort();
  await Promise.all(loops);
});
