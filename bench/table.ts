/** A figure of one stack: the median over the runs, and the runs themselves. */
export interface Measured {
  median: number;
  runs: number[];
  /** Median latency of a call, where calls were made. */
  p50Ms?: number;
  /** Calls that were not answered as they should have been, over all runs; they never count towards a rate. */
  failed?: number;
}

/** One line of the table. */
export interface Row {
  figure: string;
  unit: string;
  ours?: Measured;
  reference?: Measured;
  /** The reference with its receipt polling tuned; shown beside, and no part of the target. */
  tuned?: Measured;
  target: { timesReference: number } | { below: number };
  /** What no server could pass, and why; absent where there is no such thing. */
  ceiling?: { value: number; what: string };
}

export function measured(runs: number[], more: Pick<Measured, 'p50Ms' | 'failed'> = {}): Measured {
  return { median: median(runs), runs, ...more };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A row with what follows from it: the ratios, and whether the target is met (null while a side is missing). */
export function judged(row: Row) {
  const { ours, reference, tuned, target } = row;
  const ratio = ours && reference ? ours.median / reference.median : null;
  const tunedRatio = ours && tuned ? ours.median / tuned.median : null;
  if (!ours) return { ...row, ratio, tunedRatio, met: null };
  if ('below' in target) return { ...row, ratio, tunedRatio, met: ours.median < target.below };
  return { ...row, ratio, tunedRatio, met: ratio === null ? null : ratio >= target.timesReference };
}

/** The rows as text in columns, and under them what each ceiling is. */
export function table(rows: Row[]): string {
  const head = [
    'figure',
    'ours',
    'reference',
    'ratio',
    'tuned ref.',
    'ratio',
    'target',
    'ceiling',
    'p50 ms',
    '',
  ];
  const lines = [head, ...rows.map(cells)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => align(cell, widths[column]!, column))
      .join('  ')
      .trimEnd(),
  );
  const ceilings = rows.flatMap(({ figure, ceiling }) =>
    ceiling ? [`ceiling of ${figure}: ${ceiling.what}`] : [],
  );
  return [...text, '', ...ceilings].join('\n');
}

function cells(row: Row): string[] {
  const { ours, reference, tuned, target, ceiling } = row;
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
    'below' in target ? `< ${target.below}` : `${target.timesReference}x`,
    round(ceiling?.value),
    latencies.every((latency) => latency === '-') ? '-' : latencies.join(' / '),
    [met === null ? '' : met ? 'met' : 'missed', failed > 0 ? `(${failed} failed)` : ''].join(' ').trim(),
  ];
}

const align = (cell: string, width: number, column: number): string =>
  column === 0 || column === 9 ? cell.padEnd(width) : cell.padStart(width);

const times = (ratio: number | null): string => (ratio === null ? '-' : `${ratio.toFixed(2)}x`);

function round(value: number | undefined): string {
  if (value === undefined) return '-';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}
