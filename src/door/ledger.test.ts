/** What only the tables' unique keys keep, whatever the code around them does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liftCaps } from '../../test/caps.ts';
import { newPurchase, someAddress } from '../../test/fakes/purchases.ts';
import { testDatabase } from '../../test/harness.ts';
import { randomIds } from '../kernel/ids.ts';
import { postgresLedger } from './ledger.ts';

const db = await testDatabase();
const ledger = postgresLedger(db, randomIds);
const workspaceId = randomIds('wsp');
await db.insertInto('workspaces').values({ id: workspaceId, slug: 'acme', name: 'Acme' }).execute();
await liftCaps(db);

// Fails without `unique (network, asset, payer, nonce)` in 0002_money_path.sql.
test('an authorization that was claimed once is taken for ever', async () => {
  const what = newPurchase(workspaceId, someAddress());
  assert.equal((await ledger.claim(what)).kind, 'claimed');
  for (const state of ['delivered', 'void', 'owed', 'refunded', 'lost'] as const) {
    await db.updateTable('claims').set({ state }).where('id', '=', what.id).execute();
    // Where nothing else would stand in the way: no row of a settlement either.
    await db.deleteFrom('settlements').where('id', '=', what.id).execute();
    assert.equal((await ledger.claim({ ...what, id: randomIds('pur') })).kind, 'taken', state);
  }
});

// Fails without `unique` in the index claims_in_flight.
test('a wallet has one purchase in flight on a network, and may have one on each', async () => {
  const payer = someAddress();
  const claims = Array.from({ length: 20 }, () => ledger.claim(newPurchase(workspaceId, payer)));
  const kinds = (await Promise.all(claims)).map(({ kind }) => kind);
  assert.equal(kinds.filter((kind) => kind === 'claimed').length, 1);
  assert.equal(kinds.filter((kind) => kind === 'taken').length, 19);
  const elsewhere = newPurchase(workspaceId, payer, { network: 'sei-testnet' });
  assert.equal((await ledger.claim(elsewhere)).kind, 'claimed');
});
