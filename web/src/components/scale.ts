/** What is reckoned before a plot is drawn. */

/** Where a scale from nothing ends: a round number that is no smaller. */
export function niceTop(value: number): number {
  if (value <= 0) return 1;
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((step) => step * ten).find((top) => top >= value) ?? value;
}

/** Runs of places that have a value: `[[0, 1], [3]]`. Between them a line is broken. */
export function runsOf(values: readonly (number | null)[]): number[][] {
  const runs: number[][] = [];
  for (const [at, value] of values.entries()) {
    if (value === null) continue;
    const last = runs.at(-1);
    if (last?.at(-1) === at - 1) last.push(at);
    else runs.push([at]);
  }
  return runs;
}
