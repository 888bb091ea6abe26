import { homedir } from 'node:os';
import { environment } from '../../config.ts';
import { sleep, systemClock } from '../../kernel/time.ts';
import { run } from './commands.ts';

/** The command line on the real machine. @returns the exit code */
export const main = (args: string[]): Promise<number> =>
  run(args, {
    environment,
    home: homedir(),
    print: (line) => process.stdout.write(`${line}\n`),
    note: (line) => process.stderr.write(`${line}\n`),
    fetch,
    clock: systemClock,
    sleep,
  });
