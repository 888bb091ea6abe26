import type { Clock } from '../../kernel/time.ts';

/** What a command may touch besides its arguments. */
export interface Terminal {
  environment: Readonly<Record<string, string | undefined>>;
  /** The user's home folder: key and unfinished payments live in `.postern` below it. */
  home: string;
  /** A line for stdout: what was asked for. */
  print(line: string): void;
  /** A line for stderr: what is going on. */
  note(line: string): void;
  fetch: typeof fetch;
  clock: Clock;
  sleep(ms: number): Promise<void>;
  /** None where only commands are run. */
  services?: Services;
}

/** What runs until it is told to stop. The composition root's, which no face imports. */
export interface Services {
  /** @param port in place of `PORT` */
  facilitator(port: string | undefined): Promise<void>;
}

/** The command line itself is wrong. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly code = 'usage';
}

/** The command was refused or failed; the message is one line for the user. Exit code 1. */
export class Failure extends Error {
  override name = 'Failure';
  /** From the door's table of errors, where it said one. */
  readonly code: string;

  constructor(message: string, code = 'failed') {
    super(message);
    this.code = code;
  }
}

/**
 * Text of strangers for a terminal: control characters (escape sequences that could rewrite the screen) and marks that
 * reverse the reading order show as a replacement; line breaks and tabs stay.
 */
export const printable = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(/(?![\n\t])[\p{Cc}\p{Cs}\u2028\u2029\p{Bidi_Control}]/gu, '\ufffd');

/** Two columns, the first as wide as its longest entry. */
export function columns(rows: readonly (readonly [string, string])[], indent = '  '): string[] {
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `${indent}${label.padEnd(width)}  ${printable(text)}`.trimEnd());
}
