/** What one statement of the memory database sees and does, as its transaction may. */
import type { Selectable } from 'kysely';
import type { Topic } from '../../../src/store/events.ts';
import type { Schema } from '../../../src/store/schema.ts';
import { type Name, primaryKey, uniqueKeys } from './keys.ts';

export type Row<K extends Name> = Readonly<Selectable<Schema[K]>>;

/** What one statement sees and does. Rows are never changed in place: `put` replaces them. */
export interface Statement {
  /** Of the transaction's start, as Postgres has it. */
  now: Date;
  get<K extends Name>(table: K, ...key: unknown[]): Row<K> | undefined;
  all<K extends Name>(table: K, where?: (row: Row<K>) => boolean): Row<K>[];
  /** Replaces the row of the same primary key. @throws {Error} where a unique key is taken */
  put<K extends Name>(table: K, row: Row<K>): Row<K>;
  /** `on conflict do nothing`. @returns whether it was inserted */
  insert<K extends Name>(table: K, row: Row<K>): boolean;
  remove<K extends Name>(table: K, row: Row<K>): void;
  /** `for update`. */
  lock<K extends Name>(table: K, row: Row<K>): void;
  /** Whether another transaction holds the row: `skip locked` passes it by. */
  isLocked<K extends Name>(table: K, row: Row<K>): boolean;
  /** `pg_notify`: heard by all when the transaction commits. */
  notify(topic: Topic, key: string): void;
  /** What a `security definer` function sees: all rows, whatever the workspace. */
  asOwner<T>(work: () => T): T;
}

export interface TransactionOptions {
  /** Rows of another workspace are hidden, and tables without a workspace forbidden, as row-level security has it. */
  workspaceId?: string;
  readOnly?: boolean;
  /** Committed without waiting for the disk: lost by a power cut, unless a later commit wrote it there. */
  relaxed?: boolean;
}

export interface Cell {
  committed: object | undefined;
  pending: { tx: Transaction; row: object | undefined } | undefined;
}

export interface Transaction extends TransactionOptions {
  now: Date;
  cells: Set<Cell>;
  told: [Topic, string][];
  waitsFor: Transaction | undefined;
  /** A statement failed, or the server went away: what follows fails too. */
  broken: Error | undefined;
  ended: Promise<void>;
  end(): void;
}

/** Another transaction holds what the statement wants to write. */
export class Held extends Error {
  holder: Transaction;
  constructor(holder: Transaction) {
    super('held by another transaction');
    this.holder = holder;
  }
}

export type Tables = Map<Name, Map<string, Cell>>;

export function createStatement(tables: Tables, tx: Transaction, undo: (() => void)[]): Statement {
  const { cellsOf, read, write, isTaken } = createRows(tables, tx, undo);
  let owner = tx.workspaceId === undefined;
  const isVisible = (table: Name, row: object): boolean => {
    if (owner) return true;
    const workspaceId = table === 'workspaces' ? 'id' : 'workspaceId';
    if (!(workspaceId in row)) throw new Error(`permission denied for table ${table}`);
    return (row as Record<string, unknown>)[workspaceId] === tx.workspaceId;
  };
  const keyOf = (table: Name, row: object): string => {
    if (!isVisible(table, row)) throw new Error(`row-level security forbids the row of ${table}`);
    return primaryKey(table, row);
  };

  return {
    now: tx.now,
    get<K extends Name>(table: K, ...key: unknown[]) {
      const cell = cellsOf(table).get(key.join(' '));
      const row = cell && read(cell);
      return row && isVisible(table, row) ? (row as Row<K>) : undefined;
    },
    all<K extends Name>(table: K, where: (row: Row<K>) => boolean = () => true) {
      const found: Row<K>[] = [];
      for (const cell of cellsOf(table).values()) {
        const row = read(cell) as Row<K> | undefined;
        if (row && isVisible(table, row) && where(row)) found.push(row);
      }
      return found;
    },
    put(table, row) {
      const key = keyOf(table, row);
      if (isTaken(table, key, row)) throw new Error(`a unique key of ${table} is taken`);
      write(table, key, row);
      return row;
    },
    insert(table, row) {
      const key = keyOf(table, row);
      const same = cellsOf(table).get(key);
      if (same?.pending && same.pending.tx !== tx) throw new Held(same.pending.tx);
      if ((same && read(same)) || isTaken(table, key, row)) return false;
      write(table, key, row);
      return true;
    },
    remove: (table, row) => write(table, keyOf(table, row), undefined),
    lock: (table, row) => write(table, keyOf(table, row), row),
    isLocked(table, row) {
      const holder = cellsOf(table).get(primaryKey(table, row))?.pending?.tx;
      return holder !== undefined && holder !== tx;
    },
    notify: (topic, key) => void tx.told.push([topic, key]),
    asOwner(work) {
      const before = owner;
      owner = true;
      try {
        return work();
      } finally {
        owner = before;
      }
    },
  };
}

/** The cells as one transaction reads and writes them. What it writes can be undone by the statement. */
function createRows(tables: Tables, tx: Transaction, undo: (() => void)[]) {
  const cellsOf = (table: Name): Map<string, Cell> => {
    const cells = tables.get(table) ?? new Map();
    tables.set(table, cells);
    return cells;
  };
  const read = (cell: Cell): object | undefined =>
    cell.pending?.tx === tx ? cell.pending.row : cell.committed;

  function write(table: Name, key: string, row: object | undefined): void {
    if (tx.readOnly) throw new Error('cannot write in a read-only transaction');
    const cells = cellsOf(table);
    const cell = cells.get(key) ?? { committed: undefined, pending: undefined };
    if (cell.pending && cell.pending.tx !== tx) throw new Held(cell.pending.tx);
    const before = cell.pending;
    undo.push(() => {
      cell.pending = before;
      if (!before) tx.cells.delete(cell);
    });
    cells.set(key, cell);
    cell.pending = { tx, row };
    tx.cells.add(cell);
  }

  /** Whether another row has one of this row's unique keys. Who may yet have it, or give it up, is waited for. */
  function isTaken(table: Name, key: string, row: object): boolean {
    const wanted = uniqueKeys(table, row);
    if (wanted.length === 0) return false;
    const clashes = (other: object | undefined) =>
      other !== undefined && uniqueKeys(table, other).some((unique) => wanted.includes(unique));
    for (const [otherKey, cell] of cellsOf(table)) {
      if (otherKey === key) continue;
      if (cell.pending && cell.pending.tx !== tx && (clashes(cell.committed) || clashes(cell.pending.row)))
        throw new Held(cell.pending.tx);
      if (clashes(read(cell))) return true;
    }
    return false;
  }

  return { cellsOf, read, write, isTaken };
}
