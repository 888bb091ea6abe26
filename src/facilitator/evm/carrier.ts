/**
 * What carries settlements to a chain: our own relayer with its hot keys, or another facilitator (remote.ts). What it says
 * of them decides nothing; watch.ts reads that from the chain.
 */
import type { Hex } from 'viem';
import type { Block } from '../../chains/chain.ts';
import type { Signer } from '../../chains/signer.ts';
import { createBudget, feesFor, isAffordable } from './fees.ts';
import { keepNonces } from './nonces.ts';
import { accountOf, plainGas, type RelayerPorts, sendQueued } from './relayer.ts';

export interface Carrier {
  /** Who would call the token: simulations are made in this address's name. */
  sender: Hex;
  /** Prepares the network. @throws {WrongChain} for a node of another chain */
  open(): Promise<void>;
  /**
   * What sends what is queued, each by itself: what holds up one does not stop the others. Each returns how many settlements
   * or transactions went out.
   */
  senders: readonly ((head: Block) => Promise<number>)[];
  /** What is to be done now and then, whether or not something is under way. */
  keep(head: Block): Promise<void>;
  /** Whether what is queued now would go out. */
  ready(): boolean;
  /** Whether this wallet is not sent for. */
  refuses(payer: string): boolean;
}

/** The node serves another chain than the one whose name it was given. */
export class WrongChain extends Error {
  override name = 'WrongChain';
}

/** Outstanding transactions that do not move for this long say that what is sent now would not settle in time. */
const stuckMs = 20_000;
/** Below what some ten settlements cost at 10 gwei, a network is not offered. */
const minBalanceWei = 10n ** 16n;

/** Our own relayer on one network: ready while gas is within its bounds and a hot key is funded and nothing of it stuck. */
export function ownRelayer(
  common: Omit<RelayerPorts, 'account'>,
  accounts: readonly [Signer, ...Signer[]],
): Carrier {
  const { book, chain, limits, log } = common;
  const keys = accounts.map((account) => createKey({ ...common, account }));
  const budget = createBudget(common, chain.network.name, limits);
  const inHand = new Set<string>();
  let barred: ReadonlySet<string> = new Set();
  /** What one settlement by itself may cost now; undefined while gas is dearer than we pay. */
  let oneWei: bigint | undefined;
  const isUsable = (key: Key) => oneWei !== undefined && key.isUsable(oneWei);
  return {
    sender: accounts[0].address,
    async open() {
      // One after the other: the first that finds another chain drops what all of them had on the old one.
      for (const { ports } of keys) await openAccount(ports);
    },
    senders: keys.map((key) => async (head) => {
      // Where no key is better it waits no worse with this one.
      if (!isUsable(key) && keys.some(isUsable)) return 0;
      return sendQueued(key.ports, { head, budget, balanceWei: key.balanceWei(), inHand });
    }),
    async keep(head) {
      const { network } = chain;
      oneWei = isAffordable(head, network, limits)
        ? plainGas * feesFor(head, network, limits).maxFeePerGas
        : undefined;
      const kept = await Promise.allSettled(keys.map((key) => key.keep(head)));
      barred = new Set(await book.barred());
      await budget.read(oneWei ?? 0n);
      for (const [i, { ports }] of keys.entries()) {
        const outcome = kept[i]!;
        if (outcome.status === 'fulfilled') continue;
        if (keys.length === 1) throw outcome.reason;
        const { message } = outcome.reason as Error;
        log.warn({ key: ports.account.address, error: message }, 'a hot key could not be looked after');
      }
    },
    ready: () => oneWei !== undefined && budget.left() >= oneWei && keys.some(isUsable),
    refuses: (payer) => barred.has(payer),
  };
}

interface Key {
  ports: RelayerPorts;
  balanceWei(): bigint;
  /** Mends its nonces, and learns what it holds. */
  keep(head: Block): Promise<void>;
  /** It can pay for a few settlements, and nothing of it is stuck. */
  isUsable(oneWei: bigint): boolean;
}

function createKey(ports: RelayerPorts): Key {
  const { chain, account, clock } = ports;
  let balanceWei = 0n;
  let missingNonces = 0n;
  /** The chain's count of our transactions has stood still since then, with some outstanding; 0 if it has not. */
  let stuckSince = 0;
  return {
    ports,
    balanceWei: () => balanceWei,
    async keep(head) {
      balanceWei = await chain.nativeBalance(account.address);
      const before = missingNonces;
      missingNonces = await keepNonces(ports, head);
      const moved = missingNonces === 0n || missingNonces < before;
      stuckSince = moved ? 0 : stuckSince || clock();
    },
    isUsable: (oneWei) =>
      balanceWei >= minBalanceWei &&
      balanceWei >= 2n * oneWei &&
      !(stuckSince > 0 && clock() - stuckSince > stuckMs),
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
