import type { Logger } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/time.ts';
import type { EvmNetwork, SvmNetwork } from '../networks.ts';
import type { ClusterOptions } from './solana/cluster.ts';

export interface DevnetOptions {
  /** Each network keeps its chain in a folder of its name below this one. */
  folder: string;
  networks: readonly (EvmNetwork | SvmNetwork)[];
  /** Gets 1,000 of each EVM network's native token at every start. */
  relayerAddress: string;
  /** Gets 1,000 SOL at every start. */
  svmRelayerAddress?: string | undefined;
  log: Logger;
  /** What time the chains go by from the start on; the machine's, if it is left out. Chain time never goes back. */
  clock?: Clock;
  /** A block each so many seconds, instead of a block per transaction. */
  blockTimeSeconds?: number;
  /** How Solana's slots pass, where not as `startCluster` has it. */
  solana?: Pick<ClusterOptions, 'slotMs' | 'confirmedAfter' | 'finalizedAfter'>;
}

/** A chain of the devnet, whatever its family. */
export interface LocalChain {
  network: EvmNetwork | SvmNetwork;
  rpcUrl: string;
  /** The wallet's address in its one spelling. @throws {PosternError} `invalid_arguments` for what is no wallet of this family */
  parseWallet(text: string): string;
  /** Atomic USDC that the wallet holds. */
  balanceOf(wallet: string): Promise<bigint>;
  /** Gives the wallet so much USDC. Resolves when it is there. */
  mint(wallet: string, amountAtomic: bigint): Promise<void>;
  /** Lets time pass on a chain that would stand still without transactions. */
  beat(): Promise<void>;
  /** Ends it, its state written, unless another living process started it. */
  stop(): Promise<void>;
}
