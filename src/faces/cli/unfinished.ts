import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, type JsonObject } from '../../kernel/json.ts';
import { Failure } from './terminal.ts';

/** A payment that was sent, or may have been, and whose outcome is not known yet. */
export interface Unfinished {
  /** The header that carries it. */
  headers: Record<string, string>;
  payer: string;
  /** What it pays, for showing. */
  terms: { network: string; amountAtomic: string; payTo: string; asset: string };
}

/**
 * Payments lie in a folder from before they are sent until their outcome is known, so that the same command, run
 * again after a crash or a lost connection, repeats the payment instead of signing a second one. A payment is known by
 * what it pays for: the door's address, the tool and its arguments.
 */
export function unfinishedPayments(folder: string) {
  const fileOf = (call: JsonObject) =>
    join(folder, `${createHash('sha256').update(canonicalJson(call)).digest('hex')}.json`);
  return {
    async find(call: JsonObject): Promise<Unfinished | undefined> {
      const text = await readFile(fileOf(call), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : (JSON.parse(text) as Unfinished);
    },
    async keep(call: JsonObject, payment: Unfinished): Promise<void> {
      await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: Error) => {
        throw new Failure(`cannot keep the payment in ${folder}, so it is not sent: ${error.message}`);
      });
      const file = fileOf(call);
      await writeFile(`${file}.new`, JSON.stringify(payment), { mode: 0o600, flush: true });
      await rename(`${file}.new`, file);
    },
    forget: (call: JsonObject): Promise<void> => rm(fileOf(call), { force: true }),
  };
}
