import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { testDatabase } from '../../../test/harness.ts';
import type { ReadOperation } from '../../catalogue/operation.ts';
import { parseInput } from '../../catalogue/registry.ts';
import { randomIds } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { inWorkspace } from '../../store/database.ts';
import { postgresDebts } from '../debts.ts';
import { awaits, listPurchases } from '../overview.ts';
import { requestDelivery, requestRefund, takeDeliveryRequests } from '../requests.ts';
import { listPurchasesOperation } from './purchases.ts';

const db = await testDatabase();

async function workspace() {
  const id = randomIds('wsp');
  const made = { id, slug: id.slice(4, 20), name: 'Acme' };
  await db.insertInto('workspaces').values(made).execute();
  return made;
}

type Workspace = Awaited<ReturnType<typeof workspace>>;

/** A purchase whose payment is on its way, and its window over. */
async function hanging({ id: workspaceId }: Workspace): Promise<string> {
  const key = { network: 'base-sepolia', asset: '0x036C', payer: '0xaa', payTo: '0xbb', amountAtomic: 1n };
  const id = randomIds('pur');
  const signed = { nonce: `0x${id}`, signature: '0x' };
  await db
    .insertInto('claims')
    .values({ ...key, ...signed, id, workspaceId, callHash: 'x', processId: 'prc' })
    .execute();
  const call = { operation: 'create_ticket', input: '{}', plan: '{}', private: false, payer: key.payer };
  await db
    .insertInto('purchases')
    .values({ ...call, id, workspaceId })
    .execute();
  const window = { validAfter: 0n, validBefore: 1n, verifiedAtBlock: 0n };
  await db
    .insertInto('settlements')
    .values({ ...key, ...signed, ...window, id })
    .execute();
  return id;
}

function list(workspace: Workspace, filter: JsonObject): Promise<string[]> {
  const operation = listPurchasesOperation as ReadOperation;
  const caller = { kind: 'operator', id: 'usr_x', role: 'admin' } as const;
  const input = parseInput(operation, filter);
  return inWorkspace(db, workspace.id, async (tx) => {
    const found = await operation.read({ tx, workspace, caller, ids: randomIds, now: new Date() }, input);
    return (found as { purchases: { purchaseId: string }[] }).purchases.map(({ purchaseId }) => purchaseId);
  });
}

test('what should have ended by now is in doubt, and what is owed is not', async () => {
  const ours = await workspace();
  const id = await hanging(ours);
  assert.deepEqual(await list(ours, { only: 'in_doubt' }), [id]);
  assert.deepEqual(await list(ours, { only: 'owed' }), []);
  await db.updateTable('claims').set({ state: 'owed', owedAt: new Date() }).where('id', '=', id).execute();
  assert.deepEqual(await list(ours, { only: 'in_doubt' }), []);
  assert.deepEqual(await list(ours, { only: 'owed' }), [id]);
  assert.deepEqual(await list(await workspace(), { only: 'owed' }), []);
});

test('a workspace sees a settlement through its own claim only', async () => {
  const [ours, theirs] = [await workspace(), await workspace()];
  const id = await hanging(theirs);
  const seen = (workspace: Workspace) =>
    inWorkspace(db, workspace.id, async (tx) => {
      const { rows } = await sql`select * from settlement_of(${id}, false)`.execute(tx);
      return rows.length;
    });
  assert.deepEqual([await seen(theirs), await seen(ours)], [1, 0]);
  await db
    .updateTable('claims')
    .set({ state: 'owed', owedAt: new Date(0) })
    .where('id', '=', id)
    .execute();
  const asked = (workspace: Workspace) =>
    inWorkspace(db, workspace.id, async (tx) => {
      const { rows } = await sql<{ state: string | null }>`select ask_for_owed(${id}, true) as state`.execute(
        tx,
      );
      return rows[0]?.state;
    });
  assert.equal(await asked(ours), null);
  const approved = () =>
    db.selectFrom('claims').select('refundApprovedAt').where('id', '=', id).executeTakeFirstOrThrow();
  assert.equal((await approved()).refundApprovedAt, null);
  assert.equal(await asked(theirs), 'owed');
  assert.ok((await approved()).refundApprovedAt);
});

test('of a refund and a delivery one is ordered at a time, and what is ordered is seen', async () => {
  const ours = await workspace();
  const id = await hanging(ours);
  await db.updateTable('claims').set({ state: 'owed', owedAt: new Date() }).where('id', '=', id).execute();
  const order = (what: typeof requestRefund) =>
    inWorkspace(db, ours.id, (tx) =>
      what(tx, randomIds, { workspaceId: ours.id, purchaseId: id, actor: 'system', reason: 'x' }),
    ).then(
      () => 'ordered',
      ({ code, message }) => `${code}: ${message}`,
    );
  const seen = async () =>
    awaits((await inWorkspace(db, ours.id, (tx) => listPurchases(tx, ours.id, { id, limit: 1 })))[0]!);
  assert.match((await seen())!, /the operator’s time is over$/);
  const delivery = await order(requestDelivery);
  assert.deepEqual(
    [delivery, await order(requestRefund), await order(requestDelivery)],
    ['ordered', 'conflict: A delivery of it is ordered already.', 'ordered'],
  );
  const taken = (await takeDeliveryRequests(db)).find((purchase) => purchase.id === id)!;
  assert.equal(await order(requestRefund), 'ordered');
  // What the delivery came to that was under way is no reason to put the refund off, or to say another thing.
  await postgresDebts(db).postpone(taken, 'not delivered: closed', 60);
  assert.match((await seen())!, /its refund is ordered$/);
  const claim = await db.selectFrom('claims').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  assert.deepEqual(claim.refundNextAt, claim.refundApprovedAt);
  assert.deepEqual(
    [await order(requestDelivery), await order(requestRefund)],
    ['conflict: A refund of it is ordered already.', 'ordered'],
  );
  // One that was tried in vain leaves the way open.
  await postgresDebts(db).postpone(claim, 'the float is empty', 60);
  assert.match((await seen())!, /the float is empty$/);
  assert.equal(await order(requestDelivery), 'ordered');
});
