import { homedir } from 'node:os';
import { environment } from '../../config.ts';
import { sleep, systemClock } from '../../kernel/time.ts';
import { run } from './commands.ts';
import type { Services } from './terminal.ts';

/** The command line on the real machine. @returns the exit code */
export function main(args: string[], services: Services): Promise<number> {
  // A reader that has seen enough (`| head`) is no error: the command goes on, and puts away what it started.
  process.stdout.on('error', () => {});
  return run(args, {
    environment,
    home: homedir(),
    print: (line) => process.stdout.write(`${line}\n`),
    note: (line) => process.stderr.write(`${line}\n`),
    fetch,
    clock: systemClock,
    sleep,
    services,
  });
}
