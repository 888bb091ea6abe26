/**
 * The process of the local cluster: JSON-RPC over HTTP on a free port of the loopback interface. It is started by
 * `cluster.ts`, says its port on its output, and ends with its input: where the parent dies, however it dies, the pipe
 * between them closes. Nothing is left to save then, for the journal is written as things happen.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createLogger } from '../../../kernel/log.ts';
import { sleep, systemClock } from '../../../kernel/time.ts';
import { FolderInUse, lockFolder } from '../../../store/folder.ts';
import { svmSigner } from '../../svm/signer.ts';
import { furnish } from './faucet-methods.ts';
import { answer } from './json-rpc.ts';
import type { Node } from './node.ts';
import { openVm } from './vm.ts';

/** What the parent says, as JSON, in the one argument. */
export interface ServerOptions {
  folder: string;
  genesisHash: string;
  mint: string;
  slotMs: number;
  confirmedAfter: number;
  finalizedAfter: number;
  /** How far its clock is ahead of the machine's. */
  aheadMs: number;
}

const maxBodyBytes = 256 * 1024;
/** A process whose parent was killed is gone within moments. */
const lockPatienceMs = 5_000;

const log = createLogger('warn');

async function main(options: ServerOptions): Promise<void> {
  const unlock = await lock(options.folder);
  const vm = openVm({
    ...options,
    file: join(options.folder, 'journal.jsonl'),
    clock: () => systemClock() + options.aheadMs,
  });
  const faucet = svmSigner(createHash('sha256').update(`${vm.seed}:faucet`).digest());
  const { genesisHash, mint } = options;
  const node: Node = { vm, genesisHash, mint, faucet, dropping: 0, held: undefined };
  furnish(node);
  const server = createServer((request, response) => {
    const reply = (status: number, text = '') => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    };
    if (request.method === 'GET' && request.url === '/health') return reply(200, 'ok');
    if (request.method !== 'POST') return reply(405);
    readBody(request)
      .then(async (body) => {
        if (body === undefined) return reply(413);
        reply(200, await answer(node, body, (error) => log.error({ error }, 'a call failed')));
      })
      .catch((error: Error) => {
        log.error({ error: error.message }, 'a request failed');
        response.destroy();
      });
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ port })}\n`);
  });
  process.stdin.resume();
  process.stdin.once('end', () => {
    vm.close();
    unlock();
    process.exit(0);
  });
}

async function lock(folder: string): Promise<() => void> {
  const startedAt = performance.now();
  for (;;)
    try {
      return await lockFolder(folder);
    } catch (error) {
      if (!(error instanceof FolderInUse) || performance.now() - startedAt > lockPatienceMs) throw error;
      await sleep(20);
    }
}

/** @returns undefined for a body that is too large */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

await main(JSON.parse(process.argv[2]!) as ServerOptions).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
