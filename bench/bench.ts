/** What every figure is given, and how sides take turns. */
import type { Load, Outcome } from './load.ts';
import type { Caller } from './payments.ts';
import type { Side, TestChain } from './side.ts';
import { type Measured, measured, median, type Row } from './table.ts';

export interface Bench {
  load: Load;
  runs: number;
  /** 1, or less to measure less each time. */
  scale: number;
}

/** The sides, running beside each other, for the figures that compare them under load. */
export interface Beside extends Bench {
  /** Ours may be missing: then only the peers are measured. */
  sides: { ours?: Side; reference: Side; tuned: Side };
  /** With no server beside it. */
  bareChain: TestChain;
  /** 256 of them, funded on every chain. */
  callers: Caller[];
}

export type Figure<Given extends Bench = Bench> = (bench: Given) => Promise<Row[]>;

/** Measures once; `share` of a full measurement is 1 or less. */
export type Measure = (share: number) => Promise<Outcome>;

/** Measures each in turn, `runs` times, after one short turn that does not count; who begins changes from run to run. */
export async function takeTurns<Name extends string>(
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

/** The rates of several runs as one figure. */
export const summarised = (outcomes: Outcome[]): Measured =>
  measured(
    outcomes.map(({ perSecond }) => perSecond),
    {
      p50Ms: median(outcomes.map(({ p50Ms }) => p50Ms)),
      failed: outcomes.reduce((sum, { failed }) => sum + failed, 0),
      cores: medianCores(outcomes),
    },
  );

function medianCores(outcomes: Outcome[]): Measured['cores'] {
  const counted = outcomes.flatMap(({ cores }) => (cores ? [cores] : []));
  if (counted.length === 0) return undefined;
  const names = Object.keys(counted[0]!);
  return Object.fromEntries(names.map((name) => [name, median(counted.map((cores) => cores[name] ?? 0))]));
}
