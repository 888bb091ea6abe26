import { existsSync } from 'node:fs';
import { readConfig } from '../../config.ts';
import { createLogger } from '../../kernel/log.ts';
import { BackupError, type End } from '../../store/backup/archive.ts';
import { restoreBackup } from '../../store/backup/restore.ts';
import { writeBackup } from '../../store/backup/write.ts';
import { openDatabase } from '../../store/database.ts';
import { FolderInUse, lockFolder } from '../../store/folder.ts';
import { migrate } from '../../store/migrate.ts';
import { startPostgres } from '../../store/postgres.ts';
import { readFlags, refuseOthers } from './arguments.ts';
import { databaseName, withDatabase } from './context.ts';
import { Failure, type Terminal, UsageError } from './terminal.ts';

const keysAreFiles =
  'Keys, the house secret and their passphrase are files and not in it: keep copies of those apart from it';

export const backupHelp = [
  'postern backup FILE    all of the database as it stands now: purchases, mail, attachments, people',
  '',
  `${keysAreFiles}.`,
];

export const restoreHelp = [
  'postern restore FILE   put a backup into the database of DATABASE_URL, or of a new POSTERN_DATA; it must be empty',
  '',
  'Postern must not run meanwhile. Never run a restored database beside the one that it was taken from: both would',
  'settle the same payments and send the same mails.',
];

/** @throws {UsageError} @throws {Failure} */
export async function backup(args: string[], terminal: Terminal): Promise<void> {
  const file = onlyFile(args, backupHelp);
  if (existsSync(file)) throw new Failure(`${file} is there already and stays`, 'exists');
  await withDatabase(readConfig(terminal.environment), async ({ url }) => {
    const end = await writeBackup(url, file, new Date(terminal.clock())).catch(asFailure);
    terminal.print(`${rowsIn(end)} are in ${file}.`);
  });
  terminal.note(`${keysAreFiles}.`);
}

/** @throws {UsageError} @throws {Failure} */
export async function restore(args: string[], terminal: Terminal): Promise<void> {
  const file = onlyFile(args, restoreHelp);
  if (!existsSync(file)) throw new Failure(`there is no ${file}`);
  const { databaseUrl, dataFolder } = readConfig(terminal.environment);
  const giveBack = await lockFolder(dataFolder).catch((error: Error) => {
    throw error instanceof FolderInUse ? new Failure(error.message) : error;
  });
  try {
    const own = databaseUrl === undefined ? await startPostgres(dataFolder) : undefined;
    try {
      await own?.ensureDatabase(databaseName);
      const end = await restoreInto(databaseUrl ?? own!.url(databaseName), file);
      terminal.print(`${rowsIn(end)} are back.`);
    } finally {
      await own?.stop();
    }
  } finally {
    giveBack();
  }
}

async function restoreInto(url: string, file: string): Promise<End> {
  const db = openDatabase({ url, poolSize: 1, log: createLogger('warn') });
  try {
    await migrate(db);
  } finally {
    await db.destroy();
  }
  return restoreBackup(url, file).catch(asFailure);
}

function asFailure(error: Error): never {
  const { syscall, path } = error as NodeJS.ErrnoException;
  // What the disk says is no fault of ours.
  const isDisk = syscall !== undefined && path !== undefined;
  throw error instanceof BackupError || isDisk ? new Failure(error.message) : error;
}

function onlyFile(args: string[], help: readonly string[]): string {
  const flags = readFlags(args, {});
  refuseOthers(flags);
  const [file, ...rest] = flags.words;
  if (!file || rest.length > 0) throw new UsageError(help[0]!);
  return file;
}

const rowsIn = ({ tables }: End): string =>
  `${tables.reduce((sum, { rows }) => sum + rows, 0)} rows of ${tables.length} tables`;
