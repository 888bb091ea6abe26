/** What each of the server's statements takes, as Postgres itself logs it. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Database } from '../src/store/database.ts';

/** A statement's time in the database, in milliseconds: planning and execution, without the way there and back. */
export interface StatementTimes {
  /** What it does, such as `writes claims, purchases, settlements`. */
  what: string;
  count: number;
  p50Ms: number;
  p95Ms: number;
}

/** Times all statements that a server runs while `work` does. Only for a Postgres on this machine. */
export async function timeStatements(db: Database, work: () => Promise<unknown>): Promise<StatementTimes[]> {
  const { rows } = await sql<{ folder: string }>`select current_setting('data_directory') as folder`.execute(
    db,
  );
  const file = join(rows[0]!.folder, 'server.log');
  const { size } = await stat(file);
  await setLogging(db, 0);
  try {
    await work();
  } finally {
    await setLogging(db, -1);
  }
  const log = (await readFile(file)).subarray(size).toString();
  return summed(readDurations(log));
}

/** @param fromMs statements that take as long are logged; -1 logs none. */
async function setLogging(db: Database, fromMs: number): Promise<void> {
  await sql.raw(`alter system set log_min_duration_statement = ${fromMs}`).execute(db);
  await sql`alter system set log_parameter_max_length = 0`.execute(db);
  await sql`select pg_reload_conf()`.execute(db);
  // The postmaster tells its sessions, and each looks before its next statement.
  await new Promise((resolve) => setTimeout(resolve, 200));
}

interface Duration {
  ms: number;
  text: string;
}

/** An entry begins with its time and process, goes on over lines that begin with a tab, and ends before the next. */
function readDurations(log: string): Duration[] {
  const durations: Duration[] = [];
  const bindMs = new Map<string, number>();
  for (const entry of log.split(/\n(?!\t)/)) {
    const found =
      /\[(\d+)\] LOG: {2}duration: ([\d.]+) ms {2}(parse|bind|execute|statement)[^:]*: (.*)/s.exec(entry);
    if (!found) continue;
    const [, pid, ms, step, text] = found as unknown as [string, string, string, string, string];
    // Planning is part of bind, and belongs to the execution that follows in the same session.
    if (step === 'parse' || step === 'bind') bindMs.set(pid, (bindMs.get(pid) ?? 0) + Number(ms));
    else {
      durations.push({ ms: Number(ms) + (bindMs.get(pid) ?? 0), text });
      bindMs.delete(pid);
    }
  }
  return durations;
}

function summed(durations: Duration[]): StatementTimes[] {
  const byWhat = new Map<string, number[]>();
  for (const { ms, text } of durations) {
    const what = describe(text);
    if (what) byWhat.set(what, [...(byWhat.get(what) ?? []), ms]);
  }
  return [...byWhat].map(([what, times]) => {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
    return { what, count: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95) };
  });
}

/** By the tables that it writes, else those it reads; undefined for what touches none. */
function describe(text: string): string | undefined {
  const names = (pattern: RegExp) => [
    ...new Set([...text.matchAll(pattern)].map(([, table]) => table!.replaceAll('"', ''))),
  ];
  const written = names(/\b(?:insert into|update|delete from)\s+("?[a-z_]+"?)(?=[\s(])/g).filter(
    (name) => name !== 'of' && name !== 'skip',
  );
  if (written.length > 0) return `writes ${written.join(', ')}`;
  const created = new Set(names(/\b([a-z_]+) as (?:materialized |not materialized )?\(/g));
  const read = names(/\b(?:from|join)\s+("?[a-z_]+"?)/g).filter((name) => !created.has(name));
  return read.length > 0 ? `reads ${read.slice(0, 4).join(', ')}` : undefined;
}
