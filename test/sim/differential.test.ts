/** The memory versions are worth what they have in common with Postgres: the same random calls, the same answers, the same rows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Purchase } from '../../src/door/ledger.ts';
import { nothingKnown } from './call.ts';
import { firstCall, nextCall } from './calls.ts';
import { createRandom } from './random.ts';
import { memoryVersion, postgresVersion, type Rows, type Version } from './versions.ts';

const sequences = Number(process.env.POSTERN_TEST_SEQUENCES ?? 200);
const callsEach = 80;
/** Among them what the statements compare with, to the millisecond. */
const stepsMs = [1, 1, 1, 1, 1, 700, 1_000, 4_000, 5_000];
const startMs = Date.UTC(2026, 10, 24);

test(`${sequences} sequences of random calls: both versions give the same answers and keep the same rows`, async () => {
  const versions: Version[] = [await memoryVersion(), await postgresVersion()];
  for (let seed = 1; seed <= sequences; seed++) await compare(versions, seed);
});

async function compare(versions: readonly Version[], seed: number): Promise<void> {
  const random = createRandom(seed);
  const known = nothingKnown();
  const history: string[] = [];
  let now = startMs;
  const same = (values: readonly unknown[]) => {
    if (!isDeepStrictEqual(values[0], values[1]))
      assert.deepStrictEqual(values[1], values[0], `seed ${seed} differs:\n${history.join('\n')}`);
  };
  await Promise.all(versions.map((version) => version.reset()));
  for (let i = 0; i < callsEach; i++) {
    // No two rows of one moment: Postgres gives those in any order.
    now += random.pick(stepsMs);
    const call = i === 0 ? firstCall : nextCall(random, known);
    history.push(`${now - startMs} ms: ${call.text}`);
    const answers = await Promise.all(
      versions.map(async (version) => {
        await version.setTime(now);
        return answerOf(call.make(version));
      }),
    );
    same(answers);
    known.seen.push(...purchasesIn(answers[0]));
    // Others look again too.
    if (random.chance(0.4)) known.seen.push(...((await versions[0]!.rows()).claims as Purchase[]));
  }
  same(await Promise.all(versions.map((version) => version.hints())));
  same(await Promise.all(versions.map(async (version) => sorted(await version.rows()))));
}

interface Answer {
  value?: unknown;
  failed?: boolean;
}

/** That it failed is compared, not the words. */
const answerOf = (answer: Promise<unknown>): Promise<Answer> =>
  answer.then(
    (value) => ({ value: Array.isArray(value) ? byText(value) : plain(value) }),
    () => ({ failed: true }),
  );

const plain = (value: unknown): unknown => (value === undefined ? undefined : structuredClone(value));
const textOf = (value: unknown) =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item));
const byText = (items: readonly unknown[]) =>
  items.map(plain).sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));

const sorted = (rows: Rows) =>
  Object.fromEntries(Object.entries(rows).map(([name, items]) => [name, byText(items)]));

const purchasesIn = (answer: Answer | undefined): Purchase[] =>
  [answer?.value, (answer?.value as { purchase?: Purchase } | undefined)?.purchase]
    .flat()
    .filter(
      (item): item is Purchase =>
        typeof item === 'object' && item !== null && 'fence' in item && 'callHash' in item,
    );
