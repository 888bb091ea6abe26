/** A local Solana cluster with USDC's mint on it. */
import { join } from 'node:path';
import { PosternError } from '../../../kernel/errors.ts';
import { type Rpc, unwrap } from '../../evm/rpc.ts';
import type { SvmNetwork } from '../../networks.ts';
import { isSvmAddress } from '../../svm/base58.ts';
import { associatedTokenAddress, systemProgram } from '../../svm/instructions.ts';
import { svmChain } from '../../svm/rpc-chain.ts';
import type { DevnetOptions, LocalChain } from '../local-chain.ts';
import { startCluster } from './cluster.ts';

/** 1,000 SOL, in lamports: fees for a hundred million payments. */
const nativeFunds = '1000000000000';

/** Starts the cluster of a network. */
export async function startSolanaChain(network: SvmNetwork, options: DevnetOptions): Promise<LocalChain> {
  const folder = join(options.folder, network.name);
  const cluster = await startCluster({ ...options.solana, folder, network, clock: options.clock });
  const { rpc, rpcUrl } = cluster;
  const chain = svmChain(network, rpc);
  const { svmRelayerAddress } = options;
  if (svmRelayerAddress)
    try {
      await call(rpc, 'devnet_setBalance', svmRelayerAddress, nativeFunds);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  return {
    network,
    rpcUrl,
    parseWallet,
    async balanceOf(owner) {
      const { asset: mint, tokenProgram } = network;
      const [account] = await chain.tokenAccounts([
        await associatedTokenAddress({ owner, mint, tokenProgram }),
      ]);
      return account?.amountAtomic ?? 0n;
    },
    mint: (wallet, amountAtomic) => call(rpc, 'devnet_mint', wallet, `${amountAtomic}`),
    beat: async () => {},
    stop: () => cluster.stop(),
  };
}

async function call(rpc: Rpc, method: string, ...params: unknown[]): Promise<void> {
  unwrap((await rpc([{ method, params }]))[0]);
}

/** To the letter: base58 has upper and lower case. */
function parseWallet(address: string): string {
  if (!isSvmAddress(address) || address === systemProgram)
    throw new PosternError('invalid_arguments', 'The address is no Solana wallet: 32 bytes in base58.');
  return address;
}
