import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseJson } from '../../kernel/json.ts';
import { fetchJson } from './door.ts';
import { Failure, type Terminal } from './terminal.ts';

/**
 * The keys that doors said sign their receipts, by origin: asked of a door when it was paid, and kept, so that a receipt
 * is checked without asking anyone. A door speaks for its own origin only.
 */
export interface KnownSigners {
  /** Lower case; empty for a door that was never asked. */
  of(origin: string): Promise<readonly string[]>;
  add(origin: string, signer: string): Promise<void>;
}

export function knownSigners(terminal: Terminal): KnownSigners {
  const file = join(terminal.home, '.postern', 'signers.json');
  const read = async (): Promise<Record<string, string[]>> => {
    const text = await readFile(file, 'utf8').catch(() => '{}');
    try {
      return parseJson(text) as Record<string, string[]>;
    } catch {
      throw new Failure(`${file} cannot be read; move it away, or put it right`);
    }
  };
  return {
    of: async (origin) => (await read())[origin] ?? [],
    async add(origin, signer) {
      const known = await read();
      if (known[origin]?.includes(signer)) return;
      if (known[origin])
        terminal.note(`${origin} signs its receipts with another key than before: ${signer}`);
      known[origin] = [...(known[origin] ?? []), signer];
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(`${file}.new`, `${JSON.stringify(known, null, 2)}\n`, { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
  };
}

/** The key that a door publishes for its receipts, lower case; undefined where it publishes none. @throws {Failure} */
export async function publishedSigner(door: URL, terminal: Terminal): Promise<string | undefined> {
  const { body } = await fetchJson(terminal, new URL('/.well-known/x402', door));
  const signer = (body.receipts as { signer?: unknown } | undefined)?.signer;
  return typeof signer === 'string' && /^0x[0-9a-f]{40}$/i.test(signer) ? signer.toLowerCase() : undefined;
}
