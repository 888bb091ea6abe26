/** The ledger against the chain's logs: clean after honest work, and every kind of difference, made on purpose, is named. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { encodeFunctionData, type Hex, parseAbi } from 'viem';
import { devnetKey } from '../../src/chains/hot-key.ts';
import { readSecret } from '../../src/chains/secret.ts';
import { seedDemo } from '../../src/desk/demo.ts';
import { createFloats } from '../../src/door/floats.ts';
import { postgresLedger } from '../../src/door/ledger.ts';
import { reconcileNetwork, reconcileOn } from '../../src/door/reconciliation.ts';
import { readTreasury } from '../../src/door/treasury.ts';
import { operatorCommands } from '../../src/faces/cli/operator.ts';
import type { Reconciliation } from '../../src/facilitator/reconciliation.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { type Database, openDatabase, type Tx } from '../../src/store/database.ts';
import { calldataOf, opened } from '../authorization.ts';
import { liftCaps } from '../caps.ts';
import { newPurchase } from '../fakes/purchases.ts';
import { awayFromMidnight, silent, testDatabaseUrl } from '../harness.ts';
import { callTool, chainRpc, signPayment, startOnGround, termsOf, viewsOf } from '../postern.ts';
import {
  buy,
  height,
  mint,
  pass,
  purchaseOf,
  reaches,
  reorgAbove,
  stand,
  stranger,
  submit,
  ticket,
  withoutBlocks,
} from '../stand.ts';

await awayFromMidnight();
// Gone with the file.
const it = await stand({ after: () => {} });
const { ground, terms } = it;
const { db } = ground;
const view = viewsOf(ground.devnet)[0]!;
const price = BigInt(terms.amount);
const { id: workspaceId } = await db.selectFrom('workspaces').select('id').executeTakeFirstOrThrow();
const secret = await readSecret(join(ground.dataFolder, 'secret.key'), {});
const float = await createFloats(db, secret).floatOf(workspaceId);
await ground.fund(float.address);

async function compare(on: Database = db): Promise<Reconciliation> {
  return reconcileNetwork(on, view, { from: 0n, to: (await view.finalBlock()).number });
}

const kindsOf = ({ differences }: Reconciliation) => differences.map(({ kind }) => kind).sort();

async function operator(...args: string[]): Promise<string> {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const openViews = async () => [view];
  const context = {
    db,
    workspace: 'acme',
    print,
    ids: randomIds,
    now: new Date(),
    mailFolder: '',
    openViews,
  };
  await operatorCommands.treasury!.run(['reconcile', ...args], context).catch((error: Error) => {
    printed.push(`${error.name}: ${error.message}`);
  });
  return printed.join('\n');
}

/** The token's transfer by whoever holds it, of their own accord. */
const transfer = (from: Hex, to: string, value: bigint) =>
  submit(
    ground,
    from,
    terms.asset,
    encodeFunctionData({
      abi: parseAbi(['function transfer(address to, uint256 value) returns (bool)']),
      args: [to as Hex, value],
    }),
  );

/** A purchase that is paid, cannot be delivered, and is paid back. */
async function refund(): Promise<bigint> {
  await db.updateTable('workspacePolicies').set({ refundAfterSeconds: 0 }).execute();
  const wallet = await ground.fundedWallet();
  await buy(it, wallet);
  const mine = db.selectFrom('tickets').select('id').where('wallet', '=', wallet.address.toLowerCase());
  const { id: ticketId } = await mine.executeTakeFirstOrThrow();
  const draft = { ticketId, body: 'Wipe it.' };
  const asked = await termsOf(it.postern.url, 'draft_reply', draft);
  await withoutBlocks(ground, async () => {
    callTool(it.postern.url, 'draft_reply', draft, await signPayment(wallet, asked)).catch(() => {});
    await reaches(ground, wallet, ({ settlement }) => settlement === 'sent');
    await db.updateTable('tickets').set({ status: 'closed' }).where('id', '=', ticketId).execute();
  });
  await reaches(ground, wallet, 'refunded');
  return BigInt(asked.amount);
}

const both = (amount: bigint) => ({ ledgerAtomic: String(amount), chainAtomic: String(amount) });

test('honest work leaves no difference: payments and refunds have the same sums on both sides', async () => {
  for (let i = 0; i < 4; i++) await buy(it, await ground.fundedWallet());
  const refunded = await refund();
  const report = await compare();
  assert.deepEqual(report.differences, []);
  // Five tickets, a draft, and the draft paid back.
  assert.equal(report.matched, 7);
  assert.deepEqual(report.payments, both(5n * price + refunded));
  assert.deepEqual(report.refunds, both(refunded));
  assert.deepEqual(
    report.days.map(({ payments, refunds }) => [payments, refunds]),
    [[both(5n * price + refunded), both(refunded)]],
  );
  // In two pieces it is the same.
  const middle = BigInt(Math.floor((await height(ground)) / 2));
  const first = await reconcileNetwork(db, view, { from: 0n, to: middle });
  const second = await reconcileNetwork(db, view, { from: middle + 1n, to: BigInt(await height(ground)) });
  assert.equal(first.matched + second.matched, 7);
  assert.ok(first.matched > 0 && second.matched > 0);
  const text = await operator('--from', '0');
  assert.match(
    text,
    /^ {2}20\d\d-\d\d-\d\d {2}paid \$0\.16 on both sides; paid back \$0\.06 on both sides$/m,
  );
  assert.match(text, /7 matched\n {2}no difference$/);
});

test('a gift is unexplained, and so is a float that pays outside the ledger', async () => {
  await mint(ground, terms, stranger, 5_000n);
  await transfer(stranger, terms.payTo, 3_000n);
  // Anyone can log a transfer of nothing.
  await transfer(stranger, terms.payTo, 0n);
  await transfer(float.address, stranger, 7_000n);
  const { differences, payments, refunds } = await compare();
  assert.deepEqual(
    differences.map(({ kind, chainAtomic, ledgerAtomic }) => [kind, chainAtomic, ledgerAtomic]),
    [
      ['unexplained transfer', '3000', null],
      ['unexplained refund', '7000', null],
    ],
  );
  assert.match(differences[0]!.says, /^\$0\.003 from 0x1{40} to 0x\w{40}, a plain transfer/);
  assert.equal(BigInt(payments.chainAtomic) - BigInt(payments.ledgerAtomic), 3_000n);
  assert.equal(BigInt(refunds.chainAtomic) - BigInt(refunds.ledgerAtomic), 7_000n);
  const text = await operator('--from', '0');
  assert.match(text, /unexplained transfer: \$0\.003 from/);
  assert.match(text, /Failure: 2 differences$/);
  const json = JSON.parse((await operator('--from', '0', '--json')).replace(/\nFailure.*$/, ''));
  assert.equal(json[0].differences.length, 2);
});

test('another database that shares the payTo is given away by its authorizations', async () => {
  const other = await secondDatabase();
  const theirs = await startOnGround(ground, other);
  const before = (await compare()).differences.length;
  const payment = await signPayment(await ground.fundedWallet(), terms);
  assert.equal((await callTool(theirs.url, 'create_ticket', ticket, payment)).status, 200);
  await theirs.stop();
  const { differences } = await compare();
  assert.equal(differences.length, before + 1);
  assert.equal(differences.at(-1)!.kind, 'unexplained transfer');
  assert.match(differences.at(-1)!.says, /is the payTo shared with another database\?$/);
});

/** A database of its own with the same payTo, and a hot key of its own. */
async function secondDatabase() {
  const databaseUrl = await testDatabaseUrl();
  const second = openDatabase({ url: databaseUrl, poolSize: 1, log: silent });
  const workspaceId = await seedDemo(second, randomIds, new Date());
  await second
    .insertInto('workspaceNetworks')
    .values({ workspaceId, network: 'base-sepolia', payTo: terms.payTo })
    .execute();
  await liftCaps(second);
  await second.destroy();
  const file = join(ground.dataFolder, 'other.key');
  await chainRpc(ground, 'anvil_setBalance', [(await devnetKey(file)).address, '0xde0b6b3a7640000']);
  return { databaseUrl, settings: { POSTERN_HOT_KEY_FILE: file } };
}

/** What a hand, or a defect, may do to a row; and what is found then, beside what was there before. */
const tampered: [string, (tx: Tx, id: string) => Promise<unknown>, string[]][] = [
  [
    'an amount',
    (tx, id) => tx.updateTable('settlements').set({ amountAtomic: 1n }).where('id', '=', id).execute(),
    ['other amount', 'purchase differs'],
  ],
  [
    'a recipient',
    (tx, id) => tx.updateTable('settlements').set({ payTo: stranger }).where('id', '=', id).execute(),
    ['other recipient', 'purchase differs'],
  ],
  [
    'a payer',
    (tx, id) => tx.updateTable('settlements').set({ payer: stranger }).where('id', '=', id).execute(),
    ['other payer', 'purchase differs'],
  ],
  [
    'a purchase',
    (tx, id) => tx.updateTable('claims').set({ amountAtomic: 1n }).where('id', '=', id).execute(),
    ['purchase differs'],
  ],
  [
    'a block',
    (tx, id) => tx.updateTable('settlements').set({ blockHash: '0xdead' }).where('id', '=', id).execute(),
    ['other block'],
  ],
  [
    'a height',
    (tx, id) => tx.updateTable('settlements').set({ blockNumber: 1n }).where('id', '=', id).execute(),
    ['other block'],
  ],
  [
    'a transaction',
    async (tx, id) => {
      const transactionHash = `0x${'ab'.repeat(32)}`;
      await tx.updateTable('settlements').set({ transactionHash }).where('id', '=', id).execute();
      await tx.updateTable('creditedLogs').set({ transactionHash }).where('settlementId', '=', id).execute();
    },
    ['not on chain'],
  ],
  ['a credit', (tx, id) => uncredit(tx, id), ['not credited']],
  [
    'a state',
    (tx, id) => tx.updateTable('settlements').set({ state: 'void' }).where('id', '=', id).execute(),
    ['not booked'],
  ],
  [
    'the row',
    async (tx, id) => {
      await uncredit(tx, id);
      await tx.deleteFrom('relayerTransactionSettlements').where('settlementId', '=', id).execute();
      await tx.deleteFrom('settlements').where('id', '=', id).execute();
    },
    ['purchase differs', 'unexplained transfer'],
  ],
  [
    'another’s credit',
    async (tx, id) => {
      const row = await tx
        .selectFrom('settlements')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      const credit = tx.selectFrom('creditedLogs').selectAll().where('settlementId', '=', id);
      const { transactionHash, ...log } = await credit.executeTakeFirstOrThrow();
      await tx
        .insertInto('settlements')
        .values({ ...row, id: 'pur_twice', nonce: '0x02' })
        .execute();
      // The key of credited_logs is of the text; a node that spells hashes otherwise must not get past it here too.
      const spelt = `0x${transactionHash.slice(2).toUpperCase()}`;
      await tx
        .insertInto('creditedLogs')
        .values({ ...log, transactionHash: spelt, settlementId: 'pur_twice' })
        .execute();
    },
    ['credited twice'],
  ],
];

const uncredit = (tx: Tx, id: string) =>
  tx.deleteFrom('creditedLogs').where('settlementId', '=', id).execute();

test('a row that was changed or lost is named', async (t) => {
  const wallet = await ground.fundedWallet();
  await buy(it, wallet);
  const { id } = (await purchaseOf(ground, wallet))!;
  await it.postern.stop();
  const before = kindsOf(await compare());
  for (const [what, tamper, found] of tampered)
    await t.test(what, async () => {
      const undone = new Error('undone');
      const run = db.transaction().execute(async (tx) => {
        await tamper(tx, id);
        assert.deepEqual(kindsOf(await compare(tx)), [...before, ...found].sort());
        throw undone;
      });
      await assert.rejects(run, (error) => error === undone || assert.fail(error as Error));
    });
  assert.deepEqual(kindsOf(await compare()), before);
  // Landed after it was called void: alike on both sides, and told.
  await db.updateTable('settlements').set({ late: true }).where('id', '=', id).execute();
  assert.deepEqual((await compare()).late, [id]);
  assert.deepEqual(kindsOf(await compare()), before);
});

test('what is on its way is no difference before its window is over', async () => {
  const wallet = await ground.fundedWallet();
  const payment = await signPayment(wallet, terms);
  const { authorization: a } = opened(payment);
  await postgresLedger(db).claim(
    newPurchase(workspaceId, wallet.address.toLowerCase(), {
      nonce: a.nonce,
      payTo: terms.payTo,
      validBefore: BigInt(a.validBefore),
    }),
  );
  const before = await compare();
  await submit(ground, stranger, terms.asset, calldataOf(payment));
  const during = await compare();
  assert.equal(during.underWay, 1);
  assert.equal(during.differences.length, before.differences.length);
  assert.deepEqual(during.payments, before.payments);
  await pass(ground, 600);
  assert.ok(kindsOf(await compare()).includes('not booked'));
});

test('the servers take turns, go on where they ended, and say once what differs', async () => {
  const again = () => sql`update reconciliations set taken_at = now() - interval '10 minutes'`.execute(db);
  // All there is lies within the hour, and is old enough: time has passed.
  const [one, two] = await Promise.all([reconcileOn(db, view), reconcileOn(db, view)]);
  const found = (one ?? two)!;
  assert.ok(one === undefined || two === undefined);
  assert.ok(found.some(({ kind }) => kind === 'unexplained transfer'));
  assert.equal(await reconcileOn(db, view), undefined);
  await again();
  assert.deepEqual(await reconcileOn(db, view), []);
  const { networks, alerts } = await readTreasury({ db, views: [view] }, new Date());
  assert.equal(networks[0]!.reconciled!.differences, found.length);
  assert.ok(
    alerts.some((alert) => alert.startsWith('base-sepolia: ledger and chain differ')),
    alerts.join(),
  );
});

test('payments that a reorganisation took, and nobody looked after, are not on the chain', async () => {
  const before = await compare();
  await reorgAbove(ground, 1);
  const { differences, matched } = await compare();
  assert.ok(before.matched > 0);
  assert.equal(matched, 0);
  const gone = differences.filter(({ kind }) => kind === 'not on chain');
  assert.equal(gone.length, before.matched);
});

test('a span is given by blocks or times', async () => {
  const tomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  assert.match(
    await operator('--from', tomorrow),
    /paid \$0\.00 on both sides; paid back .*\n {2}0 matched\n {2}no difference$/,
  );
  assert.match(await operator('--from', '2020-01-01', '--to', '2020-01-02T00:00'), /no difference$/);
  assert.match(await operator('--from', 'yesterday'), /is no block and no time/);
  assert.match(await operator('--network', 'base'), /not among the networks/);
  assert.match(await operator('--workspace', 'acme'), /UsageError/);
});
