/**
 * The mainnets' rows on local chains, for tests alone: anvil with a mainnet's chain id, and the devnet's token at the
 * address where its USDC lies. The product's devnet refuses to bear such an identity; what is signed here is for keys that
 * no one else ever has, and for money that is none.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeDeployData, getAddress, type Hex } from 'viem';
import { startAnvil } from '../src/chains/devnet/anvil.ts';
import { type Artifact, artifactUrl } from '../src/chains/devnet/contracts/compile.ts';
import type { Devnet } from '../src/chains/devnet/devnet.ts';
import type { DevnetOptions } from '../src/chains/devnet/local-chain.ts';
import { multicall3 } from '../src/chains/evm/chain.ts';
import { type Rpc, unwrap } from '../src/chains/evm/rpc.ts';
import type { EvmNetwork } from '../src/chains/networks.ts';

const artifact = async (name: string): Promise<Artifact> =>
  JSON.parse(await readFile(artifactUrl(name), 'utf8'));

/** As `startDevnet`, without its faucet and its beat: a block for each transaction, and none but those. */
export async function startMainnets({
  folder,
  networks,
  relayerAddress,
  log,
}: DevnetOptions): Promise<Devnet> {
  const chains = await Promise.all(
    (networks as readonly EvmNetwork[]).map(async (network) => {
      const anvil = await startAnvil({ folder: join(folder, network.name), chainId: network.chainId, log });
      await furnish(anvil.rpc, network, relayerAddress);
      return { network, anvil };
    }),
  );
  return {
    networks: chains.map(({ network, anvil }) => ({ network, rpcUrl: anvil.rpcUrl })),
    fund: () => Promise.reject(new Error('no faucet here')),
    stop: async () => void (await Promise.all(chains.map(({ anvil }) => anvil.stop()))),
  };
}

async function furnish(rpc: Rpc, { asset, domain }: EvmNetwork, relayerAddress: string): Promise<void> {
  const call = async <T>(method: string, ...params: unknown[]) =>
    unwrap<T>((await rpc([{ method, params }]))[0]);
  const { abi, bytecode } = await artifact('DevnetUsdc');
  // A creation that is only called answers with the code it would leave.
  const data = encodeDeployData({ abi, bytecode, args: [domain.name, domain.version] });
  await call('anvil_setCode', getAddress(asset), await call<Hex>('eth_call', { data }, 'latest'));
  await call('anvil_setCode', multicall3, (await artifact('Multicall3')).deployedBytecode);
  await call('anvil_setBalance', relayerAddress, '0x3635c9adc5dea00000');
  await call('evm_mine');
}
