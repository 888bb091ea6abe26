/** The treasury on Solana: its figures are those of the chain, ledger and chain agree, and what nobody paid for is named. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createKeyPairSignerFromPrivateKeyBytes } from '@solana/kit';
import { wrapFetchWithPayment, x402Client } from '@x402/fetch';
import { ExactSvmScheme } from '@x402/svm/exact/client';
import { httpRpc } from '../../src/chains/evm/rpc.ts';
import { findNetwork } from '../../src/chains/networks.ts';
import { associatedTokenAddress, transferChecked } from '../../src/chains/svm/instructions.ts';
import { svmChain } from '../../src/chains/svm/rpc-chain.ts';
import { svmSigner } from '../../src/chains/svm/signer.ts';
import {
  encodeTransaction,
  makeTransaction,
  signatureOf,
  signWith,
} from '../../src/chains/svm/transaction.ts';
import { reconcileNetwork, reconcileOn } from '../../src/door/reconciliation.ts';
import { readTreasury } from '../../src/door/treasury.ts';
import { randomSecret } from '../../src/kernel/ids.ts';
import { sleep } from '../../src/kernel/time.ts';
import { startTestPostern, viewsOf } from '../postern.ts';

const network = findNetwork('solana-devnet')!;
const postern = await startTestPostern({ devnet: ['solana-devnet'] });
const { db } = postern;
const { rpcUrl } = postern.devnet.networks[0]!;
const rpc = httpRpc(rpcUrl);
const chain = svmChain(network, rpc);
const views = viewsOf(postern.devnet);
const view = views[0]!;
const tool = `${postern.url}/api/x402/tools/acme/create_ticket`;
const call = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ subject: 'Shutter stuck', body: 'It will not fire.' }),
};
for (let i = 0; i < 100 && (await fetch(tool, call)).status !== 402; i++) await sleep(100);

/** Buys a ticket with the published client. @returns the transaction */
async function buy(): Promise<string> {
  const wallet = await createKeyPairSignerFromPrivateKeyBytes(randomSecret(32));
  await postern.devnet.fund(network.name, wallet.address);
  const client = new x402Client().register(network.caip2, new ExactSvmScheme(wallet, { rpcUrl }));
  const response = await wrapFetchWithPayment(fetch, client.setSpendControls(false))(tool, call);
  assert.equal(response.status, 200, await response.clone().text());
  return JSON.parse(Buffer.from(response.headers.get('PAYMENT-RESPONSE')!, 'base64').toString()).transaction;
}

/** A wallet with USDC and a fee of its own sends some to another. @returns the transaction */
async function send(to: string, amountAtomic: bigint): Promise<string> {
  const from = svmSigner(randomSecret(32));
  await postern.devnet.fund(network.name, from.address);
  await rpc([{ method: 'devnet_setBalance', params: [from.address, '1000000000'] }]);
  const { asset: mint, tokenProgram, decimals } = network;
  const held = (owner: string) => associatedTokenAddress({ owner, mint, tokenProgram });
  const transfer = transferChecked({
    source: await held(from.address),
    destination: await held(to),
    mint,
    authority: from.address,
    amountAtomic,
    decimals,
    tokenProgram,
  });
  const { blockhash } = await chain.latestBlockhash();
  const made = makeTransaction({ feePayer: from.address, blockhash, instructions: [transfer] });
  const signed = await signWith(made, [from]);
  assert.deepEqual(await chain.send([encodeTransaction(signed)]), [undefined]);
  return signatureOf(signed)!;
}

/** Until what is there now is final. */
async function settled(): Promise<void> {
  const { slot } = await chain.head();
  while ((await view.finalBlock()).number < slot + 1n) await sleep(100);
}

const compare = async () => {
  await settled();
  const { number, timestamp } = await view.finalBlock();
  return reconcileNetwork(db, view, { from: await view.blockAt(timestamp - 600n), to: number });
};

test('paid calls: figures add up with the chain, and ledger and chain agree', async () => {
  const transactions = [await buy(), await buy(), await buy()];
  const report = await compare();
  assert.deepEqual(report.differences, []);
  assert.equal(report.matched, 3);
  const { networks, workspaces, alerts } = await readTreasury({ db, views }, new Date());
  const [figures] = networks;
  assert.equal(figures!.network, 'solana-devnet');
  assert.equal(figures!.reached, true);
  assert.equal(figures!.revenue.total.count, 3);
  assert.equal(figures!.revenue.total.amountAtomic, report.payments.chainAtomic);
  const fees = await Promise.all(
    transactions.map(async (signature) => {
      const params = [signature, { commitment: 'confirmed', maxSupportedTransactionVersion: 0 }];
      const [answer] = await rpc([{ method: 'getTransaction', params }]);
      return BigInt((answer as { result: { meta: { fee: number } } }).result.meta.fee);
    }),
  );
  const feeLamports = fees.reduce((sum, fee) => sum + fee, 0n);
  assert.deepEqual(figures!.gas.total, { feeNativeAtomic: String(feeLamports), transactions: 3 });
  assert.deepEqual(figures!.feePerPayment, {
    nativeAtomic: String((feeLamports + 2n) / 3n),
    from: 'receipts',
  });
  const [key, ...others] = figures!.hotKeys;
  assert.deepEqual(others, []);
  const balance = await chain.nativeBalance(key!.address);
  assert.equal(key!.balanceNativeAtomic, String(balance));
  assert.equal(key!.coversPayments, Number(balance / ((feeLamports + 2n) / 3n)));
  const [shop] = workspaces;
  assert.equal(shop!.purchases.delivered.count, 3);
  assert.deepEqual([await view.tokenBalances([shop!.payTo!])], [[BigInt(report.payments.chainAtomic)]]);
  assert.equal(shop!.float!.balanceAtomic, '10000000');
  assert.deepEqual(alerts, []);
});

test('a refund is the float’s, and agrees as well', async () => {
  await buy();
  const { id } = await db.selectFrom('workspaces').select('id').executeTakeFirstOrThrow();
  await db
    .updateTable('workspacePolicies')
    .set({ refundAfterSeconds: 0 })
    .where('workspaceId', '=', id)
    .execute();
  const newest = await db
    .selectFrom('claims')
    .select(['id', 'amountAtomic'])
    .orderBy('createdAt', 'desc')
    .executeTakeFirstOrThrow();
  await db
    .updateTable('claims')
    .set({ state: 'owed', owedAt: new Date(0) })
    .where('id', '=', newest.id)
    .execute();
  for (let i = 0; i < 200; i++) {
    const { state } = await db
      .selectFrom('claims')
      .select('state')
      .where('id', '=', newest.id)
      .executeTakeFirstOrThrow();
    if (state === 'refunded') break;
    await sleep(100);
  }
  const report = await compare();
  assert.deepEqual(report.differences, []);
  assert.equal(report.matched, 5);
  assert.equal(report.refunds.chainAtomic, String(newest.amountAtomic));
});

test('a stranger’s transfer is named, by the command too, and a row that was changed', async () => {
  const { payTo } = await db.selectFrom('workspaceNetworks').select('payTo').executeTakeFirstOrThrow();
  const signature = await send(payTo, 123_456n);
  const [gift, ...others] = (await compare()).differences;
  assert.deepEqual(others, []);
  assert.equal(gift!.kind, 'unexplained transfer');
  assert.deepEqual([gift!.transactionHash, gift!.chainAtomic], [signature, '123456']);
  assert.match(gift!.says, /^\$0\.123456 from \w+ to \w+, a plain transfer, by no authorization$/);

  const bin = new URL('../../bin/postern.js', import.meta.url).pathname;
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: postern.databaseUrl,
    POSTERN_DATA: postern.dataFolder,
    POSTERN_DEVNET: 'solana-devnet',
  };
  const operator = (...args: string[]) =>
    promisify(execFile)(process.execPath, [bin, 'treasury', ...args], { env }).catch((error) => error);
  const told = await operator('reconcile', '--json');
  assert.equal(told.code, 1, told.stderr);
  assert.equal(JSON.parse(told.stdout)[0].differences[0].transactionHash, signature);
  assert.match((await operator()).stdout, /hot key +\w+ holds 99\d\.\d+, \d+ more payments/);

  await db
    .updateTable('settlements')
    .set({ amountAtomic: 1n })
    .where('id', 'in', (q) =>
      q
        .selectFrom('settlements')
        .select('id')
        .where('id', 'like', 'pur%')
        .where('state', '=', 'settled')
        .limit(1),
    )
    .execute();
  const kinds = (await compare()).differences.map(({ kind }) => kind).sort();
  assert.deepEqual(kinds, ['other amount', 'purchase differs', 'unexplained transfer']);
});

test('time is told in slots, and windows in blocks', async () => {
  const { number, timestamp } = await view.finalBlock();
  const first = await view.blockAt(timestamp - 3_600n);
  const timeOf = async (slot: bigint) => {
    const [answer] = await rpc([{ method: 'getBlockTime', params: [Number(slot)] }]);
    return BigInt((answer as { result: number }).result);
  };
  assert.equal((await timeOf(first)) >= timestamp - 3_600n, true);
  assert.equal((await timeOf(first - 1n)) < timestamp - 3_600n, true);
  assert.equal((await view.blockAt(timestamp + 3_600n)) > number, true);
  const { finalizedHeight } = await chain.head();
  assert.equal(await view.isOver(finalizedHeight, 0n), true);
  assert.equal(await view.isOver(finalizedHeight, 120n), false);
  assert.equal(await view.isOver(finalizedHeight - 400n, 120n), true);
});

test('the running server goes on from where it was', async () => {
  assert.notEqual(await reconcileOn(db, view), undefined);
  assert.equal(await reconcileOn(db, view), undefined);
});
