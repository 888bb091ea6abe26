import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Address } from 'viem';
import { startDevnet } from '../src/chains/devnet/devnet.ts';
import { findNetwork } from '../src/chains/networks.ts';
import { createLogger } from '../src/kernel/log.ts';
import { startServer } from './process.ts';
import { benchNetwork, type Side, type TestChain } from './side.ts';

const payTo: Address = '0x00000000000000000000000000000000000babe1';

/**
 * How often the tuned reference looks for a receipt. Its documented set-up leaves viem's default, once a second on
 * this chain; 10 to 50 ms were measured as its fastest, alike within the noise.
 */
const tunedPollingMs = 20;

/** A chain of the same kind that our devnet runs on. */
export async function startChain(): Promise<TestChain> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-chain-'));
  const devnet = await startDevnet({
    folder,
    networks: [findNetwork(benchNetwork.name)!],
    relayerAddress: payTo, // the reference funds its own relayer, whose key never leaves its process
    log: createLogger('error'),
  });
  return {
    rpcUrl: devnet.networks[0]!.rpcUrl,
    fund: async (address) => {
      await devnet.fund(benchNetwork.name, address);
    },
    async stop() {
      await devnet.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The reference stack in a process of its own, beside a chain of its own: as documented with viem's nonce manager
 * added, or tuned on top of that.
 */
export async function startReference(name: 'reference' | 'tuned'): Promise<Side> {
  const chain = await startChain();
  const polling = name === 'tuned' ? [String(tunedPollingMs)] : [];
  const server = await startServer(
    join(import.meta.dirname, 'reference-server.ts'),
    'The reference is ready on',
    { args: [chain.rpcUrl, payTo, ...polling] },
  );
  return {
    ...chain,
    name,
    pid: server.pid,
    call: {
      url: `${server.address}/tickets`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ subject: 'Where is my order?', body: 'It was due on Monday.' }),
    },
    async stop() {
      await server.stop();
      await chain.stop();
    },
  };
}
