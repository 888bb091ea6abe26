import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { silent, testDatabaseUrl } from '../../test/harness.ts';
import { openDatabase } from './database.ts';
import { connectEvents } from './events.ts';

test('a hint from another connection arrives, also after the listening connection was killed', async () => {
  const url = await testDatabaseUrl();
  const db = openDatabase({ url, poolSize: 2, log: silent });
  const events = await connectEvents(url, silent);
  const heard: string[] = [];
  let wake = () => {};
  events.on('purchase.changed', (key) => {
    heard.push(key);
    wake();
  });
  const notify = () => sql`select pg_notify('postern', 'purchase.changed:pur_1')`.execute(db);

  const first = new Promise<void>((resolve) => {
    wake = resolve;
  });
  await notify();
  await first;
  assert.deepEqual(heard, ['pur_1']);

  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'postern-events' and datname = current_database()`.execute(db);
  const again = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const repeat = setInterval(() => void notify(), 100);
  await again;
  clearInterval(repeat);

  await events.close();
  await db.destroy();
});

test('a server that is not there is an error, not a wait', async () => {
  await assert.rejects(connectEvents('postgres://nobody@127.0.0.1:1/none', silent));
});
