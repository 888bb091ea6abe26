/**
 * The networks that Postern knows, and the USDC it takes on each. Asset and EIP-712 domain are pinned here, in code:
 * nothing on the wire, and no setting, can name another. Mainnet addresses: Circle's list of USDC contracts;
 * the domain names were read from the contracts (they differ: "USD Coin" and "USDC").
 */

/** An EVM chain: payments are EIP-3009 authorizations. */
export interface EvmNetwork {
  /** Postern's name and x402 v1's. */
  name: string;
  /** CAIP-2, as x402 v2 names it. */
  caip2: `eip155:${number}`;
  family: 'evm';
  chainId: number;
  testnet: boolean;
  /** USDC, EIP-55 checksummed. */
  asset: `0x${string}`;
  /** The asset's EIP-712 domain, beside chainId and address. */
  domain: { name: string; version: string };
  /** Where a transaction can be looked at: its hash follows. None for testnets, whose names devnets have. */
  explorer?: string;
  /** Blocks on top of a settlement's block before it counts as final. */
  confirmations: number;
  /** What a transaction offers the block's maker per gas. Polygon's nodes take nothing below 25 gwei. */
  priorityFeeWei: bigint;
  /** What a transaction offers per gas at most, unless the operator says otherwise. Above it nothing is sent. */
  maxFeeWei: bigint;
  /** What gas may cost in a day (UTC), unless the operator says otherwise. Beyond it nothing is sent. */
  gasBudgetWei: bigint;
}

/** A Solana cluster: payments are partially signed transactions. */
export interface SvmNetwork {
  /** Postern's name and x402 v1's. */
  name: string;
  /** CAIP-2, as x402 v2 names it: the first 32 characters of the genesis hash. */
  caip2: `solana:${string}`;
  family: 'svm';
  testnet: boolean;
  /** Where a transaction can be looked at: its signature follows. None for testnets, whose names devnets have. */
  explorer?: string;
  /** USDC's mint, base58. */
  asset: string;
  decimals: number;
  /** The program that the mint belongs to, base58. */
  tokenProgram: string;
  /** What a node of the cluster answers to `getGenesisHash`, base58. */
  genesisHash: string;
  /** From where on a settlement counts as paid. */
  commitment: 'confirmed' | 'finalized';
}

/** A network of any family; `family` says which. */
export type Network = EvmNetwork | SvmNetwork;

type EvmName =
  | 'base'
  | 'polygon'
  | 'avalanche'
  | 'sei'
  | 'base-sepolia'
  | 'polygon-amoy'
  | 'avalanche-fuji'
  | 'sei-testnet'
  | EvmNetwork['caip2'];
type SvmName = 'solana' | 'solana-devnet' | SvmNetwork['caip2'];

const evm = (
  name: EvmName,
  chainId: number,
  asset: `0x${string}`,
  domainName: string,
  options: Pick<
    EvmNetwork,
    'explorer' | 'testnet' | 'confirmations' | 'priorityFeeWei' | 'maxFeeWei' | 'gasBudgetWei'
  >,
): EvmNetwork => ({
  name,
  caip2: `eip155:${chainId}`,
  family: 'evm',
  chainId,
  asset,
  domain: { name: domainName, version: '2' },
  ...options,
});

const gwei = 1_000_000_000n;
const coin = gwei * gwei;
const mainnet = { testnet: false, confirmations: 1, priorityFeeWei: gwei };
/** Its coins cost nothing: the bounds are there to be tried out. */
const testnet = {
  testnet: true,
  confirmations: 0,
  priorityFeeWei: gwei,
  maxFeeWei: 500n * gwei,
  gasBudgetWei: 1_000n * coin,
};

export const evmNetworks: readonly EvmNetwork[] = [
  evm('base', 8453, '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913', 'USD Coin', {
    ...mainnet,
    explorer: 'https://basescan.org/tx/',
    priorityFeeWei: gwei / 100n,
    maxFeeWei: 10n * gwei,
    gasBudgetWei: coin / 50n,
  }),
  evm('polygon', 137, '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359', 'USD Coin', {
    ...mainnet,
    explorer: 'https://polygonscan.com/tx/',
    confirmations: 5,
    priorityFeeWei: 30n * gwei,
    maxFeeWei: 1_000n * gwei,
    gasBudgetWei: 100n * coin,
  }),
  evm('avalanche', 43114, '0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E', 'USD Coin', {
    ...mainnet,
    explorer: 'https://snowtrace.io/tx/',
    maxFeeWei: 200n * gwei,
    gasBudgetWei: 2n * coin,
  }),
  evm('sei', 1329, '0xe15fC38F6D8c56aF07bbCBe3BAf5708A2Bf42392', 'USDC', {
    ...mainnet,
    explorer: 'https://seiscan.io/tx/',
    maxFeeWei: 200n * gwei,
    gasBudgetWei: 100n * coin,
  }),
  evm('base-sepolia', 84532, '0x036CbD53842c5426634e7929541eC2318f3dCF7e', 'USDC', testnet),
  evm('polygon-amoy', 80002, '0x41E94Eb019C0762f9Bfcf9Fb1E58725BfB0e7582', 'USDC', {
    ...testnet,
    priorityFeeWei: 30n * gwei,
  }),
  evm('avalanche-fuji', 43113, '0x5425890298aed601595a70AB815c96711a31Bc65', 'USD Coin', testnet),
  evm('sei-testnet', 1328, '0x4fCF1784B31630811181f670Aea7A7bEF803eaED', 'USDC', testnet),
];

const solana = (
  name: SvmName,
  genesisHash: string,
  asset: string,
  options: Pick<SvmNetwork, 'testnet' | 'explorer'>,
): SvmNetwork => ({
  name,
  caip2: `solana:${genesisHash.slice(0, 32)}`,
  family: 'svm',
  asset,
  decimals: 6,
  tokenProgram: 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  genesisHash,
  commitment: 'confirmed',
  ...options,
});

export const svmNetworks: readonly SvmNetwork[] = [
  solana(
    'solana',
    '5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d',
    'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v',
    { testnet: false, explorer: 'https://solscan.io/tx/' },
  ),
  solana(
    'solana-devnet',
    'EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG',
    '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU',
    { testnet: true },
  ),
];

export const networks: readonly Network[] = [...evmNetworks, ...svmNetworks];

const byEitherName = new Map(
  networks.flatMap((network) => [
    [network.name, network],
    [network.caip2, network],
  ]),
);

/** The network of a v1 name or a CAIP-2 id, to the letter; undefined if Postern does not know it. */
export function findNetwork(nameOrCaip2: EvmName): EvmNetwork | undefined;
export function findNetwork(nameOrCaip2: SvmName): SvmNetwork | undefined;
export function findNetwork(nameOrCaip2: string): Network | undefined;
export function findNetwork(nameOrCaip2: string): Network | undefined {
  return byEitherName.get(nameOrCaip2);
}

/** Where a transaction can be looked at; undefined where there is nothing to look at it with. */
export function explorerOf(network: string, transaction: string): string | undefined {
  const explorer = findNetwork(network)?.explorer;
  return explorer && `${explorer}${encodeURIComponent(transaction)}`;
}
