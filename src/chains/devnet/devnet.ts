/**
 * Chains to try and to test with: one process per network, each with the testnet's identity and USDC where the testnet has
 * it. Identities of testnets only: nothing signed here can move money on a mainnet.
 */
import { assert, PosternError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import type { EvmNetwork, SvmNetwork } from '../networks.ts';
import { startEvmChain } from './evm-chain.ts';
import type { DevnetOptions, LocalChain } from './local-chain.ts';
import { startSolanaChain } from './solana/solana-chain.ts';

export interface Devnet {
  networks: Pick<LocalChain, 'network' | 'rpcUrl'>[];
  /**
   * Mints 10 USDC to a wallet that holds less than 100.
   * @param networkName v1 name or CAIP-2 id of one of the devnet's networks
   * @throws {PosternError} `invalid_arguments` for what is no address, `not_found` for a network that is not here
   */
  fund(networkName: string, address: string): Promise<Funding>;
  /** Ends the chains, their state written, except EVM chains that another living process started. */
  stop(): Promise<void>;
}

/** What the faucet did. Amounts in atomic units: 6 decimals. */
export interface Funding {
  network: string;
  address: string;
  asset: string;
  /** What this call added; "0" if the wallet held enough. */
  amountAtomic: string;
  balanceAtomic: string;
  /** Whether the wallet now holds 100 USDC or more, past which the faucet adds nothing. */
  full: boolean;
}

const faucetAmount = 10_000_000n;
const faucetBound = 100_000_000n;

/**
 * Starts one chain per network, all at once, or goes on with those that a dead process left running.
 * @throws if a network is no testnet, or a chain cannot be started (then none is left running)
 */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  for (const { name, testnet } of options.networks)
    assert(testnet, `a devnet must not bear the identity of ${name}`);
  const started = await Promise.allSettled(options.networks.map((network) => startChain(network, options)));
  const chains = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stopBeats = beat(chains, options.log);
  const stop = async () => {
    stopBeats();
    await Promise.all(chains.map((chain) => chain.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  // One at a time, or two requests at once could both find a wallet below the bound.
  let previous: Promise<unknown> = Promise.resolve();
  return {
    networks: chains.map(({ network, rpcUrl }) => ({ network, rpcUrl })),
    async fund(networkName, address) {
      const chain = chains.find(
        ({ network: { name, caip2 } }) => name === networkName || caip2 === networkName,
      );
      if (!chain)
        throw new PosternError('not_found', `The devnet has no network ${JSON.stringify(networkName)}.`);
      const wallet = chain.parseWallet(address);
      const funding = previous.then(() => fund(chain, wallet));
      previous = funding.catch(() => undefined);
      return funding;
    },
    stop,
  };
}

/** How far an idle chain's time may lag behind. */
const beatMs = 5_000;

/**
 * A block now and then: without transactions a chain that makes a block for each would stand still in time, so that
 * nothing on it expired, and a simulation at its latest block would judge by a time long gone.
 */
function beat(chains: readonly LocalChain[], log: Logger): () => void {
  const timer = setInterval(() => {
    for (const chain of chains)
      chain.beat().catch((error: Error) => {
        log.warn({ network: chain.network.name, error: error.message }, 'the devnet missed a beat');
      });
  }, beatMs);
  timer.unref();
  return () => clearInterval(timer);
}

const startChain = (network: EvmNetwork | SvmNetwork, options: DevnetOptions): Promise<LocalChain> =>
  network.family === 'evm' ? startEvmChain(network, options) : startSolanaChain(network, options);

async function fund({ network, balanceOf, mint }: LocalChain, wallet: string): Promise<Funding> {
  let balance = await balanceOf(wallet);
  const amount = balance < faucetBound ? faucetAmount : 0n;
  if (amount > 0n) {
    await mint(wallet, amount);
    balance = await balanceOf(wallet);
  }
  return {
    network: network.name,
    address: wallet,
    asset: network.asset,
    amountAtomic: `${amount}`,
    balanceAtomic: `${balance}`,
    full: balance >= faucetBound,
  };
}
