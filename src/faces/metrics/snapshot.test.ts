import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent } from '../../../test/harness.ts';
import type { Treasury } from '../../door/treasury.ts';
import { sleep } from '../../kernel/time.ts';
import { createSnapshot } from './snapshot.ts';

/** A clock by hand; what waits for it waits for ever, so that only what is read ends a wait. */
function byHand() {
  const time = { ms: 1_000, now: () => time.ms, sleep: () => new Promise<void>(() => {}) };
  return time;
}

const treasury = (at: string): Treasury => ({ at, networks: [], workspaces: [], alerts: [] });

test('it is read once for all who ask at a time, and again when it is old', async () => {
  const time = byHand();
  let reads = 0;
  const snapshot = createSnapshot(async () => treasury(String(++reads)), time, silent);
  const [one, two] = await Promise.all([snapshot(), snapshot()]);
  assert.equal(one!.treasury.at, '1');
  assert.equal(two!.treasury, one!.treasury);
  time.ms += 4_000;
  assert.deepEqual(await snapshot(), { treasury: treasury('1'), ageSeconds: 4 });
  time.ms += 2_000;
  assert.deepEqual(await snapshot(), { treasury: treasury('2'), ageSeconds: 0 });
});

test('the longer a reading takes, the longer it is shown', async () => {
  const time = byHand();
  let reads = 0;
  const snapshot = createSnapshot(
    async () => {
      time.ms += 2_000;
      return treasury(String(++reads));
    },
    time,
    silent,
  );
  await snapshot();
  time.ms += 39_000;
  assert.equal((await snapshot())!.treasury.at, '1');
  time.ms += 2_000;
  assert.equal((await snapshot())!.treasury.at, '2');
});

test('a reading that fails leaves the last one', async () => {
  const time = byHand();
  let broken = true;
  const read = async () => {
    if (broken) throw new Error('the database is away');
    return treasury('1');
  };
  const snapshot = createSnapshot(read, time, silent);
  assert.equal(await snapshot(), undefined);
  broken = false;
  time.ms += 6_000;
  assert.equal((await snapshot())!.treasury.at, '1');
  broken = true;
  time.ms += 6_000;
  assert.deepEqual(await snapshot(), { treasury: treasury('1'), ageSeconds: 6 });
});

test('who scrapes does not wait for a reading that hangs', async () => {
  let waited = 0;
  const time = {
    now: () => 1_000,
    async sleep(ms: number) {
      waited = ms;
      await sleep(1);
    },
  };
  const snapshot = createSnapshot(() => new Promise<Treasury>(() => {}), time, silent);
  assert.equal(await snapshot(), undefined);
  assert.equal(waited, 4_000);
});
