/**
 * Every test on a server that DATABASE_URL names, as in production: as a role that may create databases and roles and is
 * no superuser. The server is a throw-away one. Arguments go to test/run.ts; its exit code is passed on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../src/store/postgres.ts';
import { administer } from './server.ts';

const folder = await mkdtemp(join(tmpdir(), 'postern-named-'));
// Root's Postgres runs as another user, who must be able to pass.
await chmod(folder, 0o711);
const postgres = await startPostgres(folder);
await administer(postgres.url('postgres'), [`create role named login createdb createrole password 'named'`]);
const url = new URL(postgres.url('postgres'));
url.username = 'named';
url.password = 'named';

const run = spawn(process.execPath, ['test/run.ts', ...process.argv.slice(2)], {
  env: { ...process.env, DATABASE_URL: url.href },
  stdio: 'inherit',
});
const [code] = await once(run, 'exit');
await postgres.stop();
await rm(folder, { recursive: true, force: true });
process.exitCode = code ?? 1;
