import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { startPostgres } from '../../store/postgres.ts';
import { withOperatorContext } from './context.ts';
import type { Terminal } from './terminal.ts';

const folder = await mkdtemp(join(tmpdir(), 'postern-context-'));
// Where root runs the tests, Postgres runs as another user and has to get through.
await chmod(folder, 0o755);
after(() => rm(folder, { recursive: true, force: true }));

const terminal: Terminal = {
  environment: {},
  home: folder,
  print: () => {},
  note: () => {},
  fetch,
  clock: () => 1_000,
  sleep: async () => {},
};
const settings = { databaseUrl: undefined, dataFolder: folder, networks: [], devnet: [] };

const read = async (meanwhile = async () => {}) => {
  let seen: string | undefined;
  await withOperatorContext(settings, terminal, async ({ db, now, mailFolder }) => {
    await meanwhile();
    assert.equal(now.getTime(), 1_000);
    assert.equal(mailFolder, join(folder, 'mail'));
    seen = (await sql<{ name: string }>`select current_database() as name`.execute(db)).rows[0]?.name;
  });
  return seen;
};

test('a command needs a data folder, starts its Postgres, and leaves one that runs alone', async () => {
  await assert.rejects(read, { name: 'Failure', message: /npm start/ });

  const server = await startPostgres(folder);
  await server.ensureDatabase('postern');
  assert.equal(await read(), 'postern');
  const found = await startPostgres(folder);
  assert.equal(found.reused, true, 'the command left the server running');

  await server.stop();
  assert.equal(await read(), 'postern');
  const fresh = await startPostgres(folder);
  assert.equal(fresh.reused, false, 'the command stopped what it started');
  await fresh.stop();
});

test('a Postgres that a Postern came to use during the command is left to it', async () => {
  let url = '';
  await read(async () => {
    url = (await startPostgres(folder)).url('postern');
    const other = new pg.Client({ connectionString: url });
    other.on('error', () => {});
    await other.connect();
  });
  const found = await startPostgres(folder);
  assert.equal(found.reused, true);
  assert.equal(found.url('postern'), url);
  await found.stop();
});
