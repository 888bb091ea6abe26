import { type EvmNetwork, findNetwork } from '../src/chains/networks.ts';
import type { Crew } from './cpu.ts';
import type { Profiler } from './profile.ts';

/** One HTTP request, ready to send: a POST with this body. */
export interface HttpCall {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A base-sepolia of its own for whoever is measured: anvil slows down with each block it has made. */
export interface TestChain {
  rpcUrl: string;
  /** Anvil's process. */
  pid: number;
  stop(): Promise<void>;
}

/** A stack under measurement, running in processes of its own beside its chain; stopping it stops them all. */
export interface Side {
  name: 'ours' | 'reference' | 'tuned';
  /** Where it is paid. */
  network: BenchNetwork;
  /** Of the server, not of its chain or database. */
  pid: number;
  /** Straight to the chain's node. */
  rpcUrl: string;
  /** The priced call without a payment: answered with 402; with a payment header on top it runs. */
  call: HttpCall;
  /** Whose CPU time is counted while it is under load. */
  crew: Crew;
  profiler?: Profiler | undefined;
  stop(): Promise<void>;
}

/** A network that both sides can be paid on. The family says how a payment is signed. */
export interface BenchNetwork {
  name: string;
  caip2: `${string}:${string}`;
  family: 'evm';
  chainId: number;
}

/** The network of every figure that names no other. */
export const benchNetwork: BenchNetwork = {
  name: 'base-sepolia',
  caip2: 'eip155:84532',
  family: 'evm',
  chainId: 84532,
};

/** Its row in our table: the token that is paid with. */
export const benchToken = findNetwork(benchNetwork.name) as EvmNetwork;
