import { perform } from '../../src/catalogue/perform.ts';
import { seedDemo } from '../../src/desk/demo.ts';
import { deskCatalogue } from '../../src/desk/operations/index.ts';
import { erasePurchases, exportPurchases } from '../../src/door/erase.ts';
import { amountsPaid, walletRecords } from '../../src/door/proposers.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { extractive } from '../../src/model/extractive.ts';
import { type Database, workspacesOf } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { startPostgres } from '../../src/store/postgres.ts';
import type { Figure } from '../bench.ts';
import { onFreshFolder } from '../folder.ts';
import { onDatabase } from '../ours.ts';
import { operators, seedTickets } from '../seed/tickets.ts';
import { measured, median, type Row } from '../table.ts';

const callers = 8;
const poolSize = 20;
const p95AimMs = 50;
const tickets = 200_000;

/**
 * Milliseconds that 95 of 100 answers take, eight callers at once, over a million messages in 200,000 tickets: what an
 * operator's inbox asks for, as operations run it.
 */
export const desk: Figure = (bench) =>
  onFreshFolder(async (folder) => {
    const postgres = await startPostgres(folder);
    try {
      await postgres.ensureDatabase('postern');
      const url = postgres.url('postern');
      return await onDatabase(
        url,
        async (db) => {
          await migrate(db);
          const workspaceId = await seedDemo(db, randomIds, new Date());
          await seedTickets({ url, workspaceId, tickets: tickets * bench.scale, now: Date.now() });
          return await measureDesk(db, workspaceId, bench.runs);
        },
        { poolSize },
      );
    } finally {
      await postgres.stop();
    }
  });

/** One thing that is asked, in other words each time. */
type Asked = (turn: number) => Promise<[operation: string, input: JsonObject]>;

async function measureDesk(db: Database, workspaceId: string, runs: number): Promise<Row[]> {
  const call = caller(db, workspaceId);
  const deep = await cursorAfter(call, 'list_tickets', {}, 500);
  const frequent = ['battery', 'the screen', 'lens camera', 'refund', 'shutter warranty', 'photo'];
  const made = await someWords(db);
  const search =
    (queries: readonly string[]): Asked =>
    async (turn) => ['search_tickets', { query: queries[turn % queries.length]! }];
  const asked: Record<string, Asked> = {
    'inbox, first page': async () => ['list_tickets', {}],
    'inbox, 500 pages deep': async () => ['list_tickets', { cursor: deep }],
    'view: open, of one operator': async (turn) => [
      'list_tickets',
      { status: 'open', assigneeId: operators[turn % operators.length]! },
    ],
    'view: closed, with a tag': async () => ['list_tickets', { status: 'closed', tag: 'training' }],
    'search, frequent words': search(frequent),
    'search, rare words': search(made.map(([word]) => word!)),
    'search, two words of a ticket': search(made.map((words) => words.slice(0, 2).join(' '))),
    'search, a frequent and a rare word': search(made.map(([word]) => `battery ${word}`)),
    'search, exact words': search(made.map(([, , , phrase]) => `"${phrase}"`)),
    'search, words and filters': search(frequent.map((words) => `${words} status:open priority:high`)),
    'search, words, a tag and an operator': search(
      frequent.map((words) => `${words} tag:training assignee:${operators[3]}`),
    ),
    'search, frequent words, 200 pages deep': await deepSearch(call, 'battery', 200),
  };
  const rows: Row[] = [];
  for (const [name, ask] of Object.entries(asked)) {
    await repeat(call, ask, 1_000);
    const times: number[][] = [];
    for (let run = 0; run < runs; run++) times.push(await repeat(call, ask, 3_000));
    const p95 = times.map((run) => percentile(run, 0.95));
    rows.push({
      figure: `desk, ${name}`,
      unit: 'ms p95',
      ours: measured(p95, { p50Ms: median(times.flat()) }),
      aim: { below: p95AimMs },
    });
  }
  return rows;
}

type Call = (operation: string, input: JsonObject) => Promise<JsonObject>;

function caller(db: Database, workspaceId: string): Call {
  const catalogue = deskCatalogue({
    model: extractive,
    decided: async () => {},
    purchases: { exportPurchases, erasePurchases },
    proposers: { walletRecords, amountsPaid },
  });
  const setting = {
    workspace: { id: workspaceId, slug: 'acme', name: 'Acme' },
    caller: { kind: 'operator', id: operators[0]!, role: 'operator' } as const,
    ids: randomIds,
    now: new Date(),
  };
  const ports = { inWorkspace: workspacesOf(db) };
  return (operation, input) => perform(ports, setting, catalogue.get(operation)!, input);
}

/** The cursor of a page so deep. */
async function cursorAfter(call: Call, operation: string, input: JsonObject, pages: number): Promise<string> {
  let cursor: string | undefined;
  for (let i = 0; i < pages; i++) {
    const { next } = await call(operation, { ...input, ...(cursor ? { cursor } : {}) });
    if (typeof next !== 'string') break;
    cursor = next;
  }
  return cursor!;
}

async function deepSearch(call: Call, query: string, pages: number): Promise<Asked> {
  const cursor = await cursorAfter(call, 'search_tickets', { query }, pages);
  return async () => ['search_tickets', { query, cursor }];
}

/** Of some tickets, long ago and lately: three of their rarer words, and four words in a row. */
async function someWords(db: Database): Promise<string[][]> {
  const messages = await db
    .selectFrom('messages')
    .select('body')
    .where('id', 'like', 'msg_s%77')
    .orderBy('id')
    .execute();
  return messages
    .filter((_, i) => i % Math.ceil(messages.length / 100) === 0)
    .map(({ body }) => {
      const words = body.replaceAll('.', '').split(' ');
      const long = words.toSorted((a, b) => b.length - a.length);
      return [...long.slice(0, 3), words.slice(2, 6).join(' ')];
    });
}

/** @returns how long each answer took, in milliseconds. */
async function repeat(call: Call, ask: Asked, lastingMs: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + lastingMs;
  let turn = 0;
  const one = async () => {
    while (performance.now() < end) {
      const [operation, input] = await ask(turn++);
      const sent = performance.now();
      await call(operation, input);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: callers }, one));
  return times;
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
