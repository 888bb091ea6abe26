import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import { startPostgres } from '../src/store/postgres.ts';

/** Where a run's tests find their Postgres server: its URL, with the name of any database on it. */
export const serverVariable = 'POSTERN_TEST_SERVER';

/** Migrated once; each test file's database is a copy of it. */
export const templateDatabase = 'postern_test_template';

export interface TestServer {
  /** As a role that may create databases and roles and is no superuser: nobody's server gives Postern more. */
  url: string;
  /** The same server as its superuser. */
  superuserUrl: string;
  stop(): Promise<void>;
}

/** A throw-away Postgres of this project's own, with the migrated template on it. */
export async function startTestServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-test-'));
  // Root's Postgres runs as another user, who must be able to pass.
  await chmod(folder, 0o711);
  const postgres = await startPostgres(folder);
  const superuserUrl = postgres.url('postgres');
  const as = new URL(superuserUrl);
  as.username = 'tests';
  await administer(superuserUrl, [`create role tests login createdb createrole password '${as.password}'`]);
  await prepareTemplate(as.href);
  return {
    url: as.href,
    superuserUrl,
    async stop() {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Creates the template anew on the server of `url`, whoever runs it. */
export async function prepareTemplate(url: string): Promise<void> {
  await dropDatabase(url, templateDatabase);
  await administer(url, [`create database ${templateDatabase}`]);
  const db = openDatabase({
    url: withDatabase(url, templateDatabase),
    poolSize: 1,
    log: pino({ level: 'silent' }),
  });
  await migrate(db);
  await db.destroy();
}

/**
 * Ends the sessions on it that the role may end, and drops it. `with (force)` would end autovacuum's workers, too, which only
 * a superuser may; without it Postgres itself asks them to go, and waits.
 */
export function dropDatabase(url: string, name: string): Promise<void> {
  return administer(url, [
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pg_has_role(usesysid, 'usage')`,
    `drop database if exists ${name}`,
  ]);
}

/** Runs statements that no transaction may hold, one by one. */
export async function administer(url: string, statements: string[]): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
