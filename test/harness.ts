import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { type Database, openDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import {
  administer,
  dropDatabase,
  serverVariable,
  startTestServer,
  templateDatabase,
  withDatabase,
} from './server.ts';

const cleanups: (() => Promise<void>)[] = [];

/** Runs when the test file ends, the latest first: what stands on a server goes before the server. */
export function atEnd(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup);
}

after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const dayMs = 86_400_000;

/** For a test of what was done today (UTC): where the day is about to end, it begins with the next one. */
export async function awayFromMidnight(): Promise<void> {
  const leftMs = dayMs - (Date.now() % dayMs);
  if (leftMs < 120_000) await setTimeout(leftMs);
}

export const silent = pino({ level: 'silent' });

/** Connection string of a migrated database of the caller's own; it is dropped when the test file ends. */
export async function testDatabaseUrl(): Promise<string> {
  const server = await serverUrl();
  const name = `postern_test_${randomBytes(6).toString('hex')}`;
  // Copying a template fails while another copy of it is being made: those who copy wait for each other.
  await administer(server, [
    'select pg_advisory_lock(4020)',
    `create database ${name} template ${templateDatabase}`,
  ]);
  atEnd(() => dropDatabase(server, name));
  return withDatabase(server, name);
}

/** The same, made as it is said (`locale_provider icu icu_locale 'de'`), and migrated, or as far as before one migration. */
export async function testDatabaseOf(options: string, before?: string): Promise<Database> {
  const server = await serverUrl();
  const name = `postern_test_${randomBytes(6).toString('hex')}`;
  await administer(server, [`create database ${name} ${options} template template0`]);
  atEnd(() => dropDatabase(server, name));
  const db = openDatabase({ url: withDatabase(server, name), poolSize: 4, log: silent });
  atEnd(() => db.destroy());
  await migrate(db, before);
  return db;
}

/** A migrated database of the caller's own, closed and dropped when the test file ends. */
export async function testDatabase(options: { poolSize?: number } = {}): Promise<Database> {
  const url = await testDatabaseUrl();
  const db = openDatabase({ url, poolSize: options.poolSize ?? 10, log: silent });
  atEnd(() => db.destroy());
  return db;
}

let own: Promise<string> | undefined;

/** The run's server; a file that is run by itself starts one. */
async function serverUrl(): Promise<string> {
  const given = process.env[serverVariable];
  if (given) return given;
  own ??= startTestServer().then((server) => {
    atEnd(() => server.stop());
    return server.url;
  });
  return own;
}
