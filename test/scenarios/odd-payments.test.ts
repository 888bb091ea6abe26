/** What payers, strangers, nodes and tokens can do to a payment under way, and that each has its right end. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { encodeFunctionData, type Hex, type LocalAccount, multicall3Abi } from 'viem';
import { multicall3 } from '../../src/chains/evm/chain.ts';
import { sleep } from '../../src/kernel/time.ts';
import { calldataOf } from '../authorization.ts';
import { compileSource } from '../fakes/solidity.ts';
import { chainRpc, signPayment } from '../postern.ts';
import {
  balanceOf,
  buy,
  emptied,
  forgetful,
  honest,
  inPool,
  mint,
  outbid,
  purchaseOf,
  reaches,
  send,
  stand,
  stranger,
  submit,
  ticketsOf,
  withoutBlocks,
} from '../stand.ts';

const cleanups: (() => unknown)[] = [];
const it = await stand({ after: (cleanup) => void cleanups.push(cleanup as () => unknown) });
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});
const { ground, node, terms } = it;
const price = BigInt(terms.amount);
const sent = ({ settlement }: { settlement: string }) => settlement === 'sent';

/** A claimed payment that the relayer has signed for and that no block will hold, for the node forgets it. */
async function forgotten(wallet: LocalAccount): Promise<string> {
  const payment = await signPayment(wallet, terms);
  forgetful(node);
  send(it, payment);
  await reaches(ground, wallet, sent);
  return payment;
}

/** Calls to the token in one transaction of somebody else's. */
const together = (...calls: Hex[]) =>
  submit(
    ground,
    stranger,
    multicall3,
    encodeFunctionData({
      abi: multicall3Abi,
      functionName: 'aggregate3',
      args: [calls.map((callData) => ({ target: terms.asset, allowFailure: false, callData }))],
    }),
  );

const creditsOf = (...ids: string[]) =>
  ground.db.selectFrom('creditedLogs').selectAll().where('settlementId', 'in', ids).execute();

/** Whether the one transaction that was signed for a settlement succeeded on the chain. */
async function statusOfOurs(id: string): Promise<Hex> {
  const { hash } = await ground.db
    .selectFrom('relayerTransactionSettlements as l')
    .innerJoin('relayerTransactions as t', 't.id', 'l.transactionId')
    .select('t.hash')
    .where('l.settlementId', '=', id)
    .executeTakeFirstOrThrow();
  return (await chainRpc<{ status: Hex }>(ground, 'eth_getTransactionReceipt', [hash])).status;
}

/** Claimed, broadcast, and in the pool of a chain that makes no blocks. */
async function waitingInPool(wallet: LocalAccount): Promise<void> {
  send(it, await signPayment(wallet, terms));
  await reaches(ground, wallet, sent);
  await inPool(ground);
}

test('every receipt is lost for a while: the purchase waits, and is delivered when one is found', async () => {
  const wallet = await ground.fundedWallet();
  node.answer = ({ method }) => (method === 'eth_getTransactionReceipt' ? { result: null } : undefined);
  send(it, await signPayment(wallet, terms));
  await reaches(ground, wallet, sent);
  await sleep(7_000);
  const waiting = await purchaseOf(ground, wallet);
  // The node knows the nonce as spent, and that alone is neither payment nor its absence (findSpent's `unknown`).
  assert.equal(waiting!.state, 'settling');
  assert.equal(await balanceOf(ground, terms, wallet.address), 10_000_000n - price);
  honest(node);
  await reaches(ground, wallet, 'delivered');
  assert.equal(await ticketsOf(ground, wallet), 1);
});

test('the pool drops a transaction that it had taken: it is broadcast again and mined later', async () => {
  const wallet = await ground.fundedWallet();
  await withoutBlocks(ground, async () => {
    await waitingInPool(wallet);
    await chainRpc(ground, 'anvil_dropAllTransactions');
  });
  assert.equal((await purchaseOf(ground, wallet))!.state, 'settling');
  // Holds by keepNonces, which broadcasts what was stored.
  const { id } = await reaches(ground, wallet, 'delivered');
  const ours = await ground.db
    .selectFrom('relayerTransactionSettlements')
    .select('transactionId')
    .where('settlementId', '=', id)
    .execute();
  assert.equal(ours.length, 1, 'no second transaction was signed');
  assert.equal(await balanceOf(ground, terms, wallet.address), 10_000_000n - price);
});

test('a stranger submits two equal payments in one transaction: each is credited to its own purchase, once', async () => {
  const [first, second] = [await ground.fundedWallet(), await ground.fundedWallet()];
  const payments = [await forgotten(first), await forgotten(second)];
  // The first wallet's twin, of the same amount to the same payTo: nobody claimed it.
  const twin = await signPayment(first, terms);
  const hash = await together(...[twin, ...payments].map(calldataOf));
  honest(node);
  const purchases = [await reaches(ground, first, 'delivered'), await reaches(ground, second, 'delivered')];
  for (const { transactionHash } of purchases) assert.equal(transactionHash, hash);
  const credits = await creditsOf(...purchases.map(({ id }) => id));
  assert.deepEqual(credits.map(({ logIndex }) => logIndex).sort(), [2, 4], 'not the twin’s, whose log is 0');
  assert.equal(await ticketsOf(ground, first), 1);
  assert.equal(await ticketsOf(ground, second), 1);

  // Holds by checkChain's `used`: what was spent before it came here pays for nothing.
  const refused = await send(it, twin);
  assert.equal(refused.status, 402);
  assert.equal(refused.body.error, 'invalid_exact_evm_nonce_already_used');
});

test('the payer burns the nonce on a transfer to itself: void, nothing delivered, nothing charged', async () => {
  const wallet = await ground.fundedWallet();
  const payment = await forgotten(wallet);
  const { nonce } = JSON.parse(Buffer.from(payment, 'base64').toString()).payload.authorization;
  const burnt = await signPayment(wallet, terms, { signed: { to: wallet.address, nonce } });
  await submit(ground, stranger, terms.asset, calldataOf(burnt));
  honest(node);
  // Holds by findPayment's payTo: the pair of logs is there, and pays somebody else.
  const { reason } = await reaches(ground, wallet, 'void');
  assert.equal(reason, 'the nonce was spent on another transfer');
  assert.equal(await ticketsOf(ground, wallet), 0);
  assert.equal(await balanceOf(ground, terms, wallet.address), 10_000_000n);
});

test('the payer burns the nonce on a part of the amount to the same payTo: void', async () => {
  const wallet = await ground.fundedWallet();
  const payment = await forgotten(wallet);
  const { nonce } = JSON.parse(Buffer.from(payment, 'base64').toString()).payload.authorization;
  const burnt = await signPayment(wallet, terms, { signed: { value: price - 1n, nonce } });
  // With a transfer of the right amount beside it, by another nonce.
  const other = await signPayment(wallet, terms);
  await together(calldataOf(burnt), calldataOf(other));
  honest(node);
  assert.equal((await reaches(ground, wallet, 'void')).reason, 'the nonce was spent on another transfer');
  assert.equal(await ticketsOf(ground, wallet), 0);
});

test('the payer empties the wallet, our transaction reverts, and the wallet is filled again: delivered', async () => {
  const wallet = await ground.fundedWallet();
  await withoutBlocks(ground, async () => {
    await waitingInPool(wallet);
    await emptied(ground, terms, wallet);
  });
  const reverted = await reaches(ground, wallet, ({ attempts }) => attempts > 0);
  assert.equal(reverted.state, 'settling');
  await mint(ground, terms, wallet.address, price);
  // Holds by requeue: a revert is not final while the authorization can land.
  const delivered = await reaches(ground, wallet, 'delivered');
  assert.equal(await balanceOf(ground, terms, wallet.address), 0n);
  assert.equal(await ticketsOf(ground, wallet), 1);
  assert.equal((await creditsOf(delivered.id)).length, 1);
});

test('a reverted transaction whose authorization a stranger lands afterwards: delivered, charged once', async () => {
  const wallet = await ground.fundedWallet();
  const payment = await signPayment(wallet, terms);
  await withoutBlocks(ground, async () => {
    send(it, payment);
    await reaches(ground, wallet, sent);
    await inPool(ground);
    await emptied(ground, terms, wallet);
    forgetful(node);
  });
  await mint(ground, terms, wallet.address, 2n * price);
  const theirs = await submit(ground, stranger, terms.asset, calldataOf(payment));
  honest(node);
  const { id, transactionHash } = await reaches(ground, wallet, 'delivered');
  assert.equal(transactionHash, theirs);
  assert.equal(await statusOfOurs(id), '0x0');
  assert.equal(await balanceOf(ground, terms, wallet.address), price);
});

// Last, for it puts another token in the place of USDC.
test('a token that does not revert on a used nonce: a transaction that succeeded is no payment', async () => {
  const { deployedBytecode } = await compileSource('LenientToken.sol', 'LenientToken');
  const usdc = await chainRpc<Hex>(ground, 'eth_getCode', [terms.asset, 'latest']);
  await chainRpc(ground, 'anvil_setCode', ['0x00000000000000000000000000000000000c0de0', usdc]);
  await chainRpc(ground, 'anvil_setCode', [terms.asset, deployedBytecode]);
  const paying = await ground.fundedWallet();
  const payment = await buy(it, paying);
  const again = await submit(ground, stranger, terms.asset, calldataOf(payment));
  const receipt = await chainRpc<{ status: Hex; logs: unknown[] }>(ground, 'eth_getTransactionReceipt', [
    again,
  ]);
  assert.deepEqual([receipt.status, receipt.logs], ['0x1', []], 'the token is as lenient as it should be');

  const wallet = await ground.fundedWallet();
  await withoutBlocks(ground, async () => {
    await waitingInPool(wallet);
    const row = await purchaseOf(ground, wallet);
    const nonce = row!.nonce as Hex;
    const burnt = await signPayment(wallet, terms, { signed: { to: wallet.address, nonce } });
    const data = calldataOf(burnt);
    // Before ours in the block; ours then succeeds and moves nothing.
    await outbid(ground, stranger, terms.asset, data);
  });
  // Holds by creditOf, which asks for the pair of logs and not for success.
  const { id, reason } = await reaches(ground, wallet, 'void');
  assert.equal(reason, 'the nonce was spent on another transfer');
  assert.equal(await statusOfOurs(id), '0x1');
  assert.equal(await ticketsOf(ground, wallet), 0);
});
