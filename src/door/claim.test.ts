/** Invariant 5: no cap exceeded under concurrency; and what is not claimed spends nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { newPurchase, newWorkspace, someAddress } from '../../test/fakes/purchases.ts';
import { atEnd, silent, testDatabaseUrl } from '../../test/harness.ts';
import { randomIds } from '../kernel/ids.ts';
import { openDatabase } from '../store/database.ts';
import type { NewPurchase } from './claim.ts';
import { type Ledger, postgresLedger } from './ledger.ts';

// Two processes, each with a pool of its own.
const url = await testDatabaseUrl();
const pools = [1, 2].map(() => openDatabase({ url, poolSize: 10, log: silent }));
for (const pool of pools) atEnd(() => pool.destroy());
const db = pools[0]!;
const ledgers = pools.map((pool) => postgresLedger(pool));
const ledger = ledgers[0]!;

const networks = ['base-sepolia', 'sei-testnet', 'polygon-amoy', 'avalanche-fuji'];

const workspace = () => newWorkspace(db);

/** Claims, and ends it at once where it succeeded: the wallet is free again, what it spent is spent. */
async function spend(by: Ledger, what: NewPurchase) {
  const claimed = await by.claim(what);
  if (claimed.kind === 'claimed')
    await sql`update claims set state = 'delivered' where id = ${what.id}`.execute(db);
  return claimed;
}

const setCaps = (
  workspaceId: string,
  standing: 'new' | 'known' | 'all new',
  caps: Record<string, number | bigint>,
) =>
  db
    .updateTable('workspaceCaps')
    .set({ callsPerMinute: 1_000_000, actionsPerDay: 1_000_000, amountPerDayAtomic: 10n ** 15n, ...caps })
    .where('workspaceId', '=', workspaceId)
    .where('standing', '=', standing)
    .execute();

const walletRow = (workspaceId: string, address: string) =>
  db
    .selectFrom('wallets')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('address', '=', address)
    .executeTakeFirstOrThrow();

const pool = (workspaceId: string) =>
  db
    .selectFrom('newWalletSpending')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirstOrThrow();

const kinds = (outcomes: readonly { kind: string }[]) => {
  const count = (kind: string) => outcomes.filter((outcome) => outcome.kind === kind).length;
  return { claimed: count('claimed'), taken: count('taken'), capped: count('capped') };
};

/** Until every one of `calls` that was taken, for the wallet was busy, has had its turn. */
async function all(calls: readonly (() => ReturnType<Ledger['claim']>)[]) {
  const outcomes = await Promise.all(
    calls.map(async (call) => {
      for (;;) {
        const outcome = await call();
        if (outcome.kind !== 'taken') return outcome;
      }
    }),
  );
  return kinds(outcomes);
}

// Fails without `for update` of the wallets in `claim_purchases`.
test('a wallet’s cap is exact, by many nonces, on all networks, from two processes', async () => {
  const workspaceId = await workspace();
  await setCaps(workspaceId, 'all new', {});
  const caps = [
    ['new', { actionsPerDay: 37 }, 'actions_per_day'],
    ['known', { amountPerDayAtomic: 37n * 20_000n + 19_999n }, 'usd_per_day'],
    ['known', { callsPerMinute: 37 }, 'calls_per_minute'],
  ] as const;
  for (const [standing, cap] of caps) {
    const payer = someAddress();
    await db.insertInto('wallets').values({ workspaceId, address: payer, standing }).execute();
    await setCaps(workspaceId, standing, cap);
    const counts = await all(
      Array.from({ length: 200 }, (_, i) => () => {
        const network = networks[i % networks.length]!;
        return spend(ledgers[i % 2]!, newPurchase(workspaceId, payer, { network }));
      }),
    );
    assert.deepEqual(
      counts,
      { claimed: 37, taken: 0, capped: 163 },
      JSON.stringify(String(Object.keys(cap))),
    );
    const { minuteCalls, dayActions, dayAmountAtomic } = await walletRow(workspaceId, payer);
    assert.deepEqual([minuteCalls, dayActions, dayAmountAtomic], [37, 37, 37n * 20_000n]);
  }
});

// Fails without `for update` of what new wallets spend together.
test('the cap of all new wallets together is exact, each wallet’s first call included', async () => {
  const workspaceId = await workspace();
  await setCaps(workspaceId, 'all new', { callsPerMinute: 41 });
  const counts = await all(
    Array.from({ length: 200 }, (_, i) => {
      const what = newPurchase(workspaceId, someAddress(), { network: networks[i % networks.length]! });
      return () => spend(ledgers[i % 2]!, what);
    }),
  );
  assert.deepEqual(counts, { claimed: 41, taken: 0, capped: 159 });
  const { minuteCalls, dayActions, dayAmountAtomic } = await pool(workspaceId);
  assert.deepEqual([minuteCalls, dayActions, dayAmountAtomic], [41, 41, 41n * 20_000n]);
  // Known wallets are not among them.
  const known = someAddress();
  await db.insertInto('wallets').values({ workspaceId, address: known, standing: 'known' }).execute();
  assert.equal((await spend(ledger, newPurchase(workspaceId, known))).kind, 'claimed');
});

test('a refusal says which cap, its limit and when it frees, and leaves nothing behind', async () => {
  const workspaceId = await workspace();
  const payer = someAddress();
  for (let i = 0; i < 10; i++)
    assert.equal((await spend(ledger, newPurchase(workspaceId, payer))).kind, 'claimed', `call ${i}`);
  const before = [await walletRow(workspaceId, payer), await pool(workspaceId)];
  const what = newPurchase(workspaceId, payer);
  const refused = await ledger.claim(what);
  assert.equal(refused.kind, 'capped');
  const { freesAt, freesInSeconds, ...cap } = refused.refusal;
  assert.deepEqual(cap, { cap: 'calls_per_minute', of: 'wallet', limit: '10' });
  const minuteAt = (before[0]!.minuteAt as Date).getTime();
  assert.equal(Date.parse(freesAt!), minuteAt + 60_000);
  assert.ok(freesInSeconds! > 30 && freesInSeconds! <= 60, `${freesInSeconds} s`);
  assert.deepEqual([await walletRow(workspaceId, payer), await pool(workspaceId)], before);
  assert.equal(await ledger.byId(what.id), undefined);
  const { rows } = await sql`select id from settlements where id = ${what.id}
    union all select id from purchases where id = ${what.id}`.execute(db);
  assert.deepEqual(rows, []);

  const dollars = await ledger.claim(newPurchase(workspaceId, someAddress(), { amountAtomic: 2_000_001n }));
  // Waiting makes no room for a call that costs more than a day allows.
  assert.deepEqual(dollars, { kind: 'capped', refusal: { cap: 'usd_per_day', of: 'wallet', limit: '2.00' } });
});

test('of several caps in the way the one that frees last is named', async () => {
  const workspaceId = await workspace();
  await setCaps(workspaceId, 'new', { callsPerMinute: 1 });
  await setCaps(workspaceId, 'all new', { actionsPerDay: 1 });
  const payer = someAddress();
  await spend(ledger, newPurchase(workspaceId, payer));
  const refused = await ledger.claim(newPurchase(workspaceId, payer));
  assert.ok(refused.kind === 'capped');
  assert.deepEqual([refused.refusal.cap, refused.refusal.of], ['actions_per_day', 'new wallets']);
});

test('a window that is over begins again with the next call, and only that one', async () => {
  const workspaceId = await workspace();
  const payer = someAddress();
  for (let i = 0; i < 10; i++) await spend(ledger, newPurchase(workspaceId, payer));
  const began = (secondsAgo: number) =>
    sql`update wallets set minute_at = now() - ${secondsAgo} * interval '1 second',
      day_at = now() - ${secondsAgo} * interval '1 second' where address = ${payer}`.execute(db);
  await began(40);
  assert.equal((await ledger.claim(newPurchase(workspaceId, payer))).kind, 'capped');
  await began(60);
  assert.equal((await spend(ledger, newPurchase(workspaceId, payer))).kind, 'claimed');
  const row = await walletRow(workspaceId, payer);
  assert.deepEqual([row.minuteCalls, row.dayActions, row.dayAmountAtomic], [1, 11, 220_000n]);
  await began(86_400);
  await spend(ledger, newPurchase(workspaceId, payer));
  const next = await walletRow(workspaceId, payer);
  assert.deepEqual([next.minuteCalls, next.dayActions, next.dayAmountAtomic], [1, 1, 20_000n]);
});

test('a blocked wallet has no room, and neither has one whose standing has lost its caps', async () => {
  const workspaceId = await workspace();
  const [blocked, known] = [someAddress(), someAddress()];
  const row = (address: string, standing: 'blocked' | 'known') => ({ workspaceId, address, standing });
  await db
    .insertInto('wallets')
    .values([row(blocked, 'blocked'), row(known, 'known')])
    .execute();
  assert.equal(await ledger.isBlocked(workspaceId, blocked), true);
  assert.equal(await ledger.isBlocked(workspaceId, known), false);
  const refused = await ledger.claim(newPurchase(workspaceId, blocked));
  assert.deepEqual(refused, { kind: 'capped', refusal: { cap: 'blocked', of: 'wallet', limit: '0' } });
  await db.deleteFrom('workspaceCaps').where('workspaceId', '=', workspaceId).execute();
  assert.equal((await ledger.claim(newPurchase(workspaceId, known))).kind, 'capped');
});

// Fails where `claim_purchases` spends without asking what it claimed.
test('a claim that loses spends nothing', async () => {
  const workspaceId = await workspace();
  const payer = someAddress();
  const won = newPurchase(workspaceId, payer);
  assert.equal((await ledger.claim(won)).kind, 'claimed');
  const before = [await walletRow(workspaceId, payer), await pool(workspaceId)];
  // The wallet is busy; and the authorization is taken, on whichever way it comes again.
  assert.equal((await ledger.claim(newPurchase(workspaceId, payer))).kind, 'taken');
  const again = Array.from({ length: 50 }, (_, i) => ledgers[i % 2]!.claim({ ...won, id: randomIds('pur') }));
  assert.deepEqual(kinds(await Promise.all(again)), { claimed: 0, taken: 50, capped: 0 });
  assert.deepEqual([await walletRow(workspaceId, payer), await pool(workspaceId)], before);
});

test('proposals of new wallets take a place each, and no more than there are', async () => {
  const workspaceId = await workspace();
  await setCaps(workspaceId, 'all new', {});
  await sql`update workspace_policies set waiting_proposals_of_new = 7 where workspace_id = ${workspaceId}`.execute(
    db,
  );
  const counts = await all(
    Array.from({ length: 40 }, (_, i) => {
      const what = newPurchase(workspaceId, someAddress(), { proposes: true });
      return () => ledgers[i % 2]!.claim(what);
    }),
  );
  assert.deepEqual(counts, { claimed: 7, taken: 0, capped: 33 });
  assert.equal((await pool(workspaceId)).waitingProposals, 7);
  const refused = await ledger.claim(newPurchase(workspaceId, someAddress(), { proposes: true }));
  assert.deepEqual(refused, {
    kind: 'capped',
    refusal: { cap: 'waiting_proposals', of: 'new wallets', limit: '7' },
  });
  // What makes no proposal, and who is no longer new, needs no place.
  assert.equal((await ledger.claim(newPurchase(workspaceId, someAddress()))).kind, 'claimed');
  const known = someAddress();
  await db.insertInto('wallets').values({ workspaceId, address: known, standing: 'known' }).execute();
  const free = await ledger.claim(newPurchase(workspaceId, known, { proposes: true }));
  assert.ok(free.kind === 'claimed');
  assert.deepEqual([free.purchase.standing, free.purchase.holdsProposal], ['known', false]);
});

test('caps of one workspace are not spent in another', async () => {
  const [one, other] = [await workspace(), await workspace()];
  const payer = someAddress();
  await setCaps(one, 'new', { callsPerMinute: 1 });
  await setCaps(other, 'new', { callsPerMinute: 1 });
  assert.equal((await spend(ledger, newPurchase(one, payer))).kind, 'claimed');
  assert.equal((await spend(ledger, newPurchase(one, payer))).kind, 'capped');
  assert.equal((await spend(ledger, newPurchase(other, payer))).kind, 'claimed');
});
