import type { Address } from 'viem';

/** One HTTP request, ready to send: a POST with this body. */
export interface HttpCall {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A base-sepolia of its own for whoever is measured: anvil slows down with each block it has made. */
export interface TestChain {
  rpcUrl: string;
  /** Gives a wallet 10 USDC. */
  fund(address: Address): Promise<void>;
  stop(): Promise<void>;
}

/** A stack under measurement, running in a process of its own beside its chain; stopping it stops both. */
export interface Side extends TestChain {
  name: 'ours' | 'reference' | 'tuned';
  /** Of the server, not of its chain or database. */
  pid: number;
  /** The priced call without a payment: answered with 402; with a payment header on top it runs. */
  call: HttpCall;
}

/** The one network that both sides are paid on, by its CAIP-2 id and number. */
export const benchNetwork = { name: 'base-sepolia', caip2: 'eip155:84532', chainId: 84532 } as const;
