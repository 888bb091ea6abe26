/**
 * A database in memory, for the simulation: what the memory versions of ledger and book stand on. A statement is a
 * function that runs at once and whole; a transaction is several of them, with other processes' statements in between.
 * As in Postgres at `read committed`: nobody sees what is not committed, who writes a row that another transaction wrote
 * waits for its end and then looks again, and what a dead process left open is rolled back.
 */
import type { Clock } from '../../../src/kernel/time.ts';
import type { Topic } from '../../../src/store/events.ts';
import type { Name } from './keys.ts';
import {
  createStatement,
  Held,
  type Row,
  type Statement,
  type Tables,
  type Transaction,
  type TransactionOptions,
} from './statement.ts';

/** A transaction, open until its work ends. */
export interface MemoryTx {
  run<T>(statement: (statement: Statement) => T): Promise<T>;
}

/** One process's connections. */
export interface Session {
  /** One statement by itself. */
  run<T>(statement: (statement: Statement) => T, options?: TransactionOptions): Promise<T>;
  transaction<T>(work: (tx: MemoryTx) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** The process died: its transactions are rolled back, and nothing it asked for or asks for is ever answered. */
  kill(): void;
}

export interface MemoryDatabase {
  session(): Session;
  /** Hears what committed transactions notify. @returns the end of it */
  listen(listener: (topic: Topic, key: string) => void): () => void;
  /** Committed rows, for checks. */
  rows<K extends Name>(table: K): Row<K>[];
  /** The server dies and starts again: what was open is rolled back, what was not on disk is gone. */
  powerCut(): void;
}

export function memoryDatabase(clock: Clock): MemoryDatabase {
  const tables: Tables = new Map();
  const open = new Set<Transaction>();
  const listeners = new Set<(topic: Topic, key: string) => void>();
  /** How to undo the commits that are not on disk, the latest last. */
  let unwritten: (() => void)[] = [];

  function begin(options: TransactionOptions): Transaction {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const tx: Transaction = {
      ...options,
      now: new Date(clock()),
      cells: new Set(),
      told: [],
      waitsFor: undefined,
      broken: undefined,
      ended,
      end() {
        for (const cell of tx.cells) cell.pending = undefined;
        tx.cells.clear();
        open.delete(tx);
        resolve();
      },
    };
    open.add(tx);
    return tx;
  }

  function commit(tx: Transaction): void {
    if (tx.broken) throw tx.broken;
    if (tx.cells.size > 0 && !tx.relaxed) unwritten = [];
    for (const cell of tx.cells) {
      const before = cell.committed;
      cell.committed = cell.pending?.row;
      if (tx.relaxed)
        unwritten.push(() => {
          cell.committed = before;
        });
    }
    tx.end();
    for (const [topic, key] of tx.told) for (const listener of listeners) listener(topic, key);
  }

  return {
    session: () => createSession({ tables, begin, commit }),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    rows: <K extends Name>(table: K) =>
      [...(tables.get(table)?.values() ?? [])].flatMap(({ committed }) => (committed as Row<K>) ?? []),
    powerCut() {
      for (const tx of open) {
        tx.broken = new Error('the server closed the connection');
        tx.end();
      }
      for (const undo of unwritten.splice(0).reverse()) undo();
    },
  };
}

interface Engine {
  tables: Tables;
  begin(options: TransactionOptions): Transaction;
  commit(tx: Transaction): void;
}

function createSession({ tables, begin, commit }: Engine): Session {
  const mine = new Set<Transaction>();
  let dead = false;
  const never = new Promise<never>(() => {});

  /** Runs the statement, however often it must wait; then `after` at the same moment. */
  async function execute<T>(
    tx: Transaction,
    statement: (statement: Statement) => T,
    after: (tx: Transaction) => void,
  ): Promise<T> {
    for (;;) {
      if (dead) return never;
      if (tx.broken) throw tx.broken;
      const tried = attempt(tables, tx, statement);
      if ('value' in tried) {
        after(tx);
        return tried.value;
      }
      tx.waitsFor = tried.holder;
      if (isCircle(tx)) {
        tx.broken = new Error('deadlock detected');
        continue;
      }
      await tried.holder.ended;
      tx.waitsFor = undefined;
    }
  }

  async function within<T>(options: TransactionOptions, work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (dead) return never;
    const tx = begin(options);
    mine.add(tx);
    try {
      return await work(tx);
    } catch (error) {
      if (dead) return never;
      tx.end();
      throw error;
    } finally {
      mine.delete(tx);
    }
  }

  return {
    run: (statement, options = {}) => within(options, (tx) => execute(tx, statement, commit)),
    transaction: (work, options = {}) =>
      within(options, async (tx) => {
        const result = await work({ run: (statement) => execute(tx, statement, () => {}) });
        if (dead) return never;
        commit(tx);
        return result;
      }),
    kill() {
      dead = true;
      for (const tx of mine) tx.end();
    },
  };
}

function isCircle(tx: Transaction): boolean {
  for (let next = tx.waitsFor; next; next = next.waitsFor) if (next === tx) return true;
  return false;
}

/** One try of a statement: done whole, or undone. @throws {Error} what the statement throws; its transaction is broken then */
function attempt<T>(
  tables: Tables,
  tx: Transaction,
  statement: (statement: Statement) => T,
): { value: T } | { holder: Transaction } {
  const undo: (() => void)[] = [];
  const told = tx.told.length;
  try {
    return { value: statement(createStatement(tables, tx, undo)) };
  } catch (error) {
    for (const step of undo.reverse()) step();
    tx.told.length = told;
    if (error instanceof Held) return { holder: error.holder };
    tx.broken = new Error('the transaction is aborted', { cause: error });
    throw error;
  }
}
