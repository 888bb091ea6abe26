import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent } from '../../../test/harness.ts';
import type { Block, Chain } from '../../chains/chain.ts';
import { RpcUnavailable } from '../../chains/evm/rpc.ts';
import { createPulse, silentMs } from './pulse.ts';

const block = (number: bigint): Block => ({ number, timestamp: 1_000n + number, baseFeeWei: 1n });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A node that tells and answers what the test says, and a clock that the test sets. */
function createStand({ announces = true } = {}) {
  const stand = {
    nowMs: 0,
    latest: block(1n),
    polls: 0,
    subscriptions: 0,
    /** Announces a block. */
    tell: (_head: Block) => {},
    sleeps: [] as { ms: number; end: () => void }[],
  };
  const chain: Pick<Chain, 'head' | 'follow'> = {
    async head() {
      stand.polls++;
      return { ...stand.latest };
    },
    follow(tell, signal) {
      stand.subscriptions++;
      if (!announces) return Promise.reject(new RpcUnavailable('announces nothing'));
      stand.tell = tell;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  };
  const time = {
    now: () => stand.nowMs,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((end) => {
        stand.sleeps.push({ ms, end });
        signal?.addEventListener('abort', () => end());
      }),
  };
  const pulse = createPulse(chain, time, silent);
  return Object.assign(stand, { pulse });
}

test('what is announced is not asked for, until it falls silent', async (t) => {
  const stand = createStand();
  const { pulse } = stand;
  const stop = new AbortController();
  t.after(() => stop.abort());
  let rung = 0;
  void pulse.listen(() => rung++, stop.signal);
  assert.equal(pulse.announced(), false, 'granted, but nothing announced yet');
  stand.tell(block(5n));
  assert.equal(rung, 1);
  assert.deepEqual([pulse.announced(), (await pulse.current()).number, stand.polls], [true, 5n, 0]);
  stand.nowMs = silentMs;
  stand.latest = block(5n);
  assert.equal(pulse.announced(), false);
  assert.equal(await pulse.current(), pulse.head());
  assert.equal(stand.polls, 1);
  // Rest, not silence: the node had nothing to tell.
  assert.equal(pulse.announced(), true);
  assert.equal(stand.subscriptions, 1);
});

test('a subscription that missed a block is given up, and taken anew', async (t) => {
  const stand = createStand();
  const stop = new AbortController();
  t.after(() => stop.abort());
  void stand.pulse.listen(() => {}, stop.signal);
  stand.tell(block(5n));
  stand.nowMs = silentMs;
  stand.latest = block(7n);
  assert.equal((await stand.pulse.current()).number, 7n);
  await turn();
  assert.equal(stand.pulse.announced(), false);
  assert.equal(stand.sleeps[0]!.ms, 1_000);
  stand.sleeps[0]!.end();
  await turn();
  assert.equal(stand.subscriptions, 2);
  stand.tell(block(8n));
  assert.equal(stand.pulse.announced(), true);
});

test('a node that announces nothing is asked each time, and about its announcements rarely', async (t) => {
  const stand = createStand({ announces: false });
  const stop = new AbortController();
  t.after(() => stop.abort());
  void stand.pulse.listen(() => {}, stop.signal);
  await turn();
  assert.equal(stand.sleeps[0]!.ms, 60_000);
  const first = await stand.pulse.current();
  assert.equal(await stand.pulse.current(), first, 'the same block is the same object');
  stand.latest = block(2n);
  assert.notEqual(await stand.pulse.current(), first);
  assert.equal(stand.polls, 3);
});

test('a block announced again is news: another took its place', async (t) => {
  const stand = createStand();
  const stop = new AbortController();
  t.after(() => stop.abort());
  void stand.pulse.listen(() => {}, stop.signal);
  stand.tell(block(5n));
  const first = stand.pulse.head();
  stand.tell(block(5n));
  assert.notEqual(stand.pulse.head(), first);
});
