/** What was done in this window and can be taken back, in the order in which it was asked for. */

/** Called once the server agreed: what is said of it, and what takes it back. */
export type Done = (text: string, undo: () => Promise<unknown>) => void;

/** One thing that was asked for; nothing can be taken back of it before it `settled`. */
export interface Change {
  text?: string;
  undo?: () => Promise<unknown>;
  settled: Promise<unknown>;
}

/** So many are remembered. */
const most = 50;
let changes: readonly Change[] = [];

/** Takes its place at once, however late the answer comes. What can not be taken back in the end leaves it again. */
export function begin<T>(work: (done: Done) => Promise<T>, said: (change: Change) => void): Promise<T> {
  const change: Change = { settled: Promise.resolve() };
  changes = [...changes, change].slice(-most);
  const run = work((text, undo) => {
    Object.assign(change, { text, undo });
    said(change);
  });
  const ended = () => {
    if (!change.undo) take(change);
  };
  change.settled = run.then(ended, ended);
  return run;
}

/** Takes out the last one, or this one. @returns none if there is none */
export function take(which: Change | undefined = changes.at(-1)): Change | undefined {
  if (!which || !changes.includes(which)) return undefined;
  changes = changes.filter((one) => one !== which);
  return which;
}
