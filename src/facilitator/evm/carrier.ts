/**
 * What carries settlements to a chain: our own relayer with a hot key, or another facilitator (remote.ts). What it says
 * of them decides nothing; watch.ts reads that from the chain.
 */
import type { Hex } from 'viem';
import type { Block } from '../../chains/chain.ts';
import { keepNonces } from './nonces.ts';
import { accountOf, type RelayerPorts, sendQueued } from './relayer.ts';

export interface Carrier {
  /** Who would call the token: simulations are made in this address's name. */
  sender: Hex;
  /** Prepares the network. @throws {WrongChain} for a node of another chain */
  open(): Promise<void>;
  /** Sends what is queued. @returns how many settlements went out. */
  send(head: Block): Promise<number>;
  /** What is to be done now and then, whether or not something is under way. */
  keep(head: Block): Promise<void>;
  /** Whether what is queued now would go out. */
  ready(): boolean;
}

/** The node serves another chain than the one whose name it was given. */
export class WrongChain extends Error {
  override name = 'WrongChain';
}

/** Outstanding transactions that do not move for this long say that what is sent now would not settle in time. */
const stuckMs = 20_000;
/** Below what some ten settlements cost at 10 gwei, a network is not offered. */
const minBalanceWei = 10n ** 16n;

/** Our own relayer on one network: ready while the hot key is funded and nothing is stuck. */
export function ownRelayer(ports: RelayerPorts): Carrier {
  const { chain, account, clock } = ports;
  let balanceWei = 0n;
  let missingNonces = 0n;
  /** The chain's count of our transactions has stood still since then, with some outstanding; 0 if it has not. */
  let stuckSince = 0;
  return {
    sender: account.address,
    open: () => openAccount(ports),
    send: (head) => sendQueued(ports, head),
    async keep(head) {
      balanceWei = await chain.nativeBalance(account.address);
      const before = missingNonces;
      missingNonces = await keepNonces(ports, head);
      const moved = missingNonces === 0n || missingNonces < before;
      stuckSince = moved ? 0 : stuckSince || clock();
    },
    ready: () => balanceWei >= minBalanceWei && !(stuckSince > 0 && clock() - stuckSince > stuckMs),
  };
}

/** Takes the account nonce from the chain where ours is missing, behind, or of another chain of the same name. */
async function openAccount(ports: RelayerPorts): Promise<void> {
  const { book, chain, log } = ports;
  const account = accountOf(ports);
  const [firstBlockHash, count] = await Promise.all([
    identify(ports),
    chain.transactionCount(account.sender),
  ]);
  const mayBeReplaced = chain.network.testnet;
  const opened = await book.openAccount(account, { count, firstBlockHash, mayBeReplaced });
  if (opened === 'refused')
    throw new WrongChain(`${account.network}: the node serves another chain than before`);
  if (opened === 'replaced')
    log.warn('the devnet began anew; what was under way on the old one is sent again or expires');
}

/** @returns the hash of the chain's block 1. @throws {WrongChain} */
export async function identify({ chain }: Pick<RelayerPorts, 'chain'>): Promise<string> {
  const { name, chainId: expected } = chain.network;
  const { chainId, firstBlockHash } = await chain.identity();
  if (chainId !== expected)
    throw new WrongChain(`${name}: the node serves chain ${chainId}, not ${expected}`);
  return firstBlockHash;
}
