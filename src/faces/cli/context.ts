import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { randomIds } from '../../kernel/ids.ts';
import { createLogger } from '../../kernel/log.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { startPostgres } from '../../store/postgres.ts';
import type { OperatorContext } from './operator-command.ts';
import { Failure, type Terminal } from './terminal.ts';

/** The workspace that Postern fills for a newcomer. */
const demoWorkspace = 'acme';
const databaseName = 'postern';

export interface OperatorSettings {
  /** Connection string; undefined for Postern's own Postgres in the data folder. */
  databaseUrl: string | undefined;
  dataFolder: string;
}

/**
 * Runs an operator's command on the database: the server that is configured, or the data folder's own, which is
 * started for the command where Postern is not running.
 * @throws {Failure} where Postern has never been started on the data folder
 */
export async function withOperatorContext(
  { databaseUrl, dataFolder }: OperatorSettings,
  terminal: Terminal,
  work: (context: OperatorContext) => Promise<void>,
): Promise<void> {
  const local = databaseUrl === undefined ? await localPostgres(dataFolder) : undefined;
  const url = databaseUrl ?? local!.url(databaseName);
  const db = openDatabase({ url, poolSize: 1, log: createLogger('warn') });
  try {
    await work({
      db,
      workspace: demoWorkspace,
      print: terminal.print,
      ids: randomIds,
      now: new Date(terminal.clock()),
      mailFolder: join(dataFolder, 'mail'),
    });
  } finally {
    const alone = local !== undefined && !local.reused && (await isAlone(db));
    await db.destroy();
    if (alone) await local.stop();
  }
}

async function localPostgres(dataFolder: string) {
  if (!existsSync(join(dataFolder, 'postgres')))
    throw new Failure(
      `there is no desk in ${dataFolder} yet; start Postern once (npm start), or set POSTERN_DATA`,
    );
  return startPostgres(dataFolder);
}

/** Whether nobody else is connected: a Postern that was started meanwhile uses the same server. */
async function isAlone(db: Database): Promise<boolean> {
  const { rows } = await sql`
    select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`.execute(
    db,
  );
  return rows.length === 0;
}
