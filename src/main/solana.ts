/** Solana in the composition root: which clusters there are, and the key that pays their fees. */
import { join } from 'node:path';
import { httpRpc } from '../chains/evm/rpc.ts';
import type { KeyFileOptions } from '../chains/key-file.ts';
import { findNetwork, type SvmNetwork } from '../chains/networks.ts';
import type { SvmChain } from '../chains/svm/chain.ts';
import { devnetSvmKey, readSvmKey } from '../chains/svm/keys.ts';
import { svmChain } from '../chains/svm/rpc-chain.ts';
import type { SvmSigner } from '../chains/svm/signer.ts';
import type { Config } from '../config.ts';
import type { Station } from '../facilitator/facilitator.ts';
import { type SvmStationPorts, svmStation } from '../facilitator/svm/station.ts';

/** Clusters that are settled on, and the fee payer of all of them; nothing where no network is Solana's. */
export interface SvmWorld {
  account: SvmSigner;
  chains: readonly SvmChain[];
}

/** A network's name, to a cluster of the table. */
export const isSolana = (name: string): boolean => findNetwork(name)?.family === 'svm';

/** @throws {Error} that names the key's file and never its content */
export async function openSolana(config: Config, keys: KeyFileOptions): Promise<SvmWorld | undefined> {
  const real = config.networks.filter(({ name }) => isSolana(name));
  if (real.length === 0) return undefined;
  return { account: await readSvmKey(config.solanaKeyFile!, keys), chains: chainsOf(real) };
}

/** The fee payer of the devnet's cluster; undefined where it has none. */
export const devnetFeePayer = async (config: Config): Promise<SvmSigner | undefined> =>
  config.devnet.some(isSolana)
    ? devnetSvmKey(join(config.dataFolder, 'devnet', 'solana-hot.json'))
    : undefined;

/** The chain ports of those nodes that are of clusters. */
export const chainsOf = (nodes: readonly { name: string; rpcUrl: string }[]): SvmChain[] =>
  nodes
    .filter(({ name }) => isSolana(name))
    .map(({ name, rpcUrl }) => svmChain(findNetwork(name) as SvmNetwork, httpRpc(rpcUrl)));

/** A station for each cluster. */
export const svmStations = (svm: SvmWorld | undefined, ports: Omit<SvmStationPorts, 'account'>): Station[] =>
  svm?.chains.map((chain) => svmStation({ ...ports, account: svm.account }, chain)) ?? [];

/** Where the demo workspace is paid on Solana. */
export const demoPayTo = async (config: Config): Promise<string> =>
  (await devnetSvmKey(join(config.dataFolder, 'devnet', 'solana-cold.json'))).address;
