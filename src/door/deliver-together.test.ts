/** Deliveries at the same moment share a transaction; each must come out as if it had one of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { newPurchase, someAddress } from '../../test/fakes/purchases.ts';
import { atEnd, silent, testDatabaseUrl } from '../../test/harness.ts';
import { PosternError } from '../kernel/errors.ts';
import { randomIds } from '../kernel/ids.ts';
import { openDatabase, sharing, type Tx, workspacesOf } from '../store/database.ts';
import { type Ledger, type Purchase, postgresLedger } from './ledger.ts';

const url = await testDatabaseUrl();
// Two processes, each with a pool of its own.
const processes = [1, 2].map(() => {
  const db = openDatabase({ url, poolSize: 5, log: silent });
  atEnd(() => db.destroy());
  return { db, ledger: postgresLedger(db), inShared: sharing(workspacesOf(db)) };
});
const { db, ledger, inShared } = processes[0]!;
const workspaceId = 'wsp_acme';
await db.insertInto('workspaces').values({ id: workspaceId, slug: 'acme', name: 'Acme' }).execute();

const signed = { format: 'eip712' as const, payload: {} as never, signature: '0x' };

async function paid(count: number): Promise<Purchase[]> {
  await sql`update workspace_caps set calls_per_minute = 1000000, actions_per_day = 1000000, amount_per_day_atomic = 1000000000000`.execute(
    db,
  );
  const claims = await Promise.all(
    Array.from({ length: count }, () => ledger.claim(newPurchase(workspaceId, someAddress()))),
  );
  await sql`update settlements set state = 'settled', transaction_hash = id where state = 'queued'`.execute(
    db,
  );
  return Promise.all(
    claims.map(async (claim) => {
      assert.ok(claim.kind === 'claimed');
      return (await ledger.settle(claim.purchase))!;
    }),
  );
}

/** Delivers, with a row in the audit log as its effect. @returns the transaction it ran in, too */
const deliver = (
  { ledger, inShared }: { ledger: Ledger; inShared: ReturnType<typeof sharing> },
  purchase: Purchase,
  effect: (tx: Tx) => Promise<unknown> = async () => {},
) =>
  inShared(workspaceId, async (tx) => {
    const delivered = await ledger.moveToDelivered(tx, purchase);
    if (!delivered) return undefined;
    const { rows } = await sql<{ xid: string }>`select pg_current_xact_id()::text as xid`.execute(tx);
    const entry = { workspaceId, id: randomIds('aud'), actor: 'system', action: 'tested', reason: 'tested' };
    await tx
      .insertInto('auditLog')
      .values({ ...entry, subject: purchase.id })
      .execute();
    await effect(tx);
    const delivery = { workspaceId, purchaseId: purchase.id, receiptId: randomIds('rcp'), signed };
    await ledger.storeDelivery(tx, { ...delivery, output: { of: purchase.id }, outputHash: '0x' });
    return { delivered, xid: rows[0]!.xid };
  });

/** How often each took effect, and what is kept as its output. */
async function outcomes(purchases: readonly Purchase[]) {
  const { rows } = await sql<{ id: string; effects: bigint; state: string; output: unknown }>`
    select c.id, c.state, p.output ->> 'of' as output,
      (select count(*) from audit_log where subject = c.id and action = 'tested') as effects
    from claims c join purchases p on p.id = c.id where c.id = any(${purchases.map(({ id }) => id)}::text[])`.execute(
    db,
  );
  return new Map(rows.map(({ id, ...row }) => [id, row]));
}

test('those that come together share one transaction, and each has its own output', async () => {
  const purchases = await paid(20);
  const done = await Promise.all(purchases.map((purchase) => deliver(processes[0]!, purchase)));
  assert.equal(new Set(done.map((one) => one?.xid)).size, 1);
  const found = await outcomes(purchases);
  for (const { id } of purchases)
    assert.deepEqual(found.get(id), { state: 'delivered', output: id, effects: 1n });
});

test('one that is refused is refused alone, and leaves nothing', async () => {
  const purchases = await paid(6);
  const refusals = [
    async () => {
      throw new PosternError('conflict', 'The ticket is closed.');
    },
    (tx: Tx) => sql`insert into tickets (workspace_id) values ('wsp_other')`.execute(tx),
  ];
  const done = await Promise.allSettled(
    purchases.map((purchase, i) => deliver(processes[0]!, purchase, refusals[i - 2])),
  );
  assert.deepEqual(
    done.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled', 'fulfilled'],
  );
  const reason = (done[2] as PromiseRejectedResult).reason;
  assert.ok(reason instanceof PosternError && reason.code === 'conflict');
  const found = await outcomes(purchases);
  for (const [i, { id }] of purchases.entries())
    assert.deepEqual(
      found.get(id),
      i === 2 || i === 3
        ? { state: 'paid', output: null, effects: 0n }
        : { state: 'delivered', output: id, effects: 1n },
    );
});

test('a purchase that is delivered twice at once, in one transaction and from two processes, is delivered once', async () => {
  const purchases = await paid(8);
  const done = await Promise.all(
    purchases.flatMap((purchase, i) =>
      [0, 0, 1].map((n) => deliver(processes[(n + i) % 2]!, purchases[n === 1 ? 7 - i : i] ?? purchase)),
    ),
  );
  assert.equal(done.filter((one) => one !== undefined).length, 8);
  const found = await outcomes(purchases);
  for (const { id } of purchases)
    assert.deepEqual(found.get(id), { state: 'delivered', output: id, effects: 1n });
});

test('a purchase that is not settled is passed by, and its neighbours are delivered', async () => {
  const purchases = await paid(4);
  await sql`update settlements set state = 'sent' where id = ${purchases[1]!.id}`.execute(db);
  const done = await Promise.all(purchases.map((purchase) => deliver({ ledger, inShared }, purchase)));
  assert.deepEqual(
    done.map((one) => one?.delivered.state),
    ['delivered', undefined, 'delivered', 'delivered'],
  );
});
