/** A chain that takes back what it said: before a purchase is delivered, after, and after it was given up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hex, LocalAccount } from 'viem';
import { sleep } from '../../src/kernel/time.ts';
import { calldataOf, cancelCall, opened } from '../authorization.ts';
import { chainRpc, signPayment } from '../postern.ts';
import {
  balanceOf,
  buy,
  forgetful,
  height,
  honest,
  inPool,
  pass,
  purchaseOf,
  reaches,
  reorgAbove,
  type Stand,
  send,
  stand,
  stranger,
  submit,
  ticketsOf,
  withoutBlocks,
} from '../stand.ts';

const paidTo = ({ ground, terms }: Stand) => balanceOf(ground, terms, terms.payTo);

const price = ({ terms }: Stand) => BigInt(terms.amount);

const blockOf = ({ ground }: Stand, number: bigint) =>
  chainRpc<{ hash: Hex; transactions: string[] }>(ground, 'eth_getBlockByNumber', [
    `0x${number.toString(16)}`,
    false,
  ]);

const creditsOf = ({ ground }: Stand, id: string) =>
  ground.db.selectFrom('creditedLogs').selectAll().where('settlementId', '=', id).execute();

/** The wallet's payment is mined, and the server does not hear of it: its node is silent from the broadcast on. */
async function minedUnseen(it: Stand, wallet: LocalAccount): Promise<void> {
  const { ground, node, terms } = it;
  await withoutBlocks(ground, async () => {
    send(it, await signPayment(wallet, terms));
    await reaches(ground, wallet, ({ settlement }) => settlement === 'sent');
    await inPool(ground);
    node.refuse = () => 'cut';
  });
}

test('a reorganisation before delivery: the payment goes out again and is delivered once', async (t) => {
  const it = await stand(t);
  const wallet = await it.ground.fundedWallet();
  const before = await height(it.ground);
  await minedUnseen(it, wallet);
  assert.equal(await paidTo(it), price(it));
  await reorgAbove(it.ground, before);
  assert.equal(await paidTo(it), 0n);
  it.node.refuse = () => undefined;
  await reaches(it.ground, wallet, 'delivered');
  assert.equal(await paidTo(it), price(it));
  assert.equal(await ticketsOf(it.ground, wallet), 1);
});

test('a reorganisation after delivery: what it took is sent again and credited where it lies, delivered once', async (t) => {
  const it = await stand(t);
  const [first, second] = [await it.ground.fundedWallet(), await it.ground.fundedWallet()];
  const ahead = await height(it.ground);
  const payment = await buy(it, first);
  await buy(it, second);
  const before = await purchaseOf(it.ground, first);
  await reorgAbove(it.ground, ahead);
  for (const wallet of [first, second]) {
    // Holds by lookBack's reopen: without it the row keeps a block that the chain does not have.
    const after = await reaches(
      it.ground,
      wallet,
      ({ settlement, blockHash }) => settlement === 'settled' && blockHash !== before!.blockHash,
    );
    const block = await blockOf(it, after.blockNumber!);
    assert.equal(after.blockHash, block.hash);
    assert.ok(block.transactions.includes(after.transactionHash!));
    assert.equal(after.state, 'delivered');
    assert.equal((await creditsOf(it, after.id)).length, 1);
    assert.equal(await ticketsOf(it.ground, wallet), 1);
  }
  assert.equal(await paidTo(it), 2n * price(it));
  assert.equal((await send(it, payment)).status, 200);
});

test('a stranger settled it, a reorganisation takes it back after delivery: it is credited again from ours', async (t) => {
  const it = await stand(t);
  const wallet = await it.ground.fundedWallet();
  const payment = await signPayment(wallet, it.terms);
  forgetful(it.node);
  const answer = send(it, payment);
  await reaches(it.ground, wallet, ({ settlement }) => settlement === 'sent');
  const ahead = await height(it.ground);
  const theirs = await submit(it.ground, stranger, it.terms.asset, calldataOf(payment));
  await answer;
  const delivered = await reaches(it.ground, wallet, 'delivered');
  assert.equal(delivered.transactionHash, theirs);
  await reorgAbove(it.ground, ahead);
  assert.equal(await paidTo(it), 0n);
  honest(it.node);
  const again = await reaches(
    it.ground,
    wallet,
    ({ settlement, transactionHash }) => settlement === 'settled' && transactionHash !== theirs,
  );
  assert.equal(again.state, 'delivered');
  assert.equal(await paidTo(it), price(it));
  assert.equal(await ticketsOf(it.ground, wallet), 1);
});

test('reorganised away for good after delivery: nothing stays credited, and the purchase is lost', async (t) => {
  const it = await stand(t);
  const wallet = await it.ground.fundedWallet();
  const ahead = await height(it.ground);
  await buy(it, wallet);
  // What is sent again never arrives.
  forgetful(it.node);
  await reorgAbove(it.ground, ahead);
  await reaches(it.ground, wallet, ({ settlement }) => settlement === 'sent');
  await pass(it.ground, 300);
  const { id, lastError } = await reaches(it.ground, wallet, ({ settlement }) => settlement === 'void');
  assert.equal(lastError, 'expired');
  assert.deepEqual(await creditsOf(it, id), []);
  assert.equal(await paidTo(it), 0n);
  await reaches(it.ground, wallet, 'lost');
});

test('a chain that nobody disturbs is asked for one header a pass, and for none once its payments lie deep', async (t) => {
  const it = await stand(t);
  const asked = new Map<string, number>();
  for (let i = 0; i < 5; i++) await buy(it, await it.ground.fundedWallet());
  it.node.answer = ({ method, params }) => {
    const what = method === 'eth_getBlockByNumber' && params[0] !== 'latest' ? 'header' : method;
    asked.set(what, (asked.get(what) ?? 0) + 1);
    return undefined;
  };
  /** Three passes, of which each asks for the balance once, however long they take. */
  const passes = async () => {
    asked.clear();
    for (let i = 0; i < 600 && (asked.get('eth_getBalance') ?? 0) < 3; i++) await sleep(100);
    return { headers: asked.get('header') ?? 0, balances: asked.get('eth_getBalance') ?? 0 };
  };
  const near = await passes();
  assert.ok(near.balances >= 3);
  assert.ok(near.headers <= near.balances + 5, JSON.stringify(near));
  await chainRpc(it.ground, 'anvil_mine', ['0x90']);
  await passes();
  assert.equal((await passes()).headers, 0);
});

for (const [what, end] of [
  ['expired', 'expired'],
  ['was cancelled', 'cancelled by the payer'],
] as const)
  test(`money lands after its purchase ${what} and was called void: it is credited, and owed`, async (t) => {
    const it = await stand(t);
    const wallet = await it.ground.fundedWallet();
    const payment = await signPayment(wallet, it.terms);
    forgetful(it.node);
    send(it, payment);
    await reaches(it.ground, wallet, ({ settlement }) => settlement === 'sent');
    const ahead = await height(it.ground);
    if (end === 'expired') await pass(it.ground, 300);
    else
      await submit(
        it.ground,
        stranger,
        it.terms.asset,
        await cancelCall(wallet, it.terms, opened(payment).authorization.nonce),
      );
    const before = await reaches(it.ground, wallet, 'void');
    assert.equal(before.reason, end);
    // The chain that said so is not the one that stays.
    await reorgAbove(it.ground, ahead);
    const theirs = await submit(it.ground, stranger, it.terms.asset, calldataOf(payment));
    assert.equal(await paidTo(it), price(it));
    await it.ground.db
      .updateTable('settlements')
      .set({ nextAttemptAt: new Date(0) })
      .where('id', '=', before.id)
      .execute();
    // Holds by lookForLate's credit.
    const after = await reaches(it.ground, wallet, ({ settlement }) => settlement === 'settled');
    assert.equal(after.transactionHash, theirs);
    assert.equal(after.late, true);
    assert.equal((await creditsOf(it, before.id)).length, 1);
    await reaches(it.ground, wallet, 'owed');
    assert.equal(await ticketsOf(it.ground, wallet), 0);
  });
