/** The treasury's view adds up with what was paid and burnt, to the atomic unit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hex } from 'viem';
import { postgresLedger } from '../../src/door/ledger.ts';
import { readTreasury } from '../../src/door/treasury.ts';
import { operatorCommands } from '../../src/faces/cli/operator.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { newPurchase, someAddress } from '../fakes/purchases.ts';
import { awayFromMidnight } from '../harness.ts';
import {
  callTool,
  chainRpc,
  type Ground,
  signPayment,
  startTestPostern,
  termsOf,
  viewsOf,
} from '../postern.ts';

const ticket = { subject: 'Tripod wobbles', body: 'On every floor but the cellar’s.' };
await awayFromMidnight();
const postern = await startTestPostern();
const { db, url, devnet } = postern;
const views = viewsOf(devnet);
const terms = await termsOf(url, 'create_ticket', ticket);
const price = BigInt(terms.amount);

async function pay(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const payment = await signPayment(await postern.fundedWallet(), terms);
    assert.equal((await callTool(url, 'create_ticket', ticket, payment)).status, 200);
  }
}

async function operator(...args: string[]): Promise<string> {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const openViews = async () => views;
  const context = {
    db,
    workspace: 'acme',
    print,
    ids: randomIds,
    now: new Date(),
    mailFolder: '',
    openViews,
  };
  await operatorCommands.treasury!.run(args, context);
  return printed.join('\n');
}

interface Burnt {
  transactionHash: Hex;
  gasUsed: Hex;
  effectiveGasPrice: Hex;
}

/** What the hot key burnt, from the receipts of everything it ever sent; booked where the relayer has not yet. */
async function burnt(ground: Ground) {
  const sent = await db.selectFrom('relayerTransactions').select('hash').execute();
  const receipts = await Promise.all(
    sent.map(({ hash }) => chainRpc<Burnt | null>(ground, 'eth_getTransactionReceipt', [hash])),
  );
  const mined = receipts.filter((receipt) => receipt !== null);
  const fees = mined.map(({ gasUsed, effectiveGasPrice }) => BigInt(gasUsed) * BigInt(effectiveGasPrice));
  for (const [i, { transactionHash, gasUsed }] of mined.entries())
    await db
      .updateTable('relayerTransactions')
      .set({ gasUsed: BigInt(gasUsed), feeWei: String(fees[i]), minedAt: new Date() })
      .where('hash', '=', transactionHash)
      .where('feeWei', 'is', null)
      .execute();
  return { feeWei: fees.reduce((sum, fee) => sum + fee, 0n), transactions: mined.length };
}

test('gas, revenue and balances are those of the chain', async () => {
  await pay(5);
  const { feeWei, transactions } = await burnt(postern);
  const treasury = await readTreasury({ db, views }, new Date());
  const [network] = treasury.networks;
  assert.equal(network!.network, 'base-sepolia');
  assert.equal(network!.reached, true);
  const gas = { feeNativeAtomic: String(feeWei), transactions };
  assert.deepEqual(network!.gas, { today: gas, days30: gas, total: gas });
  const row = devnet.networks[0]!.network;
  assert.ok(row.family === 'evm');
  assert.equal(network!.gasBudget!.perDayNativeAtomic, String(row.gasBudgetWei));
  const revenue = { amountAtomic: String(5n * price), count: 5 };
  assert.deepEqual(network!.revenue, { today: revenue, days30: revenue, total: revenue });
  assert.deepEqual(network!.refunds.total, { amountAtomic: '0', count: 0 });
  assert.equal(network!.settledWithin.at(-1), 5);

  const [key] = network!.hotKeys;
  const balance = BigInt(await chainRpc<Hex>(postern, 'eth_getBalance', [key!.address, 'latest']));
  assert.equal(key!.balanceNativeAtomic, String(balance));
  assert.deepEqual(network!.feePerPayment, { nativeAtomic: String((feeWei + 4n) / 5n), from: 'receipts' });
  assert.equal(key!.coversPayments, Number(balance / ((feeWei + 4n) / 5n)));

  const [shop] = treasury.workspaces;
  assert.equal(shop!.payTo, terms.payTo);
  assert.deepEqual(shop!.purchases.delivered, revenue);
  assert.deepEqual(shop!.owes, { amountAtomic: '0', count: 0 });
  assert.equal(shop!.float!.balanceAtomic, '10000000');
  assert.deepEqual(treasury.alerts, []);
  assert.deepEqual(JSON.parse(JSON.stringify(treasury)), treasury);
});

test('a chain that is away is said to be, and everything else is shown', async () => {
  const away = viewsOf({ networks: [{ ...devnet.networks[0]!, rpcUrl: 'http://127.0.0.1:9' }] })[0]!;
  const { networks, workspaces, alerts } = await readTreasury({ db, views: [away] }, new Date());
  assert.equal(networks[0]!.reached, false);
  assert.equal(networks[0]!.hotKeys[0]!.balanceNativeAtomic, null);
  assert.equal(networks[0]!.revenue.total.count, 5);
  assert.equal(workspaces[0]!.float!.balanceAtomic, null);
  assert.deepEqual(alerts, ['base-sepolia: the chain cannot be asked']);
});

test('what should have ended by now is in doubt, with what it waits for', async () => {
  const { id: workspaceId } = await db.selectFrom('workspaces').select('id').executeTakeFirstOrThrow();
  // On a network that nobody serves here, so that nobody looks after it either.
  const now = BigInt(Math.floor(Date.now() / 1000));
  const change = { network: 'polygon-amoy', validBefore: now };
  const purchase = newPurchase(workspaceId, someAddress(), change);
  await postgresLedger(db).claim(purchase);
  const amoy = async () => {
    const { workspaces, alerts } = await readTreasury({ db, views }, new Date());
    return { shop: workspaces.find(({ network }) => network === 'polygon-amoy')!, alerts };
  };
  assert.deepEqual((await amoy()).shop.inDoubt, []);
  await db
    .updateTable('settlements')
    .set({ validBefore: now - 120n })
    .where('id', '=', purchase.id)
    .execute();
  const { shop, alerts } = await amoy();
  assert.equal(shop.payTo, null);
  assert.deepEqual(
    shop.inDoubt.map(({ purchase, state, why }) => ({ purchase, state, why })),
    [{ purchase: purchase.id, state: 'settling', why: 'to be sent' }],
  );
  assert.ok(alerts.includes('acme on polygon-amoy: 1 in doubt'), alerts.join());
});

test('the command tells it in text and as JSON', async () => {
  const text = await operator();
  assert.match(text, /^base-sepolia$/m);
  assert.match(text, /hot key +0x\w{40} holds 999\.\d+, \d+ more payments/);
  assert.match(text, /revenue +today \$0\.10 \(5\); 30 days \$0\.10 \(5\); in all \$0\.10 \(5\)/);
  assert.match(text, /^acme on base-sepolia, paid to 0x\w{40}$/m);
  assert.match(text, /purchases +delivered \$0\.10 \(5\)/);
  assert.equal(JSON.parse(await operator('--json')).networks[0].revenue.total.count, 5);
  assert.match(text, /in doubt +pur_\w+ \$0\.02 settling for \d+ s: to be sent/);
  await assert.rejects(operator('--workspace', 'nobody'), { code: 'workspace_not_found' });
  await assert.rejects(operator('gold'), { name: 'UsageError' });
});
