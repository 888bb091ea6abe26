/** What ledger, book and debts promise when several call them at once, or fail halfway: one list, held by both versions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewPurchase, Purchase } from '../../src/door/ledger.ts';
import type { Account } from '../../src/facilitator/book.ts';
import { signedReceipt } from './ledger-calls.ts';
import { memoryVersion, postgresVersion, type Version } from './versions.ts';

const startMs = Date.UTC(2026, 10, 24);
const workspaceId = 'wsp_acme';
const account: Account = { network: 'base', sender: '0xf1' };
const chain = { count: 7n, firstBlockHash: '0x01', mayBeReplaced: false };
const signed = async ([id]: readonly string[], nonce: bigint) => ({
  id: `txn_${id}`,
  hash: `0x${id}${nonce}`,
  raw: 'raw',
  gasLimit: 100n,
  maxFeeWei: 2n,
});
const each = (ids: readonly string[]) => ids.map((id) => [id]);

const newPurchase = (id: string, change: Partial<NewPurchase> = {}): NewPurchase => ({
  id,
  workspaceId,
  network: 'base',
  asset: '0xusdc',
  payer: `0x${id}`,
  nonce: '0x01',
  payTo: '0xcold',
  amountAtomic: 50_000n,
  callHash: 'hash',
  signature: '0xsigned',
  identifier: null,
  processId: 'prc_1',
  operation: 'create_ticket',
  input: {},
  plan: {},
  private: false,
  proposes: false,
  breaker: 'closed',
  validAfter: 0n,
  validBefore: 2_000_000_000n,
  verifiedAtBlock: 1n,
  ...change,
});

async function claimed(
  { ledger }: Version,
  id: string,
  change: Partial<NewPurchase> = {},
): Promise<Purchase> {
  const answer = await ledger.claim(newPurchase(id, change));
  assert.equal(answer.kind, 'claimed');
  return (answer as { purchase: Purchase }).purchase;
}

/** Claimed and settled on its chain. */
async function paid(version: Version, id: string): Promise<Purchase> {
  const purchase = await claimed(version, id);
  const credit = {
    settlementId: id,
    transactionHash: `0x${id}`,
    logIndex: 0,
    blockNumber: 1n,
    blockHash: '0xb',
  };
  assert.deepEqual(await version.book.credit('base', [credit]), [id]);
  const settled = await version.ledger.settle(purchase);
  assert.equal(settled?.state, 'paid');
  return settled!;
}

const delivering = (version: Version, purchase: Purchase, before: () => Promise<unknown> = async () => {}) =>
  version.inWorkspace(workspaceId, async (tx) => {
    const delivered = await version.ledger.moveToDelivered(tx, purchase);
    if (!delivered) return undefined;
    await version.ledger.storeDelivery(tx, {
      workspaceId,
      purchaseId: purchase.id,
      receiptId: `rcp_${purchase.id}`,
      output: { done: true },
      outputHash: '0xhash',
      signed: signedReceipt,
    });
    await before();
    return delivered;
  });

/** What happens in the middle of another's transaction. */
function middle() {
  const reached = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const wait = async () => {
    reached.resolve();
    await goOn.promise;
  };
  return { wait, reached: reached.promise, goOn: goOn.resolve, fail: goOn.reject };
}

const cases: Record<string, (version: Version) => Promise<void>> = {
  async 'of twenty that claim one authorization at once, one wins'({ ledger }) {
    const tries = Array.from({ length: 20 }, (_, i) => newPurchase(`pur_${i}`, { payer: '0xone' }));
    const answers = await Promise.all(tries.map((purchase) => ledger.claim(purchase)));
    assert.equal(answers.filter(({ kind }) => kind === 'claimed').length, 1);
  },

  async 'of twenty at once from one wallet, as many as its cap win, and no more'(version) {
    await version.change('workspaceCaps', { workspaceId, standing: 'new' }, { callsPerMinute: 3 });
    const tries = Array.from({ length: 20 }, (_, i) =>
      newPurchase(`pur_${i}`, { payer: '0xone', network: `net ${i}` }),
    );
    const answers = await Promise.all(tries.map((purchase) => version.ledger.claim(purchase)));
    assert.equal(answers.filter(({ kind }) => kind === 'claimed').length, 3);
    assert.equal(answers.filter(({ kind }) => kind === 'capped').length, 17);
  },

  async 'two that take the same settlements at once share them, each with a nonce of its own'(version) {
    const ids = ['pur_1', 'pur_2', 'pur_3'];
    for (const id of ids) await claimed(version, id);
    await version.book.openAccount(account, chain);
    const both = await Promise.all([
      version.book.take(account, each(ids), signed),
      version.book.take(account, each(ids.toReversed()), signed),
    ]);
    const taken = both.flat();
    assert.deepEqual(taken.flatMap(({ settlementIds }) => settlementIds).sort(), ids);
    assert.deepEqual(taken.map(({ accountNonce }) => accountNonce).sort(), [7n, 8n, 9n]);
  },

  async 'a batch takes one nonce, and goes without what another is taking'(version) {
    const ids = ['pur_1', 'pur_2', 'pur_3', 'pur_4'];
    for (const id of ids) await claimed(version, id);
    await version.book.openAccount(account, chain);
    const inside = middle();
    const first = version.book.take(account, [['pur_2', 'pur_4']], async (taken, nonce) => {
      await inside.wait();
      return signed(taken, nonce);
    });
    await inside.reached;
    // Another key, or it would wait for the account.
    const other = { ...account, sender: '0xf2' };
    await version.book.openAccount(other, chain);
    const rest = await version.book.take(other, [['pur_1', 'pur_2', 'pur_3'], ['pur_4']], signed);
    inside.goOn();
    assert.deepEqual(
      rest.map(({ settlementIds, accountNonce }) => [settlementIds, accountNonce]),
      [[['pur_1', 'pur_3'], 7n]],
    );
    assert.deepEqual((await first)[0]?.settlementIds, ['pur_2', 'pur_4']);
    const open = await version.book.open('base');
    assert.deepEqual(new Set(open.map(({ transactions }) => transactions[0]?.carries)), new Set([2]));
  },

  async 'of two that replace one transaction at once, one does; both hashes stay'(version) {
    await claimed(version, 'pur_1');
    await version.book.openAccount(account, chain);
    const [taken] = await version.book.take(account, [['pur_1']], signed);
    await version.setTime(startMs + 1_000);
    const both = ['a', 'b'].map((id) =>
      version.book.replace(account, 7n, taken!.hash, {
        id,
        hash: `0x${id}`,
        raw: 'raw',
        gasLimit: 100n,
        maxFeeWei: 3n,
      }),
    );
    assert.equal((await Promise.all(both)).filter(Boolean).length, 1);
    const [open] = await version.book.open('base');
    assert.equal(open?.transactions.length, 2);
    assert.equal(open?.transactions[1]?.hash, taken!.hash);
    assert.equal(await version.book.gasSpent('base'), 300n, 'the dearer of the two');
  },

  async 'a failure is counted once, whoever counts it; with five of them a wallet is sent for no more that day'(
    version,
  ) {
    for (const id of ['pur_1', 'pur_2']) await claimed(version, id, { payer: '0xbad', network: id });
    await claimed(version, 'pur_3', { network: 'pur_2' });
    const failed = (n: number) => ({ settlementId: 'pur_1', transactionHash: `0x${n}` });
    for (let n = 1; n <= 4; n++)
      await Promise.all([version.book.burnt([failed(n)]), version.book.burnt([failed(n)])]);
    assert.deepEqual(await version.book.barred(), []);
    assert.equal((await version.book.due('pur_2', 10)).length, 2);
    await version.book.burnt([failed(4), failed(5)]);
    assert.deepEqual(await version.book.barred(), ['0xbad']);
    assert.deepEqual(
      (await version.book.due('pur_2', 10)).map(({ id }) => id),
      ['pur_3'],
    );
    await version.setTime(startMs + 86_400_000);
    assert.deepEqual(await version.book.barred(), []);
  },

  async 'what a transaction cost is added to its day once'(version) {
    await claimed(version, 'pur_1');
    await version.book.openAccount(account, chain);
    const [taken] = await version.book.take(account, [['pur_1']], signed);
    assert.equal(await version.book.gasSpent('base'), 200n, 'what it may cost');
    await version.book.markMined(account, 8n);
    assert.deepEqual(await version.book.uncounted(account, 10), [taken!.hash]);
    const cost = { hash: taken!.hash, gasUsed: 90n, feeWei: 10n ** 20n };
    await Promise.all([version.book.countGas('base', [cost]), version.book.countGas('base', [cost])]);
    assert.equal(await version.book.gasSpent('base'), 10n ** 20n);
    assert.deepEqual(await version.book.uncounted(account, 10), []);
    await version.setTime(startMs + 86_400_000);
    assert.equal(await version.book.gasSpent('base'), 0n, 'another day');
  },

  async 'what is being taken is passed by, and a signature that fails takes nothing and spends no nonce'(
    version,
  ) {
    await claimed(version, 'pur_1');
    await claimed(version, 'pur_2');
    await version.book.openAccount(account, chain);
    const inside = middle();
    const failing = version.book.take(account, [['pur_1']], async () => {
      await inside.wait();
      throw new Error('unreachable');
    });
    await inside.reached;
    const other = version.book.take({ ...account, sender: '0xf2' }, [['pur_1']], signed);
    assert.deepEqual(await other, []);
    inside.fail(new Error('no key'));
    await assert.rejects(failing, /no key/);
    const [taken] = await version.book.take(account, [['pur_1']], signed);
    assert.equal(taken?.accountNonce, 7n);
  },

  async 'of two that deliver at once one waits, and then finds it delivered'(version) {
    const purchase = await paid(version, 'pur_1');
    const inside = middle();
    const first = delivering(version, purchase, inside.wait);
    await inside.reached;
    const second = delivering(version, purchase);
    assert.equal(
      (await version.ledger.byId('pur_1'))?.state,
      'paid',
      'nobody sees it before it is committed',
    );
    inside.goOn();
    assert.equal((await first)?.state, 'delivered');
    assert.equal(await second, undefined);
  },

  async 'a delivery that fails leaves the purchase paid and no output, and another may deliver it'(version) {
    const purchase = await paid(version, 'pur_1');
    const fails = delivering(version, purchase, async () => {
      throw new Error('the commit refused');
    });
    await assert.rejects(fails, /refused/);
    assert.equal((await version.ledger.byId('pur_1'))?.state, 'paid');
    assert.equal((await version.ledger.content(purchase)).receiptId, null);
    assert.equal((await delivering(version, purchase))?.state, 'delivered');
  },

  async 'a purchase that is being delivered is not taken over; one that was, its first process no longer delivers'(
    version,
  ) {
    const purchase = await paid(version, 'pur_1');
    const inside = middle();
    const first = delivering(version, purchase, inside.wait);
    await inside.reached;
    assert.deepEqual(await version.ledger.adopt('prc_2', 10), []);
    inside.fail(new Error('crash'));
    await assert.rejects(first, /crash/);
    const [adopted] = await version.ledger.adopt('prc_2', 10);
    assert.equal(adopted?.fence, 2);
    assert.equal(await delivering(version, purchase), undefined);
    assert.equal((await delivering(version, adopted!))?.state, 'delivered');
  },

  async 'what is not settled there and then is not delivered'(version) {
    const purchase = await paid(version, 'pur_1');
    await version.book.reopen('base', [{ number: 1n, hash: '0xb' }]);
    assert.equal(await delivering(version, purchase), undefined);
    assert.equal((await version.ledger.byId('pur_1'))?.state, 'paid');
  },

  async 'of delivering and refunding what is owed, one wins'(version) {
    const purchase = await paid(version, 'pur_1');
    const owed = await version.ledger.move(purchase, 'owed', 'refused');
    const refund = { float: '0xf10a7', nonce: '0x1', signature: '0x', validBefore: 9n, atBlock: 1n };
    const inside = middle();
    const delivery = delivering(version, owed!, inside.wait);
    await inside.reached;
    const refunding = version.debts.begin(owed!, refund, 'prc_2');
    inside.goOn();
    assert.equal((await delivery)?.state, 'delivered');
    assert.notEqual((await refunding).kind, 'begun');
    assert.equal((await version.rows()).settlements.length, 1);
  },

  async 'of ten refunds of one debt at once, one begins'(version) {
    const owed = await version.ledger.move(await paid(version, 'pur_1'), 'owed', 'refused');
    const refund = { float: '0xf10a7', nonce: '0x1', signature: '0x', validBefore: 9n, atBlock: 1n };
    const begun = await Promise.all(
      Array.from({ length: 10 }, () => version.debts.begin(owed!, refund, 'prc_1')),
    );
    assert.equal(begun.filter(({ kind }) => kind === 'begun').length, 1);
  },

  async 'a minute and a day end to the millisecond'(version) {
    const caps = { callsPerMinute: 1, actionsPerDay: 2 };
    await version.change('workspaceCaps', { workspaceId, standing: 'new' }, caps);
    const kindAt = async (ms: number) => {
      await version.setTime(startMs + ms);
      const purchase = newPurchase(`pur_${ms}`, { payer: '0xone', network: `net ${ms}` });
      return (await version.ledger.claim(purchase)).kind;
    };
    assert.equal(await kindAt(0), 'claimed');
    assert.equal(await kindAt(59_999), 'capped');
    assert.equal(await kindAt(60_000), 'claimed');
    assert.equal(await kindAt(86_399_999), 'capped');
    assert.equal(await kindAt(86_400_000), 'claimed');
  },

  async 'what comes to nothing gives back to the day that counted it, and to no other'(version) {
    const first = await claimed(version, 'pur_1', { payer: '0xone' });
    await version.setTime(startMs + 86_400_000);
    const second = await claimed(version, 'pur_2', { payer: '0xone', network: 'polygon' });
    const spent = async () => ((await version.rows()).wallets as { dayActions: number }[])[0]?.dayActions;
    await version.book.makeVoid('pur_1', 'expired');
    assert.equal((await version.ledger.settle(first))?.state, 'void');
    assert.equal(await spent(), 1);
    await version.book.makeVoid('pur_2', 'expired');
    assert.equal((await version.ledger.settle(second))?.state, 'void');
    assert.equal(await spent(), 0);
  },

  async 'a refund is signed again under its own nonce only'(version) {
    const owed = await version.ledger.move(await paid(version, 'pur_1'), 'owed', 'refused');
    const refund = { float: '0xf10a7', nonce: '0x1', signature: '0x', validBefore: 9n, atBlock: 1n };
    const begun = await version.debts.begin(owed!, refund, 'prc_1');
    assert.ok(begun.kind === 'begun');
    await version.book.makeVoid('rfd_1', 'expired');
    assert.equal(await version.debts.renew(begun.purchase, { ...refund, nonce: '0x2' }), false);
    assert.equal(await version.debts.renew(begun.purchase, refund), true);
    assert.equal(await version.debts.renew(begun.purchase, refund), false, 'it is under way');
  },

  async 'a log pair that two settlements claim at once pays for one'(version) {
    await claimed(version, 'pur_1');
    await claimed(version, 'pur_2');
    const credit = (settlementId: string) => ({
      settlementId,
      transactionHash: '0x01',
      logIndex: 3,
      blockNumber: 1n,
      blockHash: '0xb',
    });
    const both = ['pur_1', 'pur_2'].map((id) => version.book.credit('base', [credit(id)]));
    assert.equal((await Promise.all(both)).flat().length, 1);
    assert.equal((await version.rows()).creditedLogs.length, 1);
  },

  async 'hints are told when a transaction ends, and only of what it changed for good'(version) {
    const purchase = await paid(version, 'pur_1');
    await version.hints();
    const fails = delivering(version, purchase, async () => {
      throw new Error('refused');
    });
    await assert.rejects(fails);
    assert.deepEqual(await version.hints(), []);
    await delivering(version, purchase);
    assert.deepEqual(await version.hints(), ['purchase.changed:pur_1']);
  },
};

for (const [name, open] of [
  ['in memory', memoryVersion],
  ['in Postgres', postgresVersion],
] as const) {
  const opened = open();
  for (const [promise, hold] of Object.entries(cases))
    test(`${name}: ${promise}`, async () => {
      const version = await opened;
      await version.reset();
      await version.setTime(startMs);
      await hold(version);
    });
}
