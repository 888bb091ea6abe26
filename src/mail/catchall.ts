import { mkdir, rename, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import type { Ids } from '../kernel/ids.ts';
import type { Clock } from '../kernel/time.ts';

export interface CatchAll {
  /** For `createSmtp`. */
  url: string;
  close(): Promise<void>;
}

/** Our longest mail, 25 MB of files in base64, and its text. */
const longestMailBytes = 40_000_000;
const closeTimeoutMs = 1_000;

/**
 * An SMTP server on a free loopback port that takes every mail and writes it into `folder` as one `.eml` file, named by
 * its time so that names sort by age. For when no real server is configured: mail goes somewhere and nowhere.
 */
export async function startCatchAll(options: {
  folder: string;
  clock: Clock;
  ids: Ids;
  maxBytes?: number;
}): Promise<CatchAll> {
  const { folder, clock, ids, maxBytes = longestMailBytes } = options;
  await mkdir(folder, { recursive: true });
  const server = new SMTPServer({
    name: 'localhost',
    size: maxBytes,
    maxClients: 20,
    closeTimeout: closeTimeoutMs,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, _session, callback) {
      keep(stream).then(
        () => callback(),
        (error: Error) => callback(error),
      );
    },
  });

  async function keep(stream: SMTPServerDataStream): Promise<void> {
    const chunks: Buffer[] = [];
    // Over the limit the rest is read and dropped, for SMTP answers only after the last line.
    for await (const chunk of stream) if (!stream.sizeExceeded) chunks.push(chunk as Buffer);
    if (stream.sizeExceeded)
      throw Object.assign(new Error(`mail is larger than ${maxBytes} bytes`), { responseCode: 552 });
    const time = new Date(clock()).toISOString().replaceAll(':', '-');
    const name = join(folder, `${time}-${ids('out')}`);
    await writeFile(`${name}.part`, Buffer.concat(chunks), { mode: 0o600 });
    await rename(`${name}.part`, `${name}.eml`);
  }

  // A client that breaks off is its own trouble; without a listener it would end the process.
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
