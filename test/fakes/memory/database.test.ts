import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryDatabase, type Session } from './database.ts';
import type { Statement } from './statement.ts';

const account = (nextNonce: bigint, address = '0xaa') => ({
  network: 'base',
  address,
  nextNonce,
  firstBlockHash: '0x01',
});
const nonceOf = (s: Statement, address = '0xaa') => s.get('relayerAccounts', 'base', address)?.nextNonce;
const increment = (s: Statement, address = '0xaa') => {
  s.put('relayerAccounts', account((nonceOf(s, address) ?? 0n) + 1n, address));
};
/** A transaction that stays open until it is told to go on. */
function held(session: Session, address?: string) {
  const gate = Promise.withResolvers<void>();
  const done = session.transaction(async (tx) => {
    await tx.run((s) => increment(s, address));
    await gate.promise;
  });
  return { done, release: gate.resolve, fail: gate.reject };
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('what is not committed is seen by nobody else, and a second writer waits and then looks again', async () => {
  const database = memoryDatabase(() => 0);
  const session = database.session();
  const first = held(session);
  await turn();
  assert.equal(await session.run(nonceOf), undefined);
  const second = session.run((s) => increment(s));
  await turn();
  first.release();
  await Promise.all([first.done, second]);
  assert.equal(await session.run(nonceOf), 2n);
});

test('a transaction that fails leaves nothing, and neither does its notice', async () => {
  const database = memoryDatabase(() => 0);
  const heard: string[] = [];
  database.listen((topic, key) => heard.push(`${topic}:${key}`));
  const session = database.session();
  await assert.rejects(
    session.transaction(async (tx) => {
      await tx.run((s) => {
        increment(s);
        s.notify('settlement.final', 'pur_1');
      });
      throw new Error('refused');
    }),
    /refused/,
  );
  assert.deepEqual(database.rows('relayerAccounts'), []);
  await session.run((s) => s.notify('settlement.final', 'pur_2'));
  assert.deepEqual(heard, ['settlement.final:pur_2']);
});

test('after a statement failed its transaction does nothing more, even where the error was swallowed', async () => {
  const session = memoryDatabase(() => 0).session();
  await assert.rejects(
    session.transaction(async (tx) => {
      await tx.run((s) => increment(s));
      await tx
        .run(() => {
          throw new Error('bad statement');
        })
        .catch(() => {});
    }),
    /aborted/,
  );
  assert.equal(await session.run(nonceOf), undefined);
});

test('a process that dies inside a transaction leaves nothing, and who waited for it goes on', async () => {
  const database = memoryDatabase(() => 0);
  const dying = database.session();
  const living = database.session();
  const inside = held(dying);
  await turn();
  const waiting = living.run((s) => increment(s));
  dying.kill();
  await waiting;
  assert.equal(await living.run(nonceOf), 1n);
  inside.release();
  const answered = Promise.race([inside.done.then(() => 'answered'), turn().then(() => 'never')]);
  assert.equal(await answered, 'never');
  assert.equal(await living.run(nonceOf), 1n);
});

test('two that wait for each other: one of them fails', async () => {
  const session = memoryDatabase(() => 0).session();
  const both = (one: string, other: string) =>
    session.transaction(async (tx) => {
      await tx.run((s) => increment(s, one));
      await turn();
      await tx.run((s) => increment(s, other));
    });
  const results = await Promise.allSettled([both('0xaa', '0xbb'), both('0xbb', '0xaa')]);
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

test('a power cut takes what was not on disk: relaxed commits that no other commit followed', async () => {
  const database = memoryDatabase(() => 0);
  const session = database.session();
  const relaxed = { relaxed: true };
  await session.run((s) => increment(s), relaxed);
  await session.run((s) => increment(s));
  await session.run((s) => increment(s), relaxed);
  const open = held(session, '0xbb');
  await turn();
  database.powerCut();
  open.release();
  await assert.rejects(open.done, /closed the connection/);
  assert.deepEqual(database.rows('relayerAccounts'), [account(2n)]);
});

test('a unique key that another transaction may yet take or give up is waited for', async () => {
  const database = memoryDatabase(() => 0);
  const session = database.session();
  const log = (logIndex: number) => ({
    network: 'base',
    transactionHash: '0x01',
    logIndex,
    settlementId: 'pur_1',
  });
  const gate = Promise.withResolvers<void>();
  const first = session.transaction(async (tx) => {
    assert.ok(await tx.run((s) => s.insert('creditedLogs', log(1))));
    await gate.promise;
  });
  const second = session.run((s) => s.insert('creditedLogs', log(2)));
  gate.reject(new Error('rolled back'));
  await assert.rejects(first, /rolled back/);
  assert.equal(await second, true);
  assert.equal(await session.run((s) => s.insert('creditedLogs', log(3))), false);
});

test('a workspace sees and writes its own rows only, and no table without a workspace', async () => {
  const session = memoryDatabase(() => 0).session();
  const receipt = (workspaceId: string) => ({
    workspaceId,
    id: 'rcp_1',
    purchaseId: 'pur_1',
    outputHash: '',
    signed: null,
    createdAt: new Date(0),
  });
  await session.run((s) => {
    s.insert('receipts', receipt('wsp_theirs'));
    increment(s);
  });
  const ours = { workspaceId: 'wsp_ours' };
  assert.deepEqual(await session.run((s) => s.all('receipts'), ours), []);
  await assert.rejects(
    session.run((s) => s.put('receipts', receipt('wsp_theirs')), ours),
    /row-level/,
  );
  await assert.rejects(session.run(nonceOf, ours), /permission denied/);
  assert.equal(await session.run((s) => s.asOwner(() => nonceOf(s)), ours), 1n);
});
