import type { Cores } from './cpu.ts';

/** A figure of one stack: the median over the runs, and the runs themselves. */
export interface Measured {
  median: number;
  runs: number[];
  /** Median latency of a call, where calls were made. */
  p50Ms?: number;
  /** Calls that were not answered as they should have been, over all runs; they never count towards a rate. */
  failed?: number;
  /** Cores that each process kept busy under load. */
  cores?: Cores | undefined;
}

/** One line of the table. */
export interface Row {
  figure: string;
  unit: string;
  ours?: Measured;
  /** The reference stack, or what `beside` says. */
  reference?: Measured;
  /** The reference with its receipt polling tuned, or what `beside` says; shown beside, and no part of the aim. */
  tuned?: Measured;
  /** What stands in the columns of the reference, where that is something else. */
  beside?: string;
  /** None where a figure is only told. */
  aim?: Aim;
  /** What no server could pass, and why; absent where there is no such thing. */
  ceiling?: { value: number; what: string };
  /** Lines that belong under the table. */
  notes?: string[];
}

/** What is to be reached: a multiple of the reference or more, a fraction of it or less, or less than a value. */
export type Aim = { timesReference: number } | { atMostTimesReference: number } | { below: number };

export function measured(runs: number[], more: Pick<Measured, 'p50Ms' | 'failed' | 'cores'> = {}): Measured {
  return { median: median(runs), runs, ...more };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A row with what follows from it: the ratios, and whether the aim is met (null without an aim, or while a side is missing). */
export function judged(row: Row) {
  const { ours, reference, tuned } = row;
  const ratio = ours && reference ? ours.median / reference.median : null;
  const tunedRatio = ours && tuned ? ours.median / tuned.median : null;
  return { ...row, ratio, tunedRatio, met: met(row, ratio) };
}

function met({ ours, aim }: Row, ratio: number | null): boolean | null {
  if (!ours || !aim) return null;
  if ('below' in aim) return ours.median < aim.below;
  if (ratio === null) return null;
  return 'timesReference' in aim ? ratio >= aim.timesReference : ratio <= aim.atMostTimesReference;
}

const head = ['figure', 'ours', 'reference', 'ratio', 'tuned ref.', 'ratio', 'aim', 'ceiling', 'p50 ms', ''];

/** The rows as text in columns, and under them what each ceiling is and who was busy. */
export function table(rows: Row[]): string {
  const lines = [head, ...rows.map(cells)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => align(cell, widths[column]!, column))
      .join('  ')
      .trimEnd(),
  );
  return [...text, ...rows.flatMap(explained)].join('\n');
}

function explained({ figure, beside, ceiling, notes = [], ...row }: Row): string[] {
  const busy = (['ours', 'reference', 'tuned'] as const).flatMap((side) => {
    const cores = row[side]?.cores;
    return cores ? [`cores busy, ${side}: ${coresAsText(cores)}`] : [];
  });
  const lines = [
    ...(beside ? [`beside it: ${beside}`] : []),
    ...(ceiling ? [`ceiling: ${ceiling.what}`] : []),
    ...busy,
    ...notes,
  ];
  return lines.length > 0 ? ['', figure, ...lines.map((line) => `  ${line}`)] : [];
}

/** Such as `server 0.93, postgres 0.41`. */
export const coresAsText = (cores: Cores): string =>
  Object.entries(cores)
    .map(([name, busy]) => `${name} ${busy.toFixed(2)}`)
    .join(', ');

function cells(row: Row): string[] {
  const { ours, reference, tuned, ceiling } = row;
  const { ratio, tunedRatio, met } = judged(row);
  const failed = (ours?.failed ?? 0) + (reference?.failed ?? 0) + (tuned?.failed ?? 0);
  const latencies = [ours, reference, tuned].map((side) =>
    side?.p50Ms === undefined ? '-' : round(side.p50Ms),
  );
  return [
    `${row.figure}, ${row.unit}`,
    round(ours?.median),
    round(reference?.median),
    times(ratio),
    round(tuned?.median),
    times(tunedRatio),
    aimAsText(row.aim),
    round(ceiling?.value),
    latencies.every((latency) => latency === '-') ? '-' : latencies.join(' / '),
    [met === null ? '' : met ? 'met' : 'missed', failed > 0 ? `(${failed} failed)` : ''].join(' ').trim(),
  ];
}

/** Such as `8x`. */
export function aimAsText(aim: Aim | undefined): string {
  if (!aim) return '-';
  if ('below' in aim) return `< ${aim.below}`;
  return 'timesReference' in aim ? `${aim.timesReference}x` : `<= ${aim.atMostTimesReference}x`;
}

const align = (cell: string, width: number, column: number): string =>
  column === 0 || column === 9 ? cell.padEnd(width) : cell.padStart(width);

/** Such as `3.36x`. */
export const times = (ratio: number | null): string => (ratio === null ? '-' : `${ratio.toFixed(2)}x`);

/** Three digits that count, whatever the size. */
export function round(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}
