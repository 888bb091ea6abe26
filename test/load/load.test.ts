/**
 * Two hundred wallets at once, most of them good and many not: no invariant broken, no 5xx, memory flat.
 * `npm run load -- --minutes 3 --wallets 200` is the long run; without arguments, the short one.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseArgs } from 'node:util';
import type { LocalAccount } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { sleep } from '../../src/kernel/time.ts';
import type { Intention } from '../crash/agents.ts';
import { checkBooks, settleDown } from '../crash/check.ts';
import {
  type Accept,
  type Ground,
  signPayment,
  startGround,
  startSecondProcess,
  termsOf,
} from '../postern.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '0.3' },
    wallets: { type: 'string', default: '60' },
  },
  strict: false,
});
const durationMs = Number(values.minutes) * 60_000;

interface Load {
  url: string;
  terms: Accept;
  intentions: Intention[];
  /** Milliseconds of every call, by what it was and how it ended. */
  times: Map<string, number[]>;
}

/** What the wallets do, in the shares in which they stand here. */
const manners = {
  buys: 5,
  replays: 1,
  'asks for another call': 1,
  'has no money': 1,
  'sends garbage': 1,
  'signs badly': 1,
};
type Manner = keyof typeof manners;
const shares = Object.entries(manners).flatMap(([name, share]) => Array<Manner>(share).fill(name as Manner));

test('a mixed crowd breaks no invariant, meets no 5xx and leaves the memory flat', {
  timeout: durationMs + 240_000,
}, async () => {
  const ground = await startGround();
  const server = await startSecondProcess(ground);
  const terms = await termsOf(server.url, 'create_ticket', { subject: 'Terms', body: 'Please.' });
  const load: Load = { url: server.url, terms, intentions: [], times: new Map() };
  const crowd = await gather(ground, Number(values.wallets));

  const end = performance.now() + durationMs;
  const memory: { ms: number; megabytes: number }[] = [];
  const sampling = (async () => {
    while (performance.now() < end) {
      memory.push({ ms: performance.now(), megabytes: await residentMegabytes(server.process.pid!) });
      await sleep(Math.min(2_000, durationMs / 20));
    }
  })();
  await Promise.all(
    crowd.map(async ({ wallet, manner }, i) => {
      await sleep(i * 10);
      for (let n = 1; performance.now() < end; n++) {
        await acts[manner](wallet, load, n);
        await sleep(200 + (i % 7) * 100);
      }
    }),
  );
  await sampling;

  await settleDown(ground.db, 30);
  const states = await checkBooks(ground.db, ground, load.intentions);
  const growth = growthOf(memory);
  report(load, states, memory, growth);
  const bad = [...load.times.keys()].filter((kind) => /: 5\d\d/.test(kind));
  assert.deepEqual(bad, [], 'answers of 5xx');
  // The second half of the run, against the first quarter's end: what grows with the calls would show. A run of seconds
  // still sees the heap find its size (up to 41% on a busy machine, 14% in a run of 72 s), so it tells only a flood.
  assert.ok(growth < (durationMs < 60_000 ? 0.6 : 0.25), `memory grew by ${Math.round(growth * 100)}%`);
});

async function gather(ground: Ground, count: number) {
  const crowd: { wallet: LocalAccount; manner: Manner }[] = [];
  for (let i = 0; i < count; i++) {
    const manner = shares[i % shares.length]!;
    const wallet =
      manner === 'has no money' ? privateKeyToAccount(generatePrivateKey()) : await ground.fundedWallet();
    crowd.push({ wallet, manner });
  }
  return crowd;
}

const subjectOf = (wallet: LocalAccount, n: number) => `${wallet.address.toLowerCase()} wants ${n}`;

const acts: Record<Manner, (wallet: LocalAccount, load: Load, n: number) => Promise<void>> = {
  async buys(wallet, load, n) {
    await buy(wallet, load, n);
  },

  async replays(wallet, load, n) {
    const payment = await buy(wallet, load, n);
    const again = await Promise.all(
      [1, 2, 3].map(() => call(load, 'replays', subjectOf(wallet, n), payment)),
    );
    for (const status of again)
      assert.ok(status === 200 || status === 429, `a replay was answered ${status}`);
  },

  async 'asks for another call'(wallet, load, n) {
    const payment = await buy(wallet, load, n);
    const status = await call(load, 'asks for another call', `${subjectOf(wallet, n)} and more`, payment);
    assert.ok(status === 409 || status === 429, `another call for the same payment was answered ${status}`);
  },

  async 'has no money'(wallet, load, n) {
    const status = await call(
      load,
      'has no money',
      subjectOf(wallet, n),
      await signPayment(wallet, load.terms),
    );
    assert.ok(status === 402 || status === 429, `a payment without money was answered ${status}`);
  },

  async 'sends garbage'(wallet, load, n) {
    const headers = [
      '{',
      'bm90IGpzb24=',
      Buffer.from('{"x402Version":2}').toString('base64'),
      'a'.repeat(9_000),
    ];
    const status = await call(load, 'sends garbage', subjectOf(wallet, n), headers[n % headers.length]!);
    assert.ok([400, 402, 429, 431].includes(status), `garbage was answered ${status}`);
  },

  async 'signs badly'(wallet, load, n) {
    const bent = await signPayment(wallet, load.terms, { authorization: { value: '1' } });
    const status = await call(load, 'signs badly', subjectOf(wallet, n), bent);
    assert.ok(status === 402 || status === 429, `a bad signature was answered ${status}`);
  },
};

/** One ticket, paid for once, asked for again until it is there. */
async function buy(wallet: LocalAccount, load: Load, n: number): Promise<string> {
  const nonce = generatePrivateKey();
  const payment = await signPayment(wallet, load.terms, { signed: { nonce } });
  const answers: Intention['payments'][number]['answers'] = [];
  const subject = subjectOf(wallet, n);
  load.intentions.push({
    subject,
    manner: 'patient',
    payer: wallet.address.toLowerCase(),
    payments: [{ nonce, answers }],
  });
  for (let attempt = 0; attempt < 10; attempt++) {
    const status = await call(load, 'buys', subject, payment);
    answers.push(status === 200 ? 'delivered' : status === 202 ? 'pending' : 'broken');
    if (status === 200) return payment;
    assert.equal(status, 202, `a good payment was answered ${status}`);
    await sleep(500);
  }
  assert.fail(`${subject} was not delivered`);
}

/** @returns the status. */
async function call(load: Load, kind: string, subject: string, payment: string): Promise<number> {
  const startedMs = performance.now();
  const response = await fetch(`${load.url}/api/x402/tools/acme/create_ticket`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'PAYMENT-SIGNATURE': payment },
    body: JSON.stringify({ subject, body: 'One of many.' }),
  });
  await response.arrayBuffer();
  const key = `${kind}: ${response.status}`;
  const times = load.times.get(key) ?? [];
  times.push(performance.now() - startedMs);
  load.times.set(key, times);
  return response.status;
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** By how much the last quarter's median lies above the second's: the first is the warming up. */
function growthOf(memory: readonly { megabytes: number }[]): number {
  const quarter = Math.floor(memory.length / 4);
  const of = (from: number) => median(memory.slice(from, from + quarter).map(({ megabytes }) => megabytes));
  return of(memory.length - quarter) / of(quarter) - 1;
}

function report(
  load: Load,
  states: Record<string, number>,
  memory: readonly { megabytes: number }[],
  growth: number,
): void {
  const at = (times: number[], share: number) =>
    Math.round(
      times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))]!,
    );
  for (const [kind, times] of [...load.times].sort())
    console.log(
      `${kind.padEnd(28)} ${times.length} calls, p50 ${at(times, 0.5)} ms, p95 ${at(times, 0.95)} ms`,
    );
  console.log(`purchases ${JSON.stringify(states)}`);
  const last = memory.at(-1)!.megabytes;
  console.log(`memory ${last.toFixed(0)} MB, ${(growth * 100).toFixed(1)}% over the second half`);
}
