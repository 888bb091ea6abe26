import type { Defect } from '../planting.ts';

/** A line that keeps a promise, what stands in its place without it, and the test that fails then. */
export interface Mutant extends Defect {
  test: string;
  /** Begins the name of the test that must fail. */
  named: string;
}

/** What is promised, and the lines that keep it. */
export interface Kept {
  /** `12. no one reads what they did not pay for`: what stands before the first `. ` or `: ` names it for short. */
  promise: string;
  lines: readonly Mutant[];
}
