/** Delivering what costs money to make: paid is delivered or owed, whatever the model does. Real ledger, two processes. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { z } from 'zod';
import { newPurchase, roomyWorkspace, someAddress } from '../../test/fakes/purchases.ts';
import { atEnd, silent, testDatabaseUrl } from '../../test/harness.ts';
import { forAgents, pricedOperation } from '../catalogue/operation.ts';
import { createCatalogue } from '../catalogue/registry.ts';
import { deriveAccount } from '../chains/secret.ts';
import { PosternError } from '../kernel/errors.ts';
import { randomIds } from '../kernel/ids.ts';
import { sleep, systemTime } from '../kernel/time.ts';
import { openDatabase, sharing, workspacesOf } from '../store/database.ts';
import { postgresLedger } from './ledger.ts';
import { advance, type MoneyPathPorts } from './purchase.ts';
import { createReceipts } from './receipts.ts';

const url = await testDatabaseUrl();

/** What the model does with each request, and how many came. */
let model: () => Promise<void>;
let asked = 0;
/** What the commit does beside its statements. */
let work: () => void | Promise<void>;
beforeEach(() => {
  asked = 0;
  work = () => {};
});

interface Plan {
  text?: string;
}
const drafts = pricedOperation({
  name: 'draft',
  title: 'Draft',
  summary: 'Drafts.',
  tier: 'draft',
  price: 60_000n,
  access: forAgents('operator'),
  input: z.strictObject({}),
  output: z.object({ text: z.string() }),
  prepare: async (): Promise<Plan> => ({}),
  async compute(): Promise<Plan> {
    const text = `made ${++asked}`;
    await model();
    return { text };
  },
  async commit(_, { text }: Plan) {
    if (!text) throw new PosternError('model_unavailable');
    await work();
    return { text };
  },
});

const ports = [1, 2].map(() => {
  const db = openDatabase({ url, poolSize: 5, log: silent });
  atEnd(() => db.destroy());
  const inWorkspace = workspacesOf(db);
  return {
    db,
    inWorkspace,
    inShared: sharing(inWorkspace),
    ledger: postgresLedger(db),
    receipts: createReceipts(deriveAccount(Buffer.alloc(32, 1), 'receipts'), 'http://localhost'),
    breaker: async () => 'closed' as const,
    catalogue: createCatalogue([drafts]),
    ids: randomIds,
    time: systemTime,
    log: silent,
  } as unknown as MoneyPathPorts & { db: ReturnType<typeof openDatabase> };
}) as [MoneyPathPorts & { db: ReturnType<typeof openDatabase> }, MoneyPathPorts];
const [first, second] = ports;

async function paidDraft() {
  const workspaceId = await roomyWorkspace(first.db);
  const claim = await first.ledger.claim(newPurchase(workspaceId, someAddress(), { operation: 'draft' }));
  assert.ok(claim.kind === 'claimed');
  await sql`update settlements set state = 'settled', transaction_hash = id where state = 'queued'`.execute(
    first.db,
  );
  return (await first.ledger.settle(claim.purchase))!;
}
const unavailable = async () => {
  throw new PosternError('model_unavailable', 'The model is not available: it did not answer in time.');
};

test('a model that does not answer twice and then does: delivered', async () => {
  let purchase = await paidDraft();
  model = async () => {
    if (asked < 3) await unavailable();
  };
  for (const state of ['paid', 'paid', 'delivered']) {
    purchase = (await advance(first, purchase))!;
    assert.equal(purchase.state, state);
  }
  const { output, computed } = await first.ledger.content(purchase);
  assert.deepEqual([output, computed], [{ text: 'made 3' }, true]);
});

test('a model that does not answer three times: owed, with why, and never asked again', async () => {
  let purchase = await paidDraft();
  model = unavailable;
  for (const state of ['paid', 'paid', 'owed']) {
    purchase = (await advance(first, purchase))!;
    assert.equal(purchase.state, state);
  }
  const stored = await first.ledger.byId(purchase.id);
  assert.deepEqual([stored!.state, stored!.attempts], ['owed', 2]);
  assert.match(stored!.reason!, /did not answer in time/);
  await advance(first, stored!);
  assert.equal(asked, 3);
});

for (const [how, hold] of Object.entries({
  'blocks the process': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000),
  'waits for the world': () => sleep(7_000),
}))
  test(`a delivery that ${how} for longer than a transaction may idle: tried twice, and owed`, async () => {
    let purchase = await paidDraft();
    model = async () => {};
    let tries = 0;
    work = async () => {
      tries++;
      await hold();
    };
    for (const state of ['paid', 'owed']) {
      purchase = (await advance(first, purchase))!;
      assert.equal(purchase.state, state);
    }
    await advance(first, purchase);
    assert.equal(tries, 2);
  });

test('attempts count across processes: who takes over begins where the other ended', async () => {
  const purchase = await paidDraft();
  model = unavailable;
  await advance(first, purchase);
  await advance(first, (await first.ledger.byId(purchase.id))!);
  const taken = await second.ledger.byId(purchase.id);
  assert.equal((await advance(second, taken!))?.state, 'owed');
  assert.equal(asked, 3);
});

test('a refusal that will not pass is owed at once', async () => {
  const purchase = await paidDraft();
  model = async () => {
    throw new PosternError('conflict', 'The help centre has no answer.');
  };
  assert.equal((await advance(first, purchase))?.state, 'owed');
  assert.equal(asked, 1);
});

test('what was computed is kept: a delivery that fails after it does not buy it again', async () => {
  const purchase = await paidDraft();
  model = async () => {};
  // Its settlement is taken back by a reorganisation after the model answered.
  await sql`update settlements set transaction_hash = null where id = ${purchase.id}`.execute(first.db);
  assert.equal(await advance(first, purchase), undefined);
  await sql`update settlements set transaction_hash = id where id = ${purchase.id}`.execute(first.db);
  assert.equal((await advance(second, purchase))?.state, 'delivered');
  assert.equal(asked, 1);
});

test('two processes that deliver one purchase ask twice at most, and deliver what one of them made, once', async () => {
  const purchase = await paidDraft();
  // The one that was taken for silent is still waiting for its model when the other begins.
  model = () => sleep(100);
  const [taken] = await sql<
    typeof purchase
  >`update claims set fence = fence + 1 where id = ${purchase.id} returning *`
    .execute(first.db)
    .then(({ rows }) => rows);
  const [late, done] = await Promise.all([advance(first, purchase), advance(second, taken!)]);
  assert.deepEqual([late, done?.state], [undefined, 'delivered']);
  assert.equal(asked, 2, 'each process asks once; the budget counts both');
  const { output, plan } = await first.ledger.content(purchase);
  assert.deepEqual(output, plan, 'what was delivered is what is kept');
});
