/** What the door keeps of a call that never became a ticket is a customer's all the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { Caller } from '../../src/catalogue/operation.ts';
import type { Purchase } from '../../src/door/claim.ts';
import { postgresLedger } from '../../src/door/ledger.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { customerIdOf, type Desk, desk, operator, refused, writeIn } from '../desk.ts';
import { newPurchase, someAddress } from '../fakes/purchases.ts';

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };
const vera = 'Vera@real.example';

/** A call of `create_ticket` that is claimed: its money is on the way. */
async function claim(on: Desk, input: JsonObject): Promise<Purchase> {
  const call = newPurchase(on.workspace.id, someAddress(), { input, plan: input });
  const claimed = await postgresLedger(on.db).claim(call);
  assert.ok(claimed.kind === 'claimed');
  return claimed.purchase;
}

const kept = async (on: Desk) =>
  JSON.stringify(
    (
      await sql`select input, plan, output from purchases where workspace_id = ${on.workspace.id}`.execute(
        on.db,
      )
    ).rows,
  );

test('a purchase that ended undelivered is handed out and erased with the customer it names', async () => {
  const acme = await desk('undelivered');
  const customerId = await customerIdOf(acme, (await writeIn(acme, { email: vera })).ticketId);
  const subject = 'Quokkaphone';
  for (const [i, email] of ['vera@real.example', 'VERA@real.example', 'vera@other.example'].entries()) {
    const purchase = await claim(acme, { subject, body: `zymurgical ${i}`, email, name: 'Vera Real' });
    if (i === 0) assert.ok(await postgresLedger(acme.db).move(purchase, 'void', 'expired'));
    else await sql`update claims set state = 'refunded' where id = ${purchase.id}`.execute(acme.db);
  }
  const { records } = await acme.call(admin, 'export_customer', { customerId, reason: 'asked' });
  const bodies = (records as { purchases: { input: JsonObject }[] }).purchases.map(({ input }) => input.body);
  assert.deepEqual(bodies.sort(), ['zymurgical 0', 'zymurgical 1']);

  await acme.call(admin, 'erase_customer', { customerId, confirm: customerId, reason: 'asked' });
  const left = await kept(acme);
  assert.doesNotMatch(left, /vera@real|zymurgical [01]/i);
  assert.match(left, /zymurgical 2/, 'another’s stays');
});

test('a call that may still become a ticket of the customer holds the erasure up', async () => {
  const acme = await desk('under-way');
  const customerId = await customerIdOf(acme, (await writeIn(acme, { email: vera })).ticketId);
  const purchase = await claim(acme, { subject: 'x', body: 'y', email: 'vera@real.example' });
  const sure = { customerId, confirm: customerId, reason: 'asked' };
  await assert.rejects(acme.call(admin, 'erase_customer', sure), refused('conflict'));
  assert.ok(await postgresLedger(acme.db).move(purchase, 'void', 'expired'));
  await acme.call(admin, 'erase_customer', sure);
  assert.doesNotMatch(await kept(acme), /vera/);
});

test('erasing a stranger’s record leaves what was bought in the customer’s name', async () => {
  const acme = await desk('undelivered-troll');
  await acme.call(operator, 'start_conversation', { to: vera, subject: 'x', body: 'y' });
  const troll = await customerIdOf(acme, (await writeIn(acme, { email: vera })).ticketId);
  await claim(acme, { subject: 'x', body: 'zymurgical', email: vera });
  await acme.call(admin, 'erase_customer', { customerId: troll, confirm: troll, reason: 'trolling' });
  assert.match(await kept(acme), /zymurgical/);
});
