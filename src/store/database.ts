import { setTimeout as sleep } from 'node:timers/promises';
import {
  CamelCasePlugin,
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  sql,
  type Transaction,
} from 'kysely';
import pg from 'pg';
import { assert } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { together } from '../kernel/together.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;
/** A transaction. Handlers are given one; nothing imports a database. */
export type Tx = Transaction<Schema>;

/** int8 comes back as bigint: amounts and block numbers do not fit a double. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.INT8 && format !== 'binary') return (text: string) => BigInt(text);
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

export interface DatabaseOptions {
  url: string;
  /** Connections at most. */
  poolSize: number;
  log: Logger;
}

/**
 * Whether the database refused the statement for a reason of its own: then nothing of it stands. Any other failure, such as
 * a connection that ends (classes 08 and 57P), may be a lost acknowledgement of what stands.
 */
export const hasRefused = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && !/^(08|57P|XX)/.test(error.code ?? 'XX');

/**
 * Whether the database ended the transaction because nothing came in it for too long: what was done between two of its
 * statements took that long. Nothing of it stands.
 */
export const hasStalled = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '25P03';

/**
 * Whether the database gave the transaction up for another that it waited for, and that waited for it: nothing of it stands,
 * and done again it may come through.
 */
const gaveWay = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001');

/** How often a transaction that gives way is done before it is told so. Each waited a second for another. */
const runsAtMost = 4;
/** Before it is done again: long enough for the other to take what it waited for. */
const pauseMs = 50;

/** Every transaction's statements follow each other at once; who waits for the world inside one sets its own bound. */
const idleInTransactionMs = 5_000;

/** Opens a pool. Nothing is connected before the first query. */
export function openDatabase({ url, poolSize, log }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types,
    application_name: 'postern',
    keepAlive: true,
    // A process that falls silent inside a transaction would keep its locks, and nobody could finish its work.
    idle_in_transaction_session_timeout: idleInTransactionMs,
  });
  // Without a listener on each client, a connection that breaks while idle or checked out ends the process.
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle database connection broke'));
  const broke = new WeakMap<object, Error>();
  pool.on('connect', (client) => {
    client.on('error', (error) => {
      if (!broke.has(client)) broke.set(client, error);
      log.warn({ error: error.message }, 'a database connection broke');
    });
  });
  return new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: preparing(pool, broke) }),
    // JSON columns keep their keys; only column names change case.
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}

/** Statements that one connection keeps prepared, at most. */
const maxPrepared = 500;

/**
 * A pool whose statements are prepared once a connection and then only executed. Parsing and planning were a third of the
 * database's time in a paid call. Behind PgBouncer this wants 1.21 or later, with `max_prepared_statements`.
 * @param broke why a connection broke, where the server said so between two statements: the next one does not know.
 */
function preparing(pool: pg.Pool, broke: WeakMap<object, Error>): PostgresPool {
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    if (!names.has(text) && names.size < maxPrepared) names.set(text, `p${names.size}`);
    return names.get(text);
  };
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect();
      let broken = false;
      const query = async (text: string, values: readonly unknown[]) => {
        // Without values several statements may come in one text, and those cannot be prepared.
        const asked =
          values.length === 0
            ? client.query(text)
            : client.query({ name: nameOf(text), text, values: [...values] });
        return asked.catch((error: pg.DatabaseError) => {
          // A migration changed what the plan returns; a new connection plans anew.
          broken ||= error.code === '0A000';
          throw error instanceof pg.DatabaseError ? error : (broke.get(client) ?? error);
        });
      };
      return {
        query,
        release: (destroy = false) => client.release(destroy || broken),
      } as unknown as PostgresPoolClient;
    },
    end: () => pool.end(),
  };
}

/**
 * Runs `work` in a transaction that sees one workspace only: the role bypasses nothing, and row-level security
 * compares each row with the workspace set here. Both end with the transaction. One that gives way to another is done
 * again, so `work` does nothing but in its transaction.
 */
export async function inWorkspace<T>(
  db: Database,
  workspaceId: string,
  work: (tx: Tx) => Promise<T>,
  options: { readOnly?: boolean } = {},
): Promise<T> {
  for (let run = 1; ; run++)
    try {
      return await once(db, workspaceId, work, options);
    } catch (error) {
      if (!gaveWay(error) || run === runsAtMost) throw error;
      await sleep(pauseMs);
    }
}

function once<T>(
  db: Database,
  workspaceId: string,
  work: (tx: Tx) => Promise<T>,
  options: { readOnly?: boolean },
): Promise<T> {
  return db.connection().execute(async (connection) => {
    const tx = connection as Tx;
    try {
      await sql.raw(enterWorkspace(workspaceId, options.readOnly)).execute(tx);
      const result = await work(tx);
      // Commit of a transaction in which something failed rolls back and reports success; the select fails instead.
      await sql.raw('select 1; commit').execute(tx);
      return result;
    } catch (error) {
      // Where this fails too the connection is broken, and the server has rolled back.
      await sql`rollback`.execute(tx).catch(() => {});
      throw error;
    }
  });
}

/** `inWorkspace` of one database, as a port. */
export type InWorkspace = <T>(
  workspaceId: string,
  work: (tx: Tx) => Promise<T>,
  options?: { readOnly?: boolean },
) => Promise<T>;

export const workspacesOf =
  (db: Database): InWorkspace =>
  (workspaceId, work, options) =>
    inWorkspace(db, workspaceId, work, options);

/**
 * Transactions that are shared: who asks for one while another of the workspace is under way waits for its end, and then
 * all who wait work in one, side by side, under one commit. Where one of them fails nothing of theirs stands, and each has
 * a transaction of its own: so what they do must bear to be done again. What they lock together they lock in one order.
 */
export function sharing(inWorkspace: InWorkspace): InWorkspace {
  type Work = { workspaceId: string; work: (tx: Tx) => Promise<unknown> };
  const share = together(
    (works: readonly Work[]) =>
      inWorkspace(works[0]!.workspaceId, async (tx) => {
        // Nobody is left at work when the transaction ends.
        const outcomes = await Promise.allSettled(works.map(({ work }) => work(tx)));
        return outcomes.map((outcome) => {
          if (outcome.status === 'rejected') throw outcome.reason;
          return outcome.value;
        });
      }),
    { key: ({ workspaceId }) => workspaceId },
  );
  return <T>(workspaceId: string, work: (tx: Tx) => Promise<T>) => share({ workspaceId, work }) as Promise<T>;
}

const roleOfWorkspace = 'postern_workspace';

/**
 * Begin, role and workspace in one round trip, for every call makes one or two. `local` ends both with the
 * transaction; without it they would leak to the connection's next request.
 */
function enterWorkspace(workspaceId: string, readOnly = false): string {
  // Statements sent together take no parameters.
  assert(/^wsp_\w+$/.test(workspaceId), `not a workspace id: ${workspaceId}`);
  return `begin ${readOnly ? 'read only' : ''};
    set local role ${roleOfWorkspace};
    set local postern.workspace_id = '${workspaceId}'`;
}

/**
 * A transaction over all workspaces, for what is about none or several: migrations, the outbox loop, operators'
 * lists across workspaces. Name the reason where you call it.
 */
export function asSystem<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().execute(work);
}

/** @throws {Error} if the role that requests run under could see past row-level security. */
export async function assertIsolation(db: Database): Promise<void> {
  const { rows } = await sql<{ bypasses: boolean; owns: boolean }>`
    select rolsuper or rolbypassrls as bypasses,
      exists (select 1 from pg_class where relowner = pg_roles.oid) as owns
    from pg_roles where rolname = ${roleOfWorkspace}`.execute(db);
  const role = rows[0];
  if (!role || role.bypasses || role.owns)
    throw new Error(`the role ${roleOfWorkspace} must exist, own nothing and not bypass row-level security`);
}
