/** The database of a run: in memory, or a real Postgres whose `now()` is the world's time. */
import { sql } from 'kysely';
import { pino } from 'pino';
import { type Debts, postgresDebts } from '../../src/door/debts.ts';
import { type Ledger, postgresLedger } from '../../src/door/ledger.ts';
import type { Book } from '../../src/facilitator/book.ts';
import { postgresBook } from '../../src/facilitator/postgres-book.ts';
import type { Ids } from '../../src/kernel/ids.ts';
import {
  type Database,
  type InWorkspace,
  openDatabase,
  type Tx,
  workspacesOf,
} from '../../src/store/database.ts';
import { giveClock, setClock } from '../fakes/database-clock.ts';
import { memoryBook } from '../fakes/memory/book.ts';
import { givePolicy } from '../fakes/memory/claim.ts';
import { memoryDatabase } from '../fakes/memory/database.ts';
import { memoryDebts } from '../fakes/memory/debts.ts';
import type { Name } from '../fakes/memory/keys.ts';
import { memoryLedger, memoryTx, memoryWorkspaces } from '../fakes/memory/ledger.ts';
import type { Row } from '../fakes/memory/statement.ts';
import { administer } from '../server.ts';

/** What one process has of the database. */
export interface Access {
  ledger: Ledger;
  book: Book;
  debts: Debts;
  inWorkspace: InWorkspace;
  /** The process died: what it had open is rolled back. */
  kill(): void;
}

/** What an operation of the simulated catalogue leaves behind: a row that says for which call. */
export interface Effect {
  workspaceId: string;
  id: string;
  marker: string;
  wallet: string;
}

export interface Storage {
  kind: 'memory' | 'postgres';
  /** Empties everything and makes the workspace. */
  reset(workspace: { id: string; slug: string; name: string }): Promise<void>;
  access(ids: Ids): Access;
  /** Changes the workspace's rules. */
  setPolicy(workspaceId: string, rules: Rules): Promise<void>;
  /** Writes an effect; it stands if the transaction commits. */
  effect(tx: Tx, effect: Effect): Promise<void>;
  effects(): Promise<Effect[]>;
  rows<K extends Name>(table: K): Promise<Row<K>[]>;
  /** The database's server dies and starts again. @returns whether this database can. */
  powerCut(): boolean;
}

const silent = pino({ level: 'silent' });

/** Of a workspace's rules, what differs from run to run. */
export interface Rules {
  refundAfterSeconds: number;
  /** Caps of new wallets. */
  callsPerMinute: number;
  amountPerDayAtomic: bigint;
}

export const effectAction = 'simulated.effect';

const effectRow = ({ workspaceId, id, marker, wallet }: Effect) => ({
  workspaceId,
  id,
  actor: 'system',
  action: effectAction,
  subject: marker,
  reason: wallet,
});

export function memoryStorage(now: () => number): Storage {
  let database = memoryDatabase(now);
  const rows = async <K extends Name>(table: K) => database.rows(table);
  return {
    kind: 'memory',
    async reset(workspace) {
      database = memoryDatabase(now);
      await database.session().run((s) => {
        s.put('workspaces', { ...workspace, ...workspaceDefaults(now()) });
        givePolicy(s, workspace.id);
      });
    },
    setPolicy: (workspaceId, { refundAfterSeconds, callsPerMinute, amountPerDayAtomic }) =>
      database.session().run((s) => {
        const policy = s.get('workspacePolicies', workspaceId)!;
        s.put('workspacePolicies', { ...policy, refundAfterSeconds });
        const caps = s.get('workspaceCaps', workspaceId, 'new')!;
        s.put('workspaceCaps', { ...caps, callsPerMinute, amountPerDayAtomic });
      }),
    access(ids) {
      const session = database.session();
      return {
        ledger: memoryLedger(session, ids),
        book: memoryBook(session),
        debts: memoryDebts(session, ids),
        inWorkspace: memoryWorkspaces(session),
        kill: () => session.kill(),
      };
    },
    async effect(tx, effect) {
      await memoryTx(tx).run((s) => s.put('auditLog', { ...effectRow(effect), at: s.now, details: {} }));
    },
    effects: async () => (await rows('auditLog')).flatMap(effectOf),
    rows,
    powerCut() {
      database.powerCut();
      return true;
    },
  };
}

const workspaceDefaults = (now: number) => ({ nextTicketNumber: 1n, createdAt: new Date(now) });

interface AuditRow {
  workspaceId: string;
  id: string;
  action: string;
  subject: string | null;
  reason: string;
}

const effectOf = ({ workspaceId, id, action, subject, reason }: AuditRow): Effect[] =>
  action === effectAction ? [{ workspaceId, id, marker: subject ?? '', wallet: reason }] : [];

/**
 * A migrated Postgres database that nobody else uses. Its clock says what the world's does.
 * @param lagMs how far its clock may be behind: a little saves a round trip for most statements
 */
export async function postgresStorage(
  url: string,
  now: () => number,
  lagMs = 50,
): Promise<Storage & AsyncDisposable> {
  await giveClock(url);
  await administer(url, [`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`]);
  const db = openDatabase({ url, poolSize: 4, log: silent });
  let told = -Infinity;
  const tick = async (method = '') => {
    // A little late is early enough, and saves a round trip; but of two transactions the later one is the newer one.
    if (now() - told < (stores.has(method) ? 1 : lagMs)) return;
    told = now();
    await sql.raw(setClock(told)).execute(db);
  };
  /** Every method of a port, with the time told first. */
  const timed = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function' || insideTransaction.has(String(name))) return method;
        return async (...args: unknown[]) => {
          await tick(String(name));
          return method.apply(target, args);
        };
      },
    });
  const inWorkspace: InWorkspace = async (...args) => {
    await tick();
    return workspacesOf(db)(...args);
  };
  return {
    kind: 'postgres',
    async reset(workspace) {
      told = -Infinity;
      await emptyTables(db);
      await tick();
      await db.insertInto('workspaces').values(workspace).execute();
    },
    setPolicy: (workspaceId, rules) => setPolicy(db, workspaceId, rules),
    access: (ids) => ({
      ledger: timed(postgresLedger(db, ids)),
      book: timed(postgresBook(db)),
      debts: timed(postgresDebts(db, ids)),
      inWorkspace,
      kill: () => {},
    }),
    async effect(tx, effect) {
      await tx.insertInto('auditLog').values(effectRow(effect)).execute();
    },
    effects: async () => (await db.selectFrom('auditLog').selectAll().execute()).flatMap(effectOf),
    rows: async <K extends Name>(table: K) => {
      const { rows } = await sql<Row<K>>`select * from ${sql.ref(table)} order by 1, 2`.execute(db);
      return rows;
    },
    powerCut: () => false,
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

async function setPolicy(db: Database, workspaceId: string, rules: Rules): Promise<void> {
  const { refundAfterSeconds, callsPerMinute, amountPerDayAtomic } = rules;
  await db
    .updateTable('workspacePolicies')
    .set({ refundAfterSeconds })
    .where('workspaceId', '=', workspaceId)
    .execute();
  await db
    .updateTable('workspaceCaps')
    .set({ callsPerMinute, amountPerDayAtomic })
    .where('workspaceId', '=', workspaceId)
    .where('standing', '=', 'new')
    .execute();
}

/** Methods that store a transaction. */
const stores = new Set(['take', 'fill']);

/** Methods that are called within a transaction, which told the time already. */
const insideTransaction = new Set(['moveToDelivered', 'storeDelivery', 'standing']);

/** One statement: foreign keys are looked at when it ends. */
async function emptyTables(db: Database): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'migrations'`.execute(
    db,
  );
  const deletes = rows.map(({ name }) => `d_${name} as (delete from public.${name})`);
  await sql.raw(`with ${deletes.join(', ')} select 1`).execute(db);
}
