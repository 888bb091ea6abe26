/** What members see of the door, of calls that were made at it: real payments, real refusals. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { LocalAccount } from 'viem';
import type { Caller, Role } from '../../src/catalogue/operation.ts';
import { perform } from '../../src/catalogue/perform.ts';
import { type DoorOperationPorts, doorOperations } from '../../src/door/operations/index.ts';
import { readTreasury } from '../../src/door/treasury.ts';
import { createSnapshot } from '../../src/faces/metrics/snapshot.ts';
import { PosternError } from '../../src/kernel/errors.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { sleep, systemTime } from '../../src/kernel/time.ts';
import { glanceAt } from '../../src/main/treasury.ts';
import { workspacesOf } from '../../src/store/database.ts';
import { silent } from '../harness.ts';
import { callTool, chainRpc, signPayment, startTestPostern, termsOf, viewsOf } from '../postern.ts';

const postern = await startTestPostern({ patienceMs: 1_500 });
after(() => postern.stop());
const { db, url } = postern;
const about = { subject: 'Mirror stuck', body: 'It stays up.' };

const acme = await db
  .selectFrom('workspaces')
  .select(['id', 'slug', 'name'])
  .where('slug', '=', 'acme')
  .executeTakeFirstOrThrow();
const rival = { id: randomIds('wsp'), slug: 'rival', name: 'Rival' };
await db.insertInto('workspaces').values(rival).execute();

const read = () => readTreasury({ db, views: viewsOf(postern.devnet) }, new Date());
const operations = new Map(
  doorOperations({
    publicUrl: url,
    devnet: true,
    treasury: glanceAt(createSnapshot(read, systemTime, silent)),
  } as DoorOperationPorts).map((operation) => [operation.name, operation]),
);

/** A member's call. */
function ask(name: string, input: JsonObject = {}, role: Role = 'owner', workspace = acme) {
  const caller: Caller = { kind: 'operator', id: 'usr_member', role };
  const setting = { workspace, caller, ids: randomIds, now: new Date() };
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what a test asks
  return perform({ inWorkspace: workspacesOf(db) }, setting, operations.get(name)!, input) as Promise<any>;
}

const refused = (code: string) => (error: unknown) => error instanceof PosternError && error.code === code;

async function pay(wallet: LocalAccount, tool: string, input: object) {
  return callTool(url, tool, input, await signPayment(wallet, await termsOf(url, tool, input)));
}

const newest = (wallet: LocalAccount) =>
  db
    .selectFrom('claims')
    .selectAll()
    .where('payer', '=', wallet.address.toLowerCase())
    .orderBy('createdAt', 'desc')
    .executeTakeFirstOrThrow();

/** Asks until it is so. */
async function until<T>(work: () => Promise<T>, so: (found: T) => boolean): Promise<T> {
  for (let i = 0; i < 400; i++) {
    const found = await work();
    if (so(found)) return found;
    await sleep(50);
  }
  assert.fail(`it never came: ${JSON.stringify(await work())}`);
}

/** A purchase that is paid and cannot be delivered: its ticket was closed while the payment was on its way. */
async function owedPurchase(wallet: LocalAccount): Promise<string> {
  const { body } = await pay(wallet, 'create_ticket', about);
  const { ticketId } = body as { ticketId: string };
  await chainRpc(postern, 'evm_setAutomine', [false]);
  try {
    await pay(wallet, 'draft_reply', { ticketId, body: 'Turn it off and on.' });
    await db.updateTable('tickets').set({ status: 'closed' }).where('id', '=', ticketId).execute();
  } finally {
    await chainRpc(postern, 'evm_setAutomine', [true]);
    await chainRpc(postern, 'evm_mine');
  }
  const claim = await until(
    () => newest(wallet),
    ({ state }) => state === 'owed',
  );
  return claim.id;
}

test('what was challenged, bought, queued and refused is counted, with what it earned', async () => {
  const wallet = await postern.fundedWallet();
  await callTool(url, 'create_ticket', about);
  const { body } = await pay(wallet, 'create_ticket', about);
  const { ticketId } = body as { ticketId: string };
  assert.equal((await pay(wallet, 'draft_reply', { ticketId, body: 'Turn it.' })).status, 200);
  await callTool(url, 'no_such_tool', {});
  await callTool(url, 'nor_this', {});
  const terms = await termsOf(url, 'create_ticket', about);
  const bent = await signPayment(wallet, terms, { authorization: { value: '1' } });
  assert.equal((await callTool(url, 'create_ticket', about, bent)).status, 402);
  assert.equal((await callTool(url, 'create_ticket', about, 'not base64 of anything')).status, 400);
  assert.equal((await callTool(url, 'create_ticket', { subject: 'x' })).status, 422);

  const sum = (counts: number[]) => counts.reduce((all, one) => all + one, 0);
  // They are written every few seconds: a part of them, perhaps, and then the rest.
  const seen = await until(
    () => ask('door_activity', {}, 'viewer'),
    ({ funnel, refusals }) =>
      funnel.challenged >= 4 && sum(refusals.map(({ count }: { count: number }) => count)) >= 5,
  );
  const tool = (name: string) => {
    const { challenged, delivered, queued } = seen.tools.find(
      ({ operation }: { operation: string }) => operation === name,
    );
    return [sum(challenged), sum(delivered), sum(queued)];
  };
  assert.deepEqual(tool('create_ticket'), [3, 1, 0]);
  assert.deepEqual(tool('draft_reply'), [1, 0, 1]);
  assert.equal(seen.starts.length, 24);
  assert.deepEqual(seen.funnel, { challenged: 4, paid: 2, settled: 2, delivered: 2 });
  assert.deepEqual(
    seen.revenue.map(({ network, amountAtomic, count }: Record<string, unknown>) => [
      network,
      amountAtomic,
      count,
    ]),
    [['base-sepolia', '80000', 2]],
  );
  assert.deepEqual(
    Object.fromEntries(seen.refusals.map(({ reason, count }: Record<string, unknown>) => [reason, count])),
    {
      tool_not_found: 2,
      invalid_exact_evm_payload_authorization_value: 1,
      malformed_payment: 1,
      invalid_arguments: 1,
    },
  );
  // The two names that are no tool are one.
  const stored = await db.selectFrom('doorCounts').select('operation').distinct().execute();
  assert.deepEqual(stored.map(({ operation }) => operation).sort(), [
    'create_ticket',
    'draft_reply',
    'other',
  ]);
});

test('a wallet is shown with all that it did, and its standing is set with a reason', async () => {
  const wallet = await postern.fundedWallet();
  const address = wallet.address.toLowerCase();
  const { body } = await pay(wallet, 'create_ticket', about);
  await pay(wallet, 'draft_reply', { ticketId: (body as { ticketId: string }).ticketId, body: 'Turn it.' });
  const shown = await ask('get_wallet', { wallet: wallet.address }, 'admin');
  assert.equal(shown.purchasesDelivered, 2);
  assert.equal(shown.spentAtomic, '80000');
  assert.deepEqual(
    shown.purchases.map(({ operation }: { operation: string }) => operation),
    ['draft_reply', 'create_ticket'],
  );
  assert.equal(shown.proposals[0].state, 'waiting');
  assert.ok(shown.caps.length > 0);

  await assert.rejects(
    ask('set_wallet_standing', { wallet: address, change: 'block', reason: ' ' }),
    refused('invalid_arguments'),
  );
  await assert.rejects(
    ask('set_wallet_standing', { wallet: address, change: 'block', reason: 'Spam.' }, 'operator'),
    refused('not_permitted'),
  );
  const blocked = await ask(
    'set_wallet_standing',
    { wallet: address, change: 'block', reason: 'Spam.' },
    'admin',
  );
  assert.deepEqual([blocked.from, blocked.to], ['new', 'blocked']);
  assert.equal((await pay(wallet, 'create_ticket', about)).status, 403);
  await assert.rejects(
    ask('set_wallet_standing', { wallet: address, change: 'promote', reason: 'x' }),
    refused('conflict'),
  );
  const { audit } = await ask('get_wallet', { wallet: address });
  assert.deepEqual(
    { ...audit[0], at: '' },
    {
      at: '',
      actor: 'operator:usr_member',
      action: 'standing.changed',
      reason: 'Spam.',
      from: 'new',
      to: 'blocked',
    },
  );
  const { wallets } = await ask('list_wallets', { standing: 'blocked' });
  assert.deepEqual(
    wallets.map((one: { wallet: string }) => one.wallet),
    [address],
  );
});

test('lists go page by page, and miss and repeat nothing', async () => {
  const wallet = await postern.fundedWallet();
  for (let i = 0; i < 3; i++) await pay(wallet, 'create_ticket', about);
  const walk = async (name: string, key: string, id: string, filter: JsonObject) => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(name, { ...filter, limit: 1, ...(cursor && { cursor }) });
      found.push(...page[key].map((one: Record<string, string>) => one[id]));
      cursor = page.next;
    } while (cursor);
    return found;
  };
  const bought = await walk('list_purchases', 'purchases', 'purchaseId', { wallet: wallet.address });
  assert.equal(bought.length, 3);
  const whole = await ask('list_purchases', { limit: 50 });
  assert.deepEqual(
    whole.purchases.slice(0, 3).map((one: { purchaseId: string }) => one.purchaseId),
    bought,
  );
  const all = await walk('list_wallets', 'wallets', 'wallet', {});
  assert.equal(new Set(all).size, all.length);
  assert.equal(all.length, (await db.selectFrom('wallets').selectAll().execute()).length);
  for (const cursor of ['x', Buffer.from('2026-99-99|pur_x').toString('base64url')])
    await assert.rejects(ask('list_purchases', { cursor }), refused('invalid_arguments'));
});

test('a purchase is shown with what happened when', async () => {
  const wallet = await postern.fundedWallet();
  await pay(wallet, 'create_ticket', about);
  const { id, createdAt } = await newest(wallet);
  const { timeline, purchase, sent, may } = await ask('get_purchase_details', { purchaseId: id }, 'admin');
  assert.deepEqual(
    timeline.map(({ step }: { step: string }) => step),
    ['claimed', 'sent', 'settled', 'delivered'],
  );
  assert.equal(timeline[0].at, createdAt.toISOString());
  assert.equal(timeline[2].transaction, sent[0]);
  assert.equal(timeline[2].explorerUrl, undefined);
  assert.ok(purchase.ticketId.startsWith('tkt_'));
  assert.deepEqual(may, []);
});

test('what is owed is listed, and an owner has it paid back or delivered after all', async () => {
  const wallet = await postern.fundedWallet();
  const owed = await owedPurchase(wallet);
  const { purchases } = await ask('list_purchases', { only: 'owed' });
  assert.deepEqual(
    purchases.map((one: { purchaseId: string }) => one.purchaseId),
    [owed],
  );
  assert.match(purchases[0].awaits, /closed/);
  const input = { purchaseId: owed, reason: 'The ticket is closed.' };
  await assert.rejects(ask('refund_purchase', input, 'admin'), refused('not_permitted'));
  assert.deepEqual(await ask('refund_purchase', input), { purchaseId: owed, asked: 'refund' });
  const details = await until(
    () => ask('get_purchase_details', { purchaseId: owed }),
    ({ purchase }) => purchase.state === 'refunded',
  );
  assert.deepEqual(
    details.timeline.map(({ step }: { step: string }) => step).filter((step: string) => step !== 'sent'),
    ['claimed', 'settled', 'owed', 'refund_asked', 'refunding', 'refunded'],
  );
  assert.ok(details.timeline.at(-1).transaction);
  await assert.rejects(ask('refund_purchase', input), refused('conflict'));

  const other = await postern.fundedWallet();
  const second = await owedPurchase(other);
  await db.updateTable('tickets').set({ status: 'open' }).where('status', '=', 'closed').execute();
  await ask('deliver_purchase', { purchaseId: second, reason: 'It is open again.' });
  const delivered = await until(
    () => ask('get_purchase_details', { purchaseId: second }),
    ({ purchase }) => purchase.state === 'delivered',
  );
  assert.deepEqual(delivered.timeline.map(({ step }: { step: string }) => step).slice(-2), [
    'delivery_asked',
    'delivered',
  ]);
});

test('another workspace sees none of it, and can ask for none of it', async () => {
  const wallet = await postern.fundedWallet();
  const purchaseId = await owedPurchase(wallet);
  const asRival = (name: string, input: JsonObject = {}) => ask(name, input, 'owner', rival);
  await assert.rejects(asRival('get_purchase_details', { purchaseId }), refused('not_found'));
  await assert.rejects(asRival('get_wallet', { wallet: wallet.address }), refused('not_found'));
  for (const name of ['refund_purchase', 'deliver_purchase'])
    await assert.rejects(asRival(name, { purchaseId, reason: 'Mine.' }), refused('not_found'));
  assert.deepEqual((await asRival('list_purchases')).purchases, []);
  assert.deepEqual((await asRival('list_purchases', { only: 'owed' })).purchases, []);
  assert.deepEqual((await asRival('list_wallets')).wallets, []);
  const activity = await asRival('door_activity', { span: 'year' });
  assert.deepEqual(
    [activity.tools, activity.revenue, activity.refusals, activity.voids, activity.funnel.paid],
    [[], [], [], [], 0],
  );
  // Blocking a wallet is a workspace's own: here it changes nothing.
  await asRival('set_wallet_standing', { wallet: wallet.address, change: 'block', reason: 'Ours.' });
  assert.equal((await ask('get_wallet', { wallet: wallet.address })).standing, 'new');
  assert.equal((await newest(wallet)).refundApprovedAt, null);
});

test('the treasury is the workspace’s own part, and is never waited for', async () => {
  const first = await ask('get_treasury', {}, 'admin');
  assert.equal(first.at, null);
  const { networks } = await until(
    () => ask('get_treasury', {}, 'admin'),
    ({ at }) => at !== null,
  );
  const [base] = networks;
  assert.equal(base.network, 'base-sepolia');
  assert.ok(Number(base.hotKeys[0].balance) > 0);
  assert.ok(base.hotKeys[0].coversPayments > 0);
  assert.ok(BigInt(base.revenueAtomic) > 0n);
  assert.ok(BigInt(base.float.balanceAtomic) > 0n);
  assert.deepEqual((await ask('get_treasury', {}, 'owner', rival)).networks, []);
  await assert.rejects(ask('get_treasury', {}, 'operator'), refused('not_permitted'));
});

test('who may not, may not', async () => {
  for (const name of ['list_wallets', 'list_purchases'])
    await assert.rejects(ask(name, {}, 'operator'), refused('not_permitted'));
  await ask('get_door', {}, 'viewer');
});
