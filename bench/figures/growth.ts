import type { Database } from '../../src/store/database.ts';
import { type Bench, type Figure, takeTurns } from '../bench.ts';
import { onFreshFolder } from '../folder.ts';
import { databaseUrl, onDatabase, oursAt, startPostern } from '../ours.ts';
import { type Caller, fundedCallers, paidCalls } from '../payments.ts';
import { seedPurchases } from '../seed.ts';
import type { Side } from '../side.ts';
import { type StatementTimes, timeStatements } from '../statements.ts';
import type { Measured, Row } from '../table.ts';

const sizes = [10, 1_000, 10_000, 100_000];
const concurrency = 16;
const seconds = 3;
const callsPerSecond = 30;

/** Paid calls per second, and what each statement takes, with 10 to 100,000 purchases in the tables. */
export const growth: Figure = (bench) =>
  onFreshFolder(async (folder) => {
    const server = await startPostern(folder);
    try {
      const side = await oursAt(server, folder);
      const callers = await fundedCallers(concurrency, [side]);
      return await onDatabase(await databaseUrl(folder), (db) => measureGrowth(bench, { side, callers, db }));
    } finally {
      await server.stop();
    }
  });

async function measureGrowth(
  bench: Bench,
  { side, callers, db }: { side: Side; callers: Caller[]; db: Database },
): Promise<Row[]> {
  const pay = async (share: number) => {
    const rows = await paidCalls(side, callers, Math.ceil(seconds * callsPerSecond * share));
    return bench.load.run({ kind: 'rows', rows, expect: 'settled', seconds: seconds * share }, side);
  };
  const rates: Measured[] = [];
  const statements: StatementTimes[][] = [];
  let seeded = 0;
  for (const size of sizes) {
    await seedPurchases(db, seeded, size);
    seeded = size;
    rates.push((await takeTurns(bench, { ours: pay })).ours!);
    statements.push(await timeStatements(db, () => pay(0.5 * bench.scale)));
  }
  return sizes.slice(1).map((size, i) => ({
    figure: `paid calls, ${concurrency} at once, ${size.toLocaleString('en')} purchases in the tables`,
    unit: '/s',
    ours: rates[i + 1]!,
    reference: rates[0]!,
    beside: `the same with ${sizes[0]} purchases`,
    ...(i === sizes.length - 2 ? { notes: statementLines(statements) } : {}),
  }));
}

/** The statements that take most of the database's time at the largest size, each with its p50 and p95 at every size. */
function statementLines(bySize: StatementTimes[][]): string[] {
  const taken = ({ count, p50Ms }: StatementTimes) => count * p50Ms;
  const most = bySize
    .at(-1)!
    .toSorted((a, b) => taken(b) - taken(a))
    .slice(0, 12);
  const lines = most.map(({ what }) => {
    const times = bySize.map((statements) => {
      const found = statements.find((statement) => statement.what === what);
      return found ? `${found.p50Ms.toFixed(2)}/${found.p95Ms.toFixed(2)}` : '-';
    });
    return `${times.map((text) => text.padStart(11)).join(' ')}  ${what}`;
  });
  const head = sizes.map((size) => `${size.toLocaleString('en')}`.padStart(11)).join(' ');
  return [
    `p50/p95 of the statements in the database, in ms, by purchases in the tables:`,
    `${head}`,
    ...lines,
  ];
}
