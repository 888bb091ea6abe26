import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { createLogger } from '../src/kernel/log.ts';
import { openDatabase } from '../src/store/database.ts';
import { startPostgres } from '../src/store/postgres.ts';
import { liftCaps, liftedLimits } from '../test/caps.ts';
import { freePort, type ServerProcess, startServer } from './process.ts';
import { benchNetwork, type HttpCall, type Side } from './side.ts';

/**
 * Our server on a data folder, whole: its Postgres, its devnet, its demo workspace, whose caps are out of the way. The
 * folder stays the caller's.
 */
export async function startPostern(folder: string): Promise<ServerProcess> {
  // As `npm start` runs it.
  const flags = manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'));
  const server = await startServer(join(import.meta.dirname, '../src/main.ts'), 'Postern is ready on', {
    flags,
    env: { PORT: String(await freePort()), POSTERN_DATA: folder, ...liftedLimits },
  });
  await openCaps(folder);
  return server;
}

/** Few wallets pay here far more often than any one wallet may. */
async function openCaps(folder: string): Promise<void> {
  const postgres = await startPostgres(folder);
  const db = openDatabase({ url: postgres.url('postern'), poolSize: 1, log: createLogger('warn') });
  await liftCaps(db);
  await db.destroy();
}

/** A running server of ours as a side of the bench. Calls go through the MCP door. */
export async function oursAt(server: ServerProcess): Promise<Side> {
  const devnet = await fetch(`${server.address}/devnet`).then((response) => response.json());
  const { networks } = devnet as { networks: { network: string; rpcUrl: string }[] };
  return {
    name: 'ours',
    pid: server.pid,
    rpcUrl: networks.find(({ network }) => network === benchNetwork.name)!.rpcUrl,
    call: toolCall(server, 'create_ticket', { subject: 'Where is my order?', body: 'It was due on Monday.' }),
    async fund(address) {
      const response = await fetch(`${server.address}/devnet/faucet`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ network: benchNetwork.name, address }),
      });
      if (!response.ok) throw new Error(`faucet: ${response.status} ${await response.text()}`);
    },
    stop: server.stop,
  };
}

/** A `tools/call` at the demo workspace's MCP door. */
export const toolCall = (server: ServerProcess, name: string, args: Record<string, string>): HttpCall => ({
  url: `${server.address}/api/mcp/acme`,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }),
});
