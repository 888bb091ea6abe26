/** Who uses the machine's cores while something is measured. Linux only: elsewhere nothing is told. */
import { readdirSync, readFileSync } from 'node:fs';

/** Processes by what they do; each stands for itself and its descendants, but for those that another name has. */
export type Crew = Record<string, number>;

/** Cores that each of the crew kept busy, such as 0.93. */
export type Cores = Record<string, number>;

/** Starts to count. @returns what ends the count. */
export function countCores(crew: Crew): () => Cores | undefined {
  if (process.platform !== 'linux') return () => undefined;
  const before = ticksOf(crew);
  const startedMs = performance.now();
  return () => {
    const seconds = (performance.now() - startedMs) / 1000;
    const after = ticksOf(crew);
    return Object.fromEntries(
      Object.keys(crew).map((name) => [name, (after[name]! - before[name]!) / ticksPerSecond / seconds]),
    );
  };
}

/** As every Linux that Node runs on has it. */
const ticksPerSecond = 100;

/** The parent of a running process. */
export const parentOf = (pid: number): number => readStat(pid)!.parent;

/** Children of a process that run this program. */
export const childrenNamed = (pid: number, program: string): number[] =>
  [...processTable()].flatMap(([child, { parent, name }]) =>
    parent === pid && name === program ? [child] : [],
  );

function ticksOf(crew: Crew): Record<string, number> {
  const table = processTable();
  const nameOfPid = new Map(Object.entries(crew).map(([name, pid]) => [pid, name]));
  const ticks: Record<string, number> = Object.fromEntries(Object.keys(crew).map((name) => [name, 0]));
  for (const [pid, stat] of table) {
    let member = pid;
    while (!nameOfPid.has(member) && table.has(member)) member = table.get(member)!.parent;
    const name = nameOfPid.get(member);
    if (name) ticks[name]! += stat.ticks;
  }
  return ticks;
}

interface Stat {
  name: string;
  parent: number;
  /** Its own CPU time, and that of children that have ended. */
  ticks: number;
}

function processTable(): Map<number, Stat> {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return new Map(
    pids.flatMap((pid) => {
      const stat = readStat(Number(pid));
      return stat ? [[Number(pid), stat] as const] : [];
    }),
  );
}

/** A line of /proc (proc_pid_stat(5)); undefined for a process that has just ended. */
function readStat(pid: number): Stat | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const name = line.slice(line.indexOf('(') + 1, line.lastIndexOf(')'));
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { name, parent: Number(fields[1]), ticks };
}
