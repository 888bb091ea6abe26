/** What is measured. Each figure gives rows of the table; sides take turns within each run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateKeyAccount } from 'viem/accounts';
import { withSecondBlocks } from './chain.ts';
import type { Job, Load, Outcome } from './load.ts';
import { oursAt, startPostern, toolCall } from './ours.ts';
import { bareTransfers, fundedCallers, paidCalls } from './payments.ts';
import { residentBytes, startServer } from './process.ts';
import type { HttpCall, Side, TestChain } from './side.ts';
import { type Measured, measured, median, type Row } from './table.ts';

export interface Bench {
  /** Ours may be missing: then only the peers are measured. */
  sides: { ours?: Side; reference: Side; tuned: Side };
  /** With no server beside it. */
  bareChain: TestChain;
  load: Load;
  /** 32 of them, funded on every chain. */
  callers: PrivateKeyAccount[];
  runs: number;
  /** 1, or less to measure less each time. */
  scale: number;
}

type Measure = (share: number) => Promise<Outcome>;

/** 402 challenges per second, 16 connections. */
export async function challenges({ sides, load, ...bench }: Bench): Promise<Row[]> {
  const flood =
    (call: HttpCall): Measure =>
    (share) =>
      load.run({
        kind: 'flood',
        call,
        connections: 16,
        status: 402,
        until: { seconds: Math.ceil(4 * share) },
      });
  const { ours, reference } = sides;
  const bare = await startBareServer(ours ?? reference);
  try {
    const { ceiling, ...rates } = await takeTurns(bench, {
      reference: flood(reference.call),
      ours: ours && flood(ours.call),
      ceiling: flood({ ...reference.call, url: bare.address }),
    });
    const what = `node:http alone with one fixed answer of ${bare.headerLength} characters, same generator`;
    const target = { timesReference: 2 };
    return [
      { figure: '402 challenges', unit: '/s', ...rates, target, ceiling: { value: ceiling!.median, what } },
    ];
  } finally {
    await bare.stop();
  }
}

/** Paid calls per second with a block per transaction, at concurrency 1 and 16. */
export async function paid({ sides, bareChain, load, callers, ...bench }: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [concurrency, each] of [
    [1, 60],
    [16, 12],
  ] as const) {
    const some = callers.slice(0, concurrency);
    const pay =
      (side: Side): Measure =>
      async (share) =>
        load.run({
          kind: 'rows',
          rows: await paidCalls(side, some, Math.ceil(each * share)),
          expect: 'settled',
        });
    const { ceiling, ...rates } = await takeTurns(bench, {
      reference: pay(sides.reference),
      tuned: pay(sides.tuned),
      ours: sides.ours && pay(sides.ours),
      ceiling: async (share) => {
        const transfers = await bareTransfers(sides.reference, bareChain, some, Math.ceil(each * share));
        return load.run({ kind: 'rows', rows: transfers, expect: 'mined' });
      },
    });
    const what =
      'the chain alone: the same authorizations as signed transactions, one payment each, straight to anvil';
    rows.push({
      figure: `paid calls, ${concurrency} at once`,
      unit: '/s',
      ...rates,
      target: { timesReference: 2 },
      ceiling: { value: ceiling!.median, what },
    });
  }
  return rows;
}

/** Paid calls per second of 32 callers with a block each second. */
export async function blocks({ sides, load, callers, ...bench }: Bench): Promise<Row[]> {
  const pay =
    (side: Side): Measure =>
    async (share) => {
      const rows = await paidCalls(side, callers, Math.ceil(8 * share));
      return withSecondBlocks(side.rpcUrl, () => load.run({ kind: 'rows', rows, expect: 'settled' }));
    };
  const rates = await takeTurns(bench, {
    reference: pay(sides.reference),
    tuned: pay(sides.tuned),
    ours: sides.ours && pay(sides.ours),
  });
  const what = `one call in flight per wallet and block: ${callers.length} wallets, 1 s`;
  const target = { timesReference: 1.2 };
  const ceiling = { value: callers.length, what };
  return [
    { figure: `paid calls, ${callers.length} at once, 1 s blocks`, unit: '/s', ...rates, target, ceiling },
  ];
}

/** Resident memory of our server process after 10,000 calls: 8,000 unpaid, 1,800 searches, 200 paid. */
export async function memory({ sides, load, runs, scale }: Bench): Promise<Row[]> {
  const megabytes: number[] = [];
  if (!sides.ours) return [];
  for (let run = 0; run < runs; run += 1) {
    await onFreshFolder(async (folder) => {
      const server = await startPostern(folder);
      try {
        const side = await oursAt(server);
        const callers = await fundedCallers(4, [side]);
        const search = toolCall(server, 'search_kb', { query: 'refund' });
        await mustDeliver(search);
        const jobs: Job[] = [
          { kind: 'flood', call: side.call, connections: 16, status: 402, until: { calls: 8000 * scale } },
          { kind: 'flood', call: search, connections: 16, status: 200, until: { calls: 1800 * scale } },
          { kind: 'rows', rows: await paidCalls(side, callers, 50 * scale), expect: 'settled' },
        ];
        for (const job of jobs) {
          const { failed, failure } = await load.run(job);
          if (failed > 0) throw new Error(`memory: ${failed} calls failed, such as ${failure}`);
        }
        megabytes.push(residentBytes(server.pid) / 1e6);
      } finally {
        await server.stop();
      }
    });
  }
  const figure = `memory after ${10_000 * scale} calls (80% unpaid, 18% read, 2% paid)`;
  return [{ figure, unit: 'MB', ours: measured(megabytes), target: { below: 250 } }];
}

/** From spawn to the ready line, on a fresh data folder and on the same again. */
export async function ready({ sides, runs }: Bench): Promise<Row[]> {
  const fresh: number[] = [];
  const existing: number[] = [];
  if (!sides.ours) return [];
  for (let run = 0; run < runs; run += 1) {
    await onFreshFolder(async (folder) => {
      for (const seconds of [fresh, existing]) {
        const server = await startPostern(folder);
        await server.stop();
        seconds.push(server.readyMs / 1000);
      }
    });
  }
  return [
    { figure: 'ready on a fresh data folder', unit: 's', ours: measured(fresh), target: { below: 8 } },
    { figure: 'ready on an existing one', unit: 's', ours: measured(existing), target: { below: 3 } },
  ];
}

/** Measures each in turn, `runs` times, after one short turn that does not count; who begins changes from run to run. */
async function takeTurns<Name extends string>(
  { runs, scale }: Pick<Bench, 'runs' | 'scale'>,
  measures: Record<Name, Measure | undefined>,
): Promise<Partial<Record<Name, Measured>>> {
  const turns = Object.entries<Measure | undefined>(measures).flatMap(([name, measure]) =>
    measure ? [{ name, measure, outcomes: [] as Outcome[] }] : [],
  );
  for (const { measure } of turns) await measure(0.25 * scale);
  for (let run = 0; run < runs; run += 1) {
    for (let turn = 0; turn < turns.length; turn += 1) {
      const { name, measure, outcomes } = turns[(run + turn) % turns.length]!;
      const outcome = await measure(scale);
      if (outcome.failed > 0) console.error(`${name}: ${outcome.failed} failed, such as ${outcome.failure}`);
      outcomes.push(outcome);
    }
  }
  const summary = turns.map(({ name, outcomes }) => [name, summarised(outcomes)]);
  return Object.fromEntries(summary) as Partial<Record<Name, Measured>>;
}

const summarised = (outcomes: Outcome[]): Measured =>
  measured(
    outcomes.map(({ perSecond }) => perSecond),
    {
      p50Ms: median(outcomes.map(({ p50Ms }) => p50Ms)),
      failed: outcomes.reduce((sum, { failed }) => sum + failed, 0),
    },
  );

async function startBareServer(side: Side) {
  const challenge = await fetch(side.call.url, { method: 'POST', ...side.call });
  const headerLength = challenge.headers.get('payment-required')!.length;
  const server = await startServer(
    join(import.meta.dirname, 'bare-server.ts'),
    'The bare server is ready on',
    {
      args: [String(headerLength)],
    },
  );
  return { ...server, headerLength };
}

async function onFreshFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function mustDeliver(call: HttpCall): Promise<void> {
  const response = await fetch(call.url, { method: 'POST', ...call });
  const answer = (await response.json()) as { result?: { isError?: boolean } };
  if (!answer.result || answer.result.isError) throw new Error(`not delivered: ${JSON.stringify(answer)}`);
}
