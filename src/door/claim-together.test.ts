/** Claims that came at the same moment are one statement; each must come out as if it had come alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { newPurchase, roomyWorkspace, someAddress } from '../../test/fakes/purchases.ts';
import { atEnd, silent, testDatabaseUrl } from '../../test/harness.ts';
import { randomIds } from '../kernel/ids.ts';
import { openDatabase } from '../store/database.ts';
import { postgresLedger } from './ledger.ts';

// Three processes, each with a pool of its own.
const url = await testDatabaseUrl();
const pools = [1, 2, 3].map(() => openDatabase({ url, poolSize: 5, log: silent }));
for (const pool of pools) atEnd(() => pool.destroy());
const db = pools[0]!;
const ledgers = pools.map((pool) => postgresLedger(pool));
const ledger = ledgers[0]!;

const networks = ['base-sepolia', 'sei-testnet', 'polygon-amoy', 'avalanche-fuji'];

const workspace = () => roomyWorkspace(db);

const newSpending = (workspaceId: string) =>
  db
    .selectFrom('newWalletSpending')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirstOrThrow();

const kindOf = (outcome: PromiseSettledResult<{ kind: string }>) =>
  outcome.status === 'fulfilled' ? outcome.value.kind : 'failed';

test('a hundred at once are a few statements, and each has its own answer', async () => {
  const workspaceId = await workspace();
  const calls = Array.from({ length: 100 }, () => newPurchase(workspaceId, someAddress()));
  const commits = async () => {
    const { rows } = await sql<{ commits: bigint }>`select pg_stat_force_next_flush(),
      (select xact_commit from pg_stat_database where datname = current_database()) as commits`.execute(db);
    return rows[0]!.commits;
  };
  await commits();
  const before = await commits();
  const answers = await Promise.all(calls.map(ledger.claim));
  const took = (await commits()) - before;
  assert.ok(took < 20n, `${took} transactions`);
  for (const [i, answer] of answers.entries()) {
    assert.ok(answer.kind === 'claimed');
    assert.equal(answer.purchase.id, calls[i]!.id);
    assert.equal(answer.purchase.payer, calls[i]!.payer);
  }
  assert.equal((await newSpending(workspaceId)).dayActions, 100);
});

test('several of one wallet in one statement are judged one after the other', async () => {
  const workspaceId = await workspace();
  await db
    .updateTable('workspaceCaps')
    .set({ callsPerMinute: 3 })
    .where('workspaceId', '=', workspaceId)
    .where('standing', '=', 'new')
    .execute();
  const payer = someAddress();
  const calls = networks.map((network) => newPurchase(workspaceId, payer, { network }));
  const again = { ...calls[0]!, id: randomIds('pur') };
  const busy = newPurchase(workspaceId, payer, { network: calls[0]!.network });
  // By network, as the statement takes them: what is taken spends nothing, and the fourth that would is over the cap.
  const answers = await Promise.all([...calls, again, busy].map(ledger.claim));
  assert.deepEqual(
    answers.map(({ kind }) => kind),
    ['claimed', 'capped', 'claimed', 'claimed', 'taken', 'taken'],
  );
  assert.equal((await newSpending(workspaceId)).dayActions, 3);
});

test('one that no row can hold fails alone', async () => {
  const workspaceId = await workspace();
  const calls = Array.from({ length: 8 }, () => newPurchase(workspaceId, someAddress()));
  const poisons = [
    newPurchase(workspaceId, someAddress(), { input: { text: 'a\0b' } }),
    newPurchase(workspaceId, someAddress(), { amountAtomic: 2n ** 64n }),
    newPurchase(workspaceId, someAddress(), { amountAtomic: 0n }),
    newPurchase('wsp_none', someAddress()),
  ];
  const outcomes = await Promise.allSettled(
    [...calls.slice(0, 4), ...poisons, ...calls.slice(4)].map(ledger.claim),
  );
  assert.deepEqual(outcomes.map(kindOf), [
    ...Array(4).fill('claimed'),
    ...Array(4).fill('failed'),
    ...Array(4).fill('claimed'),
  ]);
  assert.equal((await newSpending(workspaceId)).dayActions, 8);
});

// What is called taken is called so for someone else's claim: never for one's own, whose acknowledgement was lost.
test('where the connection breaks each hears of it, and none is told that it was taken', async () => {
  const workspaceId = await workspace();
  const calls = Array.from({ length: 5 }, () => newPurchase(workspaceId, someAddress()));
  const outcomes = await db.transaction().execute(async (tx) => {
    await sql`select from new_wallet_spending where workspace_id = ${workspaceId} for update`.execute(tx);
    const claims = Promise.allSettled(calls.map(ledgers[1]!.claim));
    for (;;) {
      const { rows } = await sql<{
        killed: boolean;
      }>`select pg_terminate_backend(pid) as killed from pg_stat_activity
        where query like '%claim_purchases%' and wait_event_type = 'Lock' and datname = current_database()`.execute(
        db,
      );
      if (rows.length > 0) break;
    }
    return claims;
  });
  assert.deepEqual(outcomes.map(kindOf), Array(5).fill('failed'));
  assert.equal((await newSpending(workspaceId)).dayActions, 0);
});

// Without an order in the locks of `claim_purchases` and in its loop, Postgres may end some of these with a deadlock.
test('three processes that claim for the same wallets in every order do not wait for each other', async () => {
  const workspaces = [await workspace(), await workspace()];
  const payers = Array.from({ length: 12 }, someAddress);
  const deadlocks = async () => {
    await sql`select pg_stat_force_next_flush()`.execute(db);
    const { rows } = await sql<{ deadlocks: bigint }>`
      select deadlocks from pg_stat_database where datname = current_database()`.execute(db);
    return rows[0]!.deadlocks;
  };
  const before = await deadlocks();
  for (let round = 0; round < 12; round++) {
    const outcomes = await Promise.all(
      ledgers.flatMap((by, process) => {
        const order = payers.map((_, i) => payers[(i * (process + 1) * 5 + round) % payers.length]!);
        return order.flatMap((payer, i) =>
          networks.map((_, n) => {
            const network = networks[(n + process + i) % networks.length]!;
            return by.claim(newPurchase(workspaces[(i + n + process) % 2]!, payer, { network }));
          }),
        );
      }),
    );
    // In flight on a network is a wallet once, whichever workspace sold to it.
    assert.equal(outcomes.filter(({ kind }) => kind === 'claimed').length, payers.length * networks.length);
    await sql`update claims set state = 'delivered' where state = 'settling'`.execute(db);
  }
  assert.equal((await deadlocks()) - before, 0n);
  const spent = await Promise.all(workspaces.map(newSpending));
  const total = spent.reduce((sum, { dayActions }) => sum + dayActions, 0);
  assert.equal(total, 12 * payers.length * networks.length);
});
