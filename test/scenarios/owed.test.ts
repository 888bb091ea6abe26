/** Paid and not delivered: owed, and paid back once, from the workspace's own float, to who paid. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Hex, LocalAccount } from 'viem';
import { deriveAccount } from '../../src/chains/secret.ts';
import { postgresDebts, refundIdOf } from '../../src/door/debts.ts';
import { createFloats } from '../../src/door/floats.ts';
import { postgresLedger } from '../../src/door/ledger.ts';
import { deliverOwed } from '../../src/door/purchase.ts';
import { createReceipts } from '../../src/door/receipts.ts';
import { refundNonceOf } from '../../src/door/refunds.ts';
import { operatorCommands } from '../../src/faces/cli/operator.ts';
import { commandCatalogue } from '../../src/faces/cli/operator-scope.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { sleep, systemTime } from '../../src/kernel/time.ts';
import { askBreaker } from '../../src/mail/breaker.ts';
import { sharing, workspacesOf } from '../../src/store/database.ts';
import { callTool, chainRpc, signPayment, startTestPostern, termsOf } from '../postern.ts';

const postern = await startTestPostern({ patienceMs: 1_500 });
after(() => postern.stop());
const { db, url } = postern;
const debts = postgresDebts(db);
const ledger = postgresLedger(db);
const draftTerms = await termsOf(url, 'draft_reply', { ticketId: `tkt_${'0'.repeat(24)}`, body: 'x' });
const asset = draftTerms.asset;

/** What an operator's command delivers with. */
const ports = {
  inWorkspace: workspacesOf(db),
  inShared: sharing(workspacesOf(db)),
  ledger,
  receipts: createReceipts(deriveAccount(Buffer.alloc(32, 1), 'receipts'), url),
  breaker: askBreaker,
  catalogue: commandCatalogue(randomIds),
  ids: randomIds,
  time: systemTime,
};

/** An operator's command. @returns what it printed. */
async function operator(name: string, ...args: string[]): Promise<string> {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const context = { db, workspace: 'acme', print, ids: randomIds, now: new Date(), mailFolder: '' };
  await operatorCommands[name]!.run(args, context);
  return printed.join('\n');
}

const policy = (change: Record<string, number | bigint>) =>
  db.updateTable('workspacePolicies').set(change).execute();

/** A purchase that is paid and cannot be delivered: its ticket was closed while the payment was on its way. */
async function owedPurchase(wallet: LocalAccount) {
  const about = { subject: 'Mirror stuck', body: 'It stays up.' };
  await pay(wallet, 'create_ticket', about);
  // A slow machine may have left it pending.
  await reaches(wallet, 'delivered');
  const { id: ticketId } = await db
    .selectFrom('tickets')
    .select('id')
    .where('wallet', '=', wallet.address.toLowerCase())
    .orderBy('number', 'desc')
    .executeTakeFirstOrThrow();
  await chainRpc(postern, 'evm_setAutomine', [false]);
  try {
    const draft = await pay(wallet, 'draft_reply', { ticketId, body: 'Turn it off and on.' });
    assert.equal(draft.status, 202);
    await db.updateTable('tickets').set({ status: 'closed' }).where('id', '=', ticketId).execute();
  } finally {
    await chainRpc(postern, 'evm_setAutomine', [true]);
    await chainRpc(postern, 'evm_mine');
  }
  // It may be on its way back already.
  for (let i = 0; i < 400; i++) {
    const claim = await newest(wallet);
    if (claim?.owedAt) return claim;
    await sleep(50);
  }
  assert.fail(`the purchase is ${(await newest(wallet))?.state}, and was never owed`);
}

async function pay(wallet: LocalAccount, tool: string, input: object) {
  const terms = await termsOf(url, tool, input);
  return callTool(url, tool, input, await signPayment(wallet, terms));
}

async function reaches(wallet: LocalAccount, state: string, seconds = 20) {
  let claim: Awaited<ReturnType<typeof newest>>;
  for (let i = 0; i < seconds * 20; i++) {
    claim = await newest(wallet);
    if (claim?.state === state) return claim;
    await sleep(50);
  }
  assert.fail(`the purchase is ${claim?.state} (${claim?.reason}; ${claim?.refundNote}), not ${state}`);
}

/** Waits until it is written down why the wallet's newest purchase is not paid back yet, or not delivered. */
async function noted(wallet: LocalAccount) {
  for (let i = 0; i < 400; i++) {
    const claim = await newest(wallet);
    if (claim?.refundNote) return claim;
    await sleep(50);
  }
  return assert.fail('nothing was noted');
}

const newest = (wallet: LocalAccount) =>
  db
    .selectFrom('claims')
    .selectAll()
    .where('payer', '=', wallet.address.toLowerCase())
    .orderBy('createdAt', 'desc')
    .executeTakeFirst();

const word = (address: string) => address.slice(2).toLowerCase().padStart(64, '0');
const balanceOf = async (address: string) =>
  BigInt(
    await chainRpc<Hex>(postern, 'eth_call', [{ to: asset, data: `0x70a08231${word(address)}` }, 'latest']),
  );

/** Payments that the chain logged from one wallet to another. */
async function transfers(from: string, to: string): Promise<bigint[]> {
  const topic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
  const logs = await chainRpc<{ data: Hex }[]>(postern, 'eth_getLogs', [
    { address: asset, fromBlock: '0x0', topics: [topic, `0x${word(from)}`, `0x${word(to)}`] },
  ]);
  return logs.map(({ data }) => BigInt(data));
}

const float = (await db.selectFrom('workspaceFloats').select('address').executeTakeFirstOrThrow()).address;

test('what cannot be delivered is paid back, once, to who paid it', async () => {
  const wallet = await postern.fundedWallet();
  await policy({ refundAfterSeconds: 0 });
  const owed = await owedPurchase(wallet);
  await reaches(wallet, 'refunded');
  assert.deepEqual(await transfers(float, wallet.address), [owed.amountAtomic]);
  // 10 USDC, less the ticket that was delivered.
  assert.equal(await balanceOf(wallet.address), 9_980_000n);
  const status = (await (await fetch(`${url}/api/purchases/${owed.id}`)).json()) as Record<string, string>;
  assert.equal(status.state, 'refunded');
  assert.match(status.refundTransaction!, /^0x[0-9a-f]{64}$/);
  assert.notEqual(status.refundTransaction, status.transaction);
  assert.match(await operator('purchases', '--state', 'refunded'), new RegExp(`${owed.id}  refunded`));
  const whole = await operator('purchases', owed.id);
  assert.match(whole, /because .*closed/);
  assert.match(whole, new RegExp(`refund settled.*\\n(.*\\n)*.*landed in ${status.refundTransaction}`));
});

test('the owner has time to deliver first; delivered, nothing is paid back', async () => {
  const wallet = await postern.fundedWallet();
  await policy({ refundAfterSeconds: 3_600 });
  const owed = await owedPurchase(wallet);
  await assert.rejects(deliverOwed(ports, owed), /closed/, 'still in the way');
  await operator('owed', 'deliver', owed.id, '--reason', 'Perhaps it works.');
  await noted(wallet);
  assert.match(await operator('owed'), /awaits .*not delivered: .*closed/);
  await db.updateTable('tickets').set({ status: 'open' }).where('wallet', '=', owed.payer).execute();
  await operator('owed', 'deliver', owed.id, '--reason', 'The ticket is open again.');
  await reaches(wallet, 'delivered');
  // Fails without `c.state = 'owed'` in debts.ts `begin`.
  assert.equal((await debts.begin(owed, await anyRefund(owed.id), 'prc_1')).kind, 'gone');
  assert.equal((await newest(wallet))?.state, 'delivered');
  assert.deepEqual(await transfers(float, wallet.address), []);
});

const anyRefund = async (purchaseId: string) => ({
  float,
  nonce: refundNonceOf(purchaseId),
  signature: '0x',
  validBefore: 1n,
  atBlock: 0n,
});

test('a refund that began can no longer be delivered, and begins once', async () => {
  const wallet = await postern.fundedWallet();
  const owed = await owedPurchase(wallet);
  const refund = await anyRefund(owed.id);
  const begun = await Promise.all([1, 2, 3, 4].map((n) => debts.begin(owed, refund, `prc_${n}`)));
  assert.deepEqual(begun.map(({ kind }) => kind).sort(), ['begun', 'gone', 'gone', 'gone']);
  await db.updateTable('tickets').set({ status: 'open' }).where('wallet', '=', owed.payer).execute();
  assert.equal(await deliverOwed(ports, owed), undefined);
  // Its window ended before it began: the running server takes it over, and signs it again.
  await reaches(wallet, 'refunded');
  assert.deepEqual(await transfers(float, wallet.address), [owed.amountAtomic]);
});

test('past the day’s caps an operator decides', async () => {
  const wallet = await postern.fundedWallet();
  await policy({ refundAfterSeconds: 0, refundPerDayWalletAtomic: 60_000n });
  await owedPurchase(wallet);
  await reaches(wallet, 'refunded');
  const second = await owedPurchase(wallet);
  const waiting = await noted(wallet);
  // Fails without the comparison with `refund_per_day_wallet_atomic` in debts.ts.
  assert.equal(waiting.state, 'owed');
  assert.match(waiting.refundNote!, /an operator decides/);
  assert.match(await operator('owed'), new RegExp(`${second.id}  owed .*\\n  awaits .*an operator decides`));
  await operator('owed', 'refund', second.id, '--reason', 'They asked twice.');
  await reaches(wallet, 'refunded');
  await assert.rejects(operator('owed', 'refund', second.id, '--reason', 'Again.'), /is refunded, not owed/);
  const [entry] = await db.selectFrom('auditLog').selectAll().where('subject', '=', second.id).execute();
  assert.deepEqual([entry?.actor, entry?.reason], ['operator:command-line', 'They asked twice.']);
  assert.equal((await transfers(float, wallet.address)).length, 2);
  await policy({ refundPerDayWalletAtomic: 2_000_000n, refundPerDayWorkspaceAtomic: 60_000n });
  const third = await postern.fundedWallet();
  await owedPurchase(third);
  await noted(third);
  assert.equal((await debts.due(10)).length, 0, 'the workspace’s day is spent');
  await policy({ refundPerDayWorkspaceAtomic: 20_000_000n });
});

test('an empty float pays nothing, says so, and pays when it is filled', async () => {
  const wallet = await postern.fundedWallet();
  const held = await balanceOf(float);
  const from = '0x2222222222222222222222222222222222222222';
  await chainRpc(postern, 'anvil_setBalance', [float, '0xde0b6b3a7640000']);
  await chainRpc(postern, 'anvil_impersonateAccount', [float]);
  const data = `0xa9059cbb${word(from)}${held.toString(16).padStart(64, '0')}`;
  await chainRpc(postern, 'eth_sendTransaction', [{ from: float, to: asset, data, gas: '0x30d40' }]);
  assert.equal(await balanceOf(float), 0n);
  const owed = await owedPurchase(wallet);
  assert.match((await noted(wallet)).refundNote!, /holds less/);
  await postern.fund(float);
  await db.updateTable('claims').set({ refundNextAt: new Date() }).where('id', '=', owed.id).execute();
  await reaches(wallet, 'refunded');
});

test('another secret’s float signs no refund in the place of the first', async () => {
  const { id } = await db.selectFrom('workspaces').select('id').executeTakeFirstOrThrow();
  await assert.rejects(createFloats(db, new Uint8Array(32).fill(7)).floatOf(id), /this secret makes/);
});

test('nothing is delivered whose payment is not settled there and then', async () => {
  const wallet = await postern.fundedWallet();
  await policy({ refundAfterSeconds: 3_600 });
  const owed = await owedPurchase(wallet);
  await db.updateTable('tickets').set({ status: 'open' }).where('wallet', '=', owed.payer).execute();
  await db.updateTable('settlements').set({ state: 'sent' }).where('id', '=', owed.id).execute();
  // Fails without `is_settled` in moves.ts `moveToDelivered`; the refund, without `s.state = 'settled'` in debts.ts.
  const moved = await ports.inWorkspace(owed.workspaceId, (tx) => ledger.moveToDelivered(tx, owed));
  assert.equal(moved, undefined);
  assert.equal((await debts.begin(owed, await anyRefund(owed.id), 'prc_1')).kind, 'gone');
  await db.updateTable('settlements').set({ state: 'settled' }).where('id', '=', owed.id).execute();
});

/** Rewrites a settlement's row as the facilitator does where the chain changed its mind. */
const rewrite = (id: string, change: { state: 'void' | 'settled'; late?: boolean }) =>
  db.updateTable('settlements').set(change).where('id', '=', id).execute();

const recordOf = (wallet: LocalAccount) =>
  db
    .selectFrom('wallets')
    .selectAll()
    .where('address', '=', wallet.address.toLowerCase())
    .executeTakeFirstOrThrow();

const auditOf = async (subject: string) =>
  (await db.selectFrom('auditLog').select('action').where('subject', '=', subject).execute()).map(
    ({ action }) => action,
  );

test('a delivered purchase whose payment is taken back is lost, and its wallet struck, once', async () => {
  const wallet = await postern.fundedWallet();
  await pay(wallet, 'create_ticket', { subject: 'Knob loose', body: 'It turns by itself.' });
  const { id } = await reaches(wallet, 'delivered');
  await rewrite(id, { state: 'void' });
  await reaches(wallet, 'lost');
  // Fails without `strike` in reconcile.ts.
  const struck = await recordOf(wallet);
  assert.deepEqual([struck.strikes, struck.purchasesDelivered], [1, 0]);
  assert.deepEqual(await auditOf(id), ['purchase.lost']);
  assert.deepEqual(await auditOf(struck.address), ['wallet.struck']);
  await rewrite(id, { state: 'settled', late: true });
  await reaches(wallet, 'delivered');
  assert.equal((await recordOf(wallet)).purchasesDelivered, 1);
});

test('money that lands after it was called void is owed; where it is taken back again, nothing is', async () => {
  const wallet = await postern.fundedWallet();
  await policy({ refundAfterSeconds: 3_600 });
  await pay(wallet, 'create_ticket', { subject: 'Strap torn', body: 'At the lug.' });
  const { id } = await reaches(wallet, 'delivered');
  await db.updateTable('claims').set({ state: 'void', identifier: null }).where('id', '=', id).execute();
  const before = await recordOf(wallet);
  await rewrite(id, { state: 'settled', late: true });
  assert.match((await reaches(wallet, 'owed')).reason!, /landed after it was called void/);
  await rewrite(id, { state: 'void' });
  await reaches(wallet, 'void');
  // Fails without `late` in reconcile.ts: what it counted was given back when it was void first.
  assert.equal((await recordOf(wallet)).dayAmountAtomic, before.dayAmountAtomic);
});

test('what is owed counts against no cap once its payment is taken back', async () => {
  const wallet = await postern.fundedWallet();
  await policy({ refundAfterSeconds: 3_600 });
  const owed = await owedPurchase(wallet);
  const before = await recordOf(wallet);
  await rewrite(owed.id, { state: 'void' });
  await reaches(wallet, 'void');
  const after = await recordOf(wallet);
  // Fails without `giveBack` in reconcile.ts.
  assert.equal(before.dayAmountAtomic - after.dayAmountAtomic, owed.amountAtomic);
  assert.equal(before.dayActions - after.dayActions, 1);
});

test('a refund that is taken back is signed again', async () => {
  const wallet = await postern.fundedWallet();
  await policy({ refundAfterSeconds: 3_600 });
  const owed = await owedPurchase(wallet);
  await debts.begin(owed, await anyRefund(owed.id), 'prc_1');
  const gone = { state: 'void' as const, transactionHash: `0x${'77'.repeat(32)}` };
  await db.transaction().execute(async (tx) => {
    await tx.updateTable('settlements').set(gone).where('id', '=', refundIdOf(owed.id)).execute();
    await tx.updateTable('claims').set({ state: 'refunded' }).where('id', '=', owed.id).execute();
  });
  // Fails without the third select of `find` in reconcile.ts.
  const isGone = async () => (await settlement(owed.id))?.transactionHash === gone.transactionHash;
  for (let i = 0; i < 400 && (await isGone()); i++) await sleep(50);
  assert.equal(await isGone(), false);
  await reaches(wallet, 'refunded');
  assert.deepEqual(await transfers(float, wallet.address), [owed.amountAtomic]);
});

// Last, for the chain's clock leads from then on.
test('a refund whose window ended on the chain is signed again, and paid once', async () => {
  const wallet = await postern.fundedWallet();
  await policy({ refundAfterSeconds: 3_600 });
  const owed = await owedPurchase(wallet);
  await chainRpc(postern, 'evm_setAutomine', [false]);
  try {
    await db.updateTable('claims').set({ refundNextAt: new Date() }).where('id', '=', owed.id).execute();
    await reaches(wallet, 'refunding');
    for (let i = 0; i < 400 && (await settlement(owed.id))?.state !== 'sent'; i++) await sleep(50);
    assert.equal((await settlement(owed.id))?.state, 'sent');
    await chainRpc(postern, 'evm_increaseTime', [700]);
    await chainRpc(postern, 'evm_mine');
  } finally {
    await chainRpc(postern, 'evm_setAutomine', [true]);
    await chainRpc(postern, 'evm_mine');
  }
  await reaches(wallet, 'refunded', 40);
  assert.deepEqual(await transfers(float, wallet.address), [owed.amountAtomic]);
});

const settlement = (purchaseId: string) =>
  db.selectFrom('settlements').selectAll().where('id', '=', refundIdOf(purchaseId)).executeTakeFirst();
