import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPace, gather } from './gather.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A node whose requests are answered by hand, and a wait that ends by hand. */
function createStand({ most = 100 } = {}) {
  const requests: { items: readonly number[]; answer(): void; fail(error: Error): void }[] = [];
  const waits: { ms: number; end(): void }[] = [];
  const ask = gather<number, string>(
    (items) =>
      new Promise((resolve, reject) => {
        requests.push({ items, answer: () => resolve(items.map((item) => `answer ${item}`)), fail: reject });
      }),
    {
      most,
      apartMs: () => 7,
      wait: (ms) => new Promise((resolve) => waits.push({ ms, end: resolve })),
    },
  );
  return { requests, waits, ask };
}

test('those of one turn go together at once, and each gets its own answer', async () => {
  const { requests, waits, ask } = createStand();
  const answers = Promise.all([ask(1), ask(2), ask(3)]);
  await turn();
  assert.deepEqual(
    requests.map(({ items }) => items),
    [[1, 2, 3]],
  );
  assert.equal(waits[0]!.ms, 7);
  requests[0]!.answer();
  assert.deepEqual(await answers, ['answer 1', 'answer 2', 'answer 3']);
});

test('who comes soon after waits, in order, and joins no request under way; who comes later goes at once', async () => {
  const { requests, waits, ask } = createStand();
  void ask(1);
  await turn();
  void ask(2);
  await turn();
  void ask(3);
  await turn();
  assert.equal(requests.length, 1);
  // The first is unanswered still: the next goes all the same.
  waits[0]!.end();
  await turn();
  assert.deepEqual(requests[1]!.items, [2, 3]);
  waits[1]!.end();
  await turn();
  void ask(4);
  await turn();
  assert.deepEqual(requests[2]!.items, [4]);
});

test('a request has a bound, and what is over it goes with the next', async () => {
  const { requests, waits, ask } = createStand({ most: 2 });
  for (const item of [1, 2, 3]) void ask(item);
  await turn();
  assert.deepEqual(requests[0]!.items, [1, 2]);
  waits[0]!.end();
  await turn();
  assert.deepEqual(requests[1]!.items, [3]);
});

test('a request that fails fails for those in it, and for no one else', async () => {
  const { requests, waits, ask } = createStand();
  const failed = Promise.allSettled([ask(1), ask(2)]);
  await turn();
  const good = ask(3);
  waits[0]!.end();
  await turn();
  requests[0]!.fail(new Error('gone'));
  requests[1]!.answer();
  assert.deepEqual(
    (await failed).map((result) => result.status),
    ['rejected', 'rejected'],
  );
  assert.equal(await good, 'answer 3');
});

test('requests leave further apart where blocks do', () => {
  let nowMs = 0;
  const pace = createPace(() => nowMs);
  const blocks = (everyMs: number) => {
    for (let i = 0; i < 12; i++) {
      nowMs += everyMs;
      pace.beat();
    }
    return Math.round(pace.apartMs());
  };
  assert.equal(pace.apartMs(), 5);
  assert.equal(blocks(1_000), 20);
  assert.equal(blocks(400), 8);
  assert.equal(blocks(10), 2);
  assert.equal(blocks(12_000), 20);
});
