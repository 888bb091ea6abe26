import { join } from 'node:path';
import { payTo, startChain } from './chain.ts';
import { startServer } from './process.ts';
import { benchNetwork, type Side } from './side.ts';

/**
 * How often the tuned reference looks for a receipt. Its documented set-up leaves viem's default, once a second on
 * this chain; 10 to 50 ms were measured as its fastest, alike within the noise.
 */
const tunedPollingMs = 20;

/**
 * The reference stack in a process of its own, beside a chain of its own: as documented with viem's nonce manager
 * added, or tuned on top of that. `through` gives it another way to its node.
 */
export async function startReference(
  name: 'reference' | 'tuned',
  through: (rpcUrl: string) => Promise<string> = async (rpcUrl) => rpcUrl,
): Promise<Side> {
  const chain = await startChain();
  const polling = name === 'tuned' ? [String(tunedPollingMs)] : [];
  const server = await startServer(
    join(import.meta.dirname, 'reference-server.ts'),
    'The reference is ready on',
    { args: [await through(chain.rpcUrl), payTo, ...polling] },
  );
  return {
    name,
    network: benchNetwork,
    pid: server.pid,
    rpcUrl: chain.rpcUrl,
    call: {
      url: `${server.address}/tickets`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ subject: 'Where is my order?', body: 'It was due on Monday.' }),
    },
    crew: { server: server.pid, anvil: chain.pid },
    async stop() {
      await server.stop();
      await chain.stop();
    },
  };
}
