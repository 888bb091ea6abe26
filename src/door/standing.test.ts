/** Standing is earned and lost by the rules, or by hand; and what is not charged is not counted. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { newPurchase, roomyWorkspace, someAddress } from '../../test/fakes/purchases.ts';
import { atEnd, silent, testDatabaseUrl } from '../../test/harness.ts';
import { PosternError } from '../kernel/errors.ts';
import { randomIds as ids } from '../kernel/ids.ts';
import { auditTrail } from '../store/audit.ts';
import { inWorkspace, openDatabase } from '../store/database.ts';
import type { Standing } from '../store/schema.ts';
import type { NewPurchase, Purchase } from './claim.ts';
import { postgresLedger } from './ledger.ts';
import {
  type Decision,
  earnedStanding,
  type HandChange,
  recordDecision,
  setStanding,
  strike,
} from './standing.ts';

const url = await testDatabaseUrl();
const pools = [1, 2].map(() => openDatabase({ url, poolSize: 10, log: silent }));
for (const pool of pools) atEnd(() => pool.destroy());
const db = pools[0]!;
const ledgers = pools.map((pool) => postgresLedger(pool, ids));
const ledger = ledgers[0]!;

const workspace = () => roomyWorkspace(db);

async function claim(
  workspaceId: string,
  payer: string,
  change: Partial<NewPurchase> = {},
): Promise<Purchase> {
  const claimed = await ledger.claim(newPurchase(workspaceId, payer, change));
  assert.ok(claimed.kind === 'claimed', claimed.kind);
  return claimed.purchase;
}

/** The settlement's end, as the facilitator writes it. */
const end = (purchase: Purchase, state: 'settled' | 'void', reason: string | null = null) =>
  db.updateTable('settlements').set({ state, lastError: reason }).where('id', '=', purchase.id).execute();

async function paid(
  workspaceId: string,
  payer: string,
  change: Partial<NewPurchase> = {},
): Promise<Purchase> {
  const purchase = await claim(workspaceId, payer, change);
  await end(purchase, 'settled');
  const paid = await ledger.settle(purchase);
  assert.equal(paid?.state, 'paid');
  return paid!;
}

async function deliver(
  workspaceId: string,
  payer: string,
  change: Partial<NewPurchase> = {},
): Promise<Purchase> {
  const purchase = await paid(workspaceId, payer, change);
  const delivered = await inWorkspace(db, workspaceId, (tx) => ledger.moveToDelivered(tx, purchase));
  assert.equal(delivered?.state, 'delivered');
  return delivered!;
}

const decide = (workspaceId: string, wallet: string, decision: Partial<Decision>) =>
  inWorkspace(db, workspaceId, (tx) =>
    recordDecision(tx, ids, {
      workspaceId,
      wallet,
      purchaseId: null,
      verdict: 'approved',
      reason: null,
      by: 'ann',
      ...decision,
    }),
  );

/** By the operator `ann`. */
const set = (workspaceId: string, wallet: string, to: HandChange['to'], reason = 'we know them') =>
  inWorkspace(db, workspaceId, (tx) =>
    setStanding(tx, ids, { workspaceId, wallet, to, operator: 'ann', reason }),
  );

const record = (workspaceId: string, wallet: string) =>
  db
    .selectFrom('wallets')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('address', '=', wallet)
    .executeTakeFirstOrThrow();

const standing = async (workspaceId: string, wallet: string) => (await record(workspaceId, wallet)).standing;

const allNew = (workspaceId: string) =>
  db
    .selectFrom('newWalletSpending')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirstOrThrow();

/** Oldest first: who, what, why. */
const trail = (workspaceId: string, subject: string) =>
  inWorkspace(db, workspaceId, async (tx) => {
    const rows = await auditTrail(tx, workspaceId, { subject, limit: 100 });
    return rows.reverse();
  });

const refused = (code: string) => (error: unknown) => error instanceof PosternError && error.code === code;

test('what a record comes to', () => {
  const rules = {
    knownAfterPurchases: 3,
    trustedAfterApprovals: 10,
    trustedApprovedPercent: 80,
    trustedStrikeFreeDays: 30,
  };
  const now = new Date('2026-11-23T05:00:00Z');
  const days = (n: number) => new Date(now.getTime() - n * 86_400_000);
  const cases: [Standing, number, number, number, Date | null, Standing][] = [
    // was, delivered, approved, rejected, last strike, is
    ['new', 0, 0, 0, null, 'new'],
    ['new', 2, 0, 0, null, 'new'],
    ['new', 3, 0, 0, null, 'known'],
    ['known', 0, 0, 0, null, 'known'],
    ['known', 3, 9, 0, null, 'known'],
    ['known', 3, 10, 0, null, 'trusted'],
    ['new', 0, 10, 0, null, 'trusted'],
    ['known', 3, 12, 3, null, 'trusted'],
    ['known', 3, 11, 3, null, 'known'],
    ['trusted', 3, 11, 3, null, 'known'],
    ['trusted', 3, 20, 0, days(29.9), 'known'],
    ['known', 3, 20, 0, days(30), 'trusted'],
  ];
  for (const [was, purchasesDelivered, proposalsApproved, proposalsRejected, lastStrikeAt, is] of cases) {
    const earnings = { purchasesDelivered, proposalsApproved, proposalsRejected, strikes: 0, lastStrikeAt };
    assert.equal(earnedStanding({ standing: was, ...earnings }, rules, now), is, JSON.stringify(earnings));
  }
});

describe('standing by the rules', () => {
  test('known with the third delivered purchase, in the transaction that delivers it', async () => {
    const [workspaceId, wallet] = [await workspace(), someAddress()];
    for (let i = 0; i < 2; i++) await deliver(workspaceId, wallet);
    assert.equal(await standing(workspaceId, wallet), 'new');
    const third = await paid(workspaceId, wallet);
    const rolledBack = inWorkspace(db, workspaceId, async (tx) => {
      await ledger.moveToDelivered(tx, third);
      throw new Error('commit refused');
    });
    await assert.rejects(rolledBack);
    assert.equal(await standing(workspaceId, wallet), 'new');
    const delivered = await inWorkspace(db, workspaceId, (tx) => ledger.moveToDelivered(tx, third));
    // It was admitted as a new wallet's, and stays that.
    assert.equal(delivered?.standing, 'new');
    assert.equal(await standing(workspaceId, wallet), 'known');
    assert.equal((await record(workspaceId, wallet)).purchasesDelivered, 3);
    const rows = await trail(workspaceId, wallet);
    assert.deepEqual(
      rows.map(({ actor, action, reason, details }) => ({ actor, action, reason, details })),
      [
        {
          actor: 'rules',
          action: 'standing.changed',
          reason: 'a purchase was delivered',
          details: { from: 'new', to: 'known', byHand: false },
        },
      ],
    );
    // Of two who deliver one purchase, one counts.
    assert.equal(await inWorkspace(db, workspaceId, (tx) => ledger.moveToDelivered(tx, third)), undefined);
    assert.equal((await record(workspaceId, wallet)).purchasesDelivered, 3);
  });

  test('trusted with the tenth approval, and not below the percentage', async () => {
    const [workspaceId, wallet] = [await workspace(), someAddress()];
    for (let i = 0; i < 9; i++) await decide(workspaceId, wallet, {});
    assert.equal(await standing(workspaceId, wallet), 'new');
    await decide(workspaceId, wallet, {});
    assert.equal(await standing(workspaceId, wallet), 'trusted');
    for (let i = 0; i < 2; i++)
      await decide(workspaceId, wallet, { verdict: 'rejected', reason: 'too short' });
    assert.equal(await standing(workspaceId, wallet), 'trusted', '10 of 12 are 83 percent');
    await decide(workspaceId, wallet, { verdict: 'rejected', reason: 'wrong customer' });
    assert.equal(await standing(workspaceId, wallet), 'known', '10 of 13 are 76 percent');
    for (let i = 0; i < 2; i++) await decide(workspaceId, wallet, {});
    assert.equal(await standing(workspaceId, wallet), 'trusted', '12 of 15 are 80 percent');
    const rows = await trail(workspaceId, wallet);
    const rejected = rows.filter(({ action }) => action === 'proposal.rejected');
    assert.deepEqual(
      rejected.map(({ actor, reason }) => [actor, reason]),
      [
        ['operator:ann', 'too short'],
        ['operator:ann', 'too short'],
        ['operator:ann', 'wrong customer'],
      ],
    );
    const changes = rows
      .filter(({ action }) => action === 'standing.changed')
      .map(({ details }) => details.to);
    assert.deepEqual(changes, ['trusted', 'known', 'trusted']);
  });

  test('a proposal that was dropped gives its place back, and counts for nobody', async () => {
    const [workspaceId, wallet] = [await workspace(), someAddress()];
    const { id: purchaseId } = await deliver(workspaceId, wallet, { proposes: true });
    const waiting = async () =>
      (
        await db
          .selectFrom('newWalletSpending')
          .select('waitingProposals')
          .where('workspaceId', '=', workspaceId)
          .executeTakeFirstOrThrow()
      ).waitingProposals;
    assert.equal(await waiting(), 1);
    const before = await record(workspaceId, wallet);
    await decide(workspaceId, wallet, { verdict: 'dropped', purchaseId });
    assert.equal(await waiting(), 0);
    assert.deepEqual(await record(workspaceId, wallet), before);
    // Also of one that its record no longer bears: nothing is asked for again.
    await sql`update wallets set standing = 'trusted' where address = ${wallet}`.execute(db);
    await decide(workspaceId, wallet, { verdict: 'dropped', purchaseId });
    assert.equal(await standing(workspaceId, wallet), 'trusted');
    assert.equal(await waiting(), 0, 'once');
    assert.deepEqual(
      (await trail(workspaceId, wallet)).map(({ actor, action }) => [actor, action]),
      [
        ['operator:ann', 'proposal.dropped'],
        ['operator:ann', 'proposal.dropped'],
      ],
    );
  });

  test('spam and other strikes take trust away, for as long as the workspace says', async () => {
    const [workspaceId, wallet] = [await workspace(), someAddress()];
    for (let i = 0; i < 20; i++) await decide(workspaceId, wallet, {});
    assert.equal(await standing(workspaceId, wallet), 'trusted');
    await decide(workspaceId, wallet, { verdict: 'rejected', reason: 'casino', spam: true });
    assert.equal(await standing(workspaceId, wallet), 'known');
    assert.equal((await record(workspaceId, wallet)).strikes, 1);
    const [last, struck] = (await trail(workspaceId, wallet)).reverse();
    assert.deepEqual(
      [struck?.action, struck?.reason, last?.action, last?.reason],
      ['wallet.struck', 'spam: casino', 'standing.changed', 'struck: spam: casino'],
    );
    await sql`update wallets set last_strike_at = now() - interval '31 days' where address = ${wallet}`.execute(
      db,
    );
    await deliver(workspaceId, wallet);
    assert.equal(await standing(workspaceId, wallet), 'trusted');
    await inWorkspace(db, workspaceId, (tx) =>
      strike(tx, ids, { workspaceId, wallet, reason: 'reorged away' }),
    );
    assert.equal(await standing(workspaceId, wallet), 'known');
  });

  test('a workspace’s own rules count', async () => {
    const [workspaceId, wallet] = [await workspace(), someAddress()];
    await sql`update workspace_policies set known_after_purchases = 1, trusted_after_approvals = 2
      where workspace_id = ${workspaceId}`.execute(db);
    await deliver(workspaceId, wallet);
    assert.equal(await standing(workspaceId, wallet), 'known');
    await decide(workspaceId, wallet, {});
    await decide(workspaceId, wallet, {});
    assert.equal(await standing(workspaceId, wallet), 'trusted');
  });
});

describe('standing by hand', () => {
  test('is left alone by the rules, until it is given back to them', async () => {
    const [workspaceId, wallet] = [await workspace(), someAddress()];
    assert.deepEqual(await set(workspaceId, wallet, 'trusted'), { from: 'new', to: 'trusted' });
    await inWorkspace(db, workspaceId, (tx) => strike(tx, ids, { workspaceId, wallet, reason: 'spam' }));
    for (let i = 0; i < 3; i++) await deliver(workspaceId, wallet);
    assert.equal(await standing(workspaceId, wallet), 'trusted');
    await set(workspaceId, wallet, 'blocked', 'casino mails');
    assert.equal(await ledger.isBlocked(workspaceId, wallet), true);
    await decide(workspaceId, wallet, {});
    assert.equal(await standing(workspaceId, wallet), 'blocked');
    assert.deepEqual(await set(workspaceId, wallet, 'earned'), { from: 'blocked', to: 'known' });
    assert.equal((await record(workspaceId, wallet)).standingByHand, false);
    const rows = (await trail(workspaceId, wallet)).filter(({ action }) => action === 'standing.changed');
    assert.deepEqual(
      rows.map(({ actor, reason, details }) => [actor, reason, details.from, details.to]),
      [
        ['operator:ann', 'we know them', 'new', 'trusted'],
        ['operator:ann', 'casino mails', 'trusted', 'blocked'],
        ['operator:ann', 'we know them', 'blocked', 'known'],
      ],
    );
  });

  test('needs a reason, and something to change', async () => {
    const [workspaceId, wallet] = [await workspace(), someAddress()];
    await assert.rejects(set(workspaceId, wallet, 'known', ' '), refused('invalid_arguments'));
    await set(workspaceId, wallet, 'known');
    await assert.rejects(set(workspaceId, wallet, 'known'), refused('conflict'));
  });

  test('is the wallet’s in that workspace alone', async () => {
    const [one, other, wallet] = [await workspace(), await workspace(), someAddress()];
    await set(one, wallet, 'blocked');
    assert.equal(await ledger.isBlocked(other, wallet), false);
    assert.equal((await deliver(other, wallet)).standing, 'new');
  });
});

describe('what comes to nothing', () => {
  // Fails without `giveBack` in moves.ts.
  test('a void purchase is not counted; the payer is struck where it was the payer’s doing', async () => {
    const workspaceId = await workspace();
    const cases = [
      ['cancelled by the payer', 1],
      ['the nonce was spent on another transfer', 1],
      ['expired: transfer amount exceeds balance', 1],
      ['expired', 0],
    ] as const;
    for (const [reason, strikes] of cases) {
      const wallet = someAddress();
      const purchase = await claim(workspaceId, wallet, { proposes: true });
      assert.equal((await allNew(workspaceId)).waitingProposals, 1);
      assert.equal((await ledger.settle(purchase))?.state, 'settling', 'not final yet');
      await end(purchase, 'void', reason);
      // Of all who find it void, one gives back.
      const ended = await Promise.all(Array.from({ length: 6 }, (_, i) => ledgers[i % 2]!.settle(purchase)));
      assert.equal(ended.filter((row) => row?.state === 'void').length, 1);
      const { dayActions, dayAmountAtomic, minuteCalls, ...row } = await record(workspaceId, wallet);
      assert.deepEqual([row.strikes, minuteCalls, dayActions, dayAmountAtomic], [strikes, 1, 0, 0n], reason);
      const pool = await allNew(workspaceId);
      assert.deepEqual([pool.waitingProposals, pool.dayActions, pool.dayAmountAtomic], [0, 0, 0n]);
      const struck = (await trail(workspaceId, wallet)).map(({ action, details }) => [
        action,
        details.purchaseId,
      ]);
      assert.deepEqual(struck, strikes ? [['wallet.struck', purchase.id]] : []);
    }
  });

  test('a window that began since never counted it', async () => {
    const [workspaceId, wallet] = [await workspace(), someAddress()];
    const purchase = await claim(workspaceId, wallet);
    await sql`update wallets set day_at = now() + interval '1 ms', day_actions = 5, day_amount_atomic = 7
      where address = ${wallet}`.execute(db);
    await sql`update new_wallet_spending set day_at = now() + interval '1 ms', day_actions = 5, day_amount_atomic = 7
      where workspace_id = ${workspaceId}`.execute(db);
    await end(purchase, 'void', 'expired');
    assert.equal((await ledger.settle(purchase))?.state, 'void');
    for (const row of [await record(workspaceId, wallet), await allNew(workspaceId)])
      assert.deepEqual([row.dayActions, row.dayAmountAtomic], [5, 7n]);
  });

  test('a place in the queue comes back once: by decision, or where the purchase is owed', async () => {
    const workspaceId = await workspace();
    const drafted = await deliver(workspaceId, someAddress(), { proposes: true });
    const failing = await paid(workspaceId, someAddress(), { proposes: true });
    assert.equal((await allNew(workspaceId)).waitingProposals, 2);
    const owed = await Promise.all(
      ledgers.map((each) => each.move(failing, 'owed', 'the ticket was closed')),
    );
    assert.deepEqual(owed.map((row) => row?.state).sort(), ['owed', undefined]);
    assert.equal((await allNew(workspaceId)).waitingProposals, 1);
    const decisions = Array.from({ length: 4 }, () =>
      decide(workspaceId, drafted.payer, { purchaseId: drafted.id }),
    );
    await Promise.all(decisions);
    assert.equal((await allNew(workspaceId)).waitingProposals, 0);
  });
});

// Without the wallet's lock before the claim's in `moveToDelivered`, Postgres ends some of these with a deadlock.
test('claims, deliveries, voids and decisions of one wallet do not lock each other out', async () => {
  const [workspaceId, wallet] = [await workspace(), someAddress()];
  const networks = ['base-sepolia', 'sei-testnet', 'polygon-amoy'];
  let delivered = 0;
  const worker = async (network: string, by: number) => {
    for (let i = 0; i < 25; i++) {
      const outcome = await ledgers[by]!.claim(
        newPurchase(workspaceId, wallet, { network, proposes: i % 2 === 0 }),
      );
      if (outcome.kind !== 'claimed') continue;
      const { purchase } = outcome;
      const isVoid = i % 5 === 4;
      await end(purchase, isVoid ? 'void' : 'settled', isVoid ? 'expired' : null);
      const settled = await ledgers[by]!.settle(purchase);
      if (settled?.state !== 'paid') continue;
      await inWorkspace(pools[by]!, workspaceId, (tx) => ledgers[by]!.moveToDelivered(tx, settled));
      delivered++;
      await decide(workspaceId, wallet, { purchaseId: settled.id });
    }
  };
  await Promise.all(networks.flatMap((network) => [0, 1, 0, 1].map((by) => worker(network, by))));
  const row = await record(workspaceId, wallet);
  assert.ok(delivered > 20, `${delivered} delivered`);
  assert.deepEqual([row.purchasesDelivered, row.proposalsApproved], [delivered, delivered]);
  assert.equal((await allNew(workspaceId)).waitingProposals, 0);
});
