/** A process that is busy is not a dead one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { postgresLedger } from '../../src/door/ledger.ts';
import { sleep } from '../../src/kernel/time.ts';
import { callTool, chainRpc, signPayment, startTestPostern, termsOf } from '../postern.ts';

const ticket = { subject: 'Strap lug loose', body: 'The left one turns.' };

// Fails without the beat's own connection: at 6 s its last sign of life is older than the 5 s that make a process silent.
test('every connection is busy for longer than silence takes, and nobody takes over', async () => {
  const postern = await startTestPostern();
  const { db, url } = postern;
  const payment = await signPayment(
    await postern.fundedWallet(),
    await termsOf(url, 'create_ticket', ticket),
  );
  await chainRpc(postern, 'evm_setAutomine', [false]);
  const answer = callTool(url, 'create_ticket', ticket, payment);
  const open = async () =>
    (await db.selectFrom('claims').selectAll().where('state', '=', 'settling').execute())[0];
  let claimed = await open();
  for (; !claimed; claimed = await open()) await sleep(20);

  const heldUp = await db.transaction().execute(async (tx) => {
    await sql`lock table articles in access exclusive mode`.execute(tx);
    const reads = Array.from({ length: 60 }, () => callTool(url, 'search_kb', { query: 'strap' }));
    await sql`select pg_sleep(6.2)`.execute(tx);
    const { rows } = await sql<{ waiting: number }>`select count(*)::int as waiting from pg_locks
      where relation = 'articles'::regclass and not granted`.execute(tx);
    assert.equal(rows[0]?.waiting, 20, 'connections that wait: the whole pool');
    assert.deepEqual(await postgresLedger(db).adopt('prc_other', 50), []);
    return reads;
  });
  for (const { status } of await Promise.all(heldUp)) assert.equal(status, 200);
  assert.equal((await open())?.fence, claimed.fence);

  await chainRpc(postern, 'evm_setAutomine', [true]);
  await chainRpc(postern, 'evm_mine');
  assert.equal((await answer).status, 200);
});
