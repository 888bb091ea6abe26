/** The door's and the relayer's statements in their two versions, in Postgres and in memory, behind one face. */
import { sql } from 'kysely';
import { type Debts, postgresDebts } from '../../src/door/debts.ts';
import { type Ledger, postgresLedger } from '../../src/door/ledger.ts';
import type { Book } from '../../src/facilitator/book.ts';
import { postgresBook } from '../../src/facilitator/postgres-book.ts';
import type { Ids } from '../../src/kernel/ids.ts';
import { type InWorkspace, openDatabase, workspacesOf } from '../../src/store/database.ts';
import { connectEvents, type Events } from '../../src/store/events.ts';
import { giveClock, setClock } from '../fakes/database-clock.ts';
import { memoryBook } from '../fakes/memory/book.ts';
import { givePolicy } from '../fakes/memory/claim.ts';
import { memoryDatabase } from '../fakes/memory/database.ts';
import { memoryDebts } from '../fakes/memory/debts.ts';
import { type Name, tableNames } from '../fakes/memory/keys.ts';
import { memoryLedger, memoryWorkspaces } from '../fakes/memory/ledger.ts';
import type { Row } from '../fakes/memory/statement.ts';
import { atEnd, silent, testDatabaseUrl } from '../harness.ts';
import { administer } from '../server.ts';

/** The workspaces that are there from the start. */
export const workspaces = ['wsp_acme', 'wsp_other'];

export type Rows = Record<Name, object[]>;

export interface Version {
  ledger: Ledger;
  book: Book;
  debts: Debts;
  inWorkspace: InWorkspace;
  /** Changes rows by hand, as an operator or another part of the house would. */
  change<K extends Name>(table: K, where: Partial<Row<K>>, set: Partial<Row<K>>): Promise<void>;
  /** Sets the database's clock, in milliseconds since the epoch. */
  setTime(ms: number): Promise<void>;
  /** Every row of every table. */
  rows(): Promise<Rows>;
  /** The hints that were told since the last time, such as `settlement.final:pur_1`, sorted. */
  hints(): Promise<string[]>;
  /** As at the start: the workspaces and what they are given, and nothing else. */
  reset(): Promise<void>;
}

/** The same ids in both versions, where both ask for the same. */
const counting =
  (next: () => number): Ids =>
  (prefix) =>
    `${prefix}_${next()}`;

/** The version in memory, as at the start. */
export async function memoryVersion(): Promise<Version> {
  let now = 0;
  let heard: string[] = [];
  const open = async () => {
    let made = 0;
    const database = memoryDatabase(() => now);
    const session = database.session();
    database.listen((topic, key) => heard.push(`${topic}:${key}`));
    await session.run((s) => {
      for (const id of workspaces) {
        const createdAt = new Date(0);
        s.put('workspaces', { id, slug: id.slice(4), name: id, nextTicketNumber: 1n, createdAt });
        givePolicy(s, id);
      }
    });
    const change: Version['change'] = (table, where, set) =>
      session.run((s) => {
        for (const row of s.all(table, (row) => isMatch(row, where))) s.put(table, { ...row, ...set });
      });
    const ports = {
      ledger: memoryLedger(
        session,
        counting(() => made++),
      ),
      book: memoryBook(session),
      debts: memoryDebts(
        session,
        counting(() => made++),
      ),
      inWorkspace: memoryWorkspaces(session),
      change,
    };
    return { database, ports };
  };
  let opened = await open();
  const version: Version = {
    ...opened.ports,
    async setTime(ms) {
      now = ms;
    },
    async rows() {
      return Object.fromEntries(tableNames.map((name) => [name, opened.database.rows(name)])) as Rows;
    },
    async hints() {
      const told = heard.sort();
      heard = [];
      return told;
    },
    async reset() {
      opened = await open();
      Object.assign(version, opened.ports);
      heard = [];
    },
  };
  return version;
}

const isMatch = (row: object, where: object) =>
  Object.entries(where).every(([key, value]) => (row as Record<string, unknown>)[key] === value);

/** The version in a Postgres database of its own. */
export async function postgresVersion(): Promise<Version> {
  const url = await testDatabaseUrl();
  await giveClock(url);
  await administer(url, [`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`]);
  const db = openDatabase({ url, poolSize: 5, log: silent });
  atEnd(() => db.destroy());
  const events = await connectEvents(url, silent);
  atEnd(() => events.close());
  const hints = listenTo(events, () =>
    sql`select pg_notify('postern', ${`workspace.changed:mark`})`.execute(db),
  );
  let made = 0;
  const version: Version = {
    ledger: postgresLedger(
      db,
      counting(() => made++),
    ),
    book: postgresBook(db),
    debts: postgresDebts(
      db,
      counting(() => made++),
    ),
    inWorkspace: workspacesOf(db),
    async change(table, where, set) {
      const pairs = (of: object) => Object.entries(of).map(([key, value]) => sql`${sql.ref(key)} = ${value}`);
      const sets = sql.join(pairs(set));
      await sql`update ${sql.table(table)} set ${sets} where ${sql.join(pairs(where), sql` and `)}`.execute(
        db,
      );
    },
    async setTime(ms) {
      await sql.raw(setClock(ms)).execute(db);
    },
    async rows() {
      const read = tableNames.map(async (name) => [name, await db.selectFrom(name).selectAll().execute()]);
      return Object.fromEntries(await Promise.all(read)) as Rows;
    },
    hints,
    async reset() {
      await hints();
      made = 0;
      await sql.raw(anew.join('; ')).execute(db);
    },
  };
  await version.reset();
  return version;
}

/** Those that refer to others go first; a workspace's making gives it its caps and rules. */
const anew = [
  ...[...tableNames]
    .filter((name) => name !== 'workspaces')
    .reverse()
    .map((name) => `delete from ${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`),
  'delete from workspaces',
  ...workspaces.map(
    (id) => `insert into workspaces (id, slug, name, created_at)
      values ('${id}', '${id.slice(4)}', '${id}', to_timestamp(0))`,
  ),
];

/** @returns the hints since the last time. Hints come in the order of their commits, so the mark comes last. */
function listenTo(events: Events, mark: () => Promise<unknown>): () => Promise<string[]> {
  let heard: string[] = [];
  let marked = () => {};
  for (const topic of ['settlement.queued', 'settlement.final', 'purchase.changed'] as const)
    events.on(topic, (key) => heard.push(`${topic}:${key}`));
  events.on('workspace.changed', () => marked());
  return async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    marked = resolve;
    await mark();
    await promise;
    const told = heard.sort();
    heard = [];
    return told;
  };
}
