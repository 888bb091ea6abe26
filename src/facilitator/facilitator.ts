/**
 * The facilitator: verify and settle payments of scheme `exact` on the networks it was given, each by its own station.
 * Verifying reads; settling is a row that the station carries to a final state. Several processes may run it on one
 * database.
 */
import type { AuthorizationKey, AuthorizationState, ReadBlock } from '../chains/chain.ts';
import type { Network, SvmNetwork } from '../chains/networks.ts';
import { assert } from '../kernel/errors.ts';
import type { Demand, SignedTransfer, Transfer, Verified } from './demand.ts';
import { isSignedByPayer, type SignedAuthorization } from './evm/verify.ts';
import { invalidPayment, reasons } from './reasons.ts';
import { isSignedByWallet, type SignedTransaction } from './svm/rules.ts';

/** A payment of either family, shapes checked and nothing verified. */
export type SignedPayment = SignedAuthorization | SignedTransaction;

/** Whether the wallet itself signed, as far as that can be told without a chain. */
export const isSigned = (payment: SignedPayment): boolean =>
  'authorization' in payment ? isSignedByPayer(payment) : isSignedByWallet(payment);

/** One network's part of the facilitator. */
export interface Station {
  network: Network;
  /**
   * Whether a payment could be settled now: node reachable, hot key funded and nothing stuck, or the other facilitator
   * willing; and whether this payTo can be paid, where one is named and that is a question.
   */
  available(payTo?: string): boolean;
  /** On Solana: the key that pays the fee, which the wallet must know before it signs. */
  feePayer?: string;
  /** @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  verify(signed: SignedPayment, demand: Demand): Promise<Verified>;
  /** An EVM authorization's state at the latest block. @throws {RpcUnavailable} */
  inspect(key: AuthorizationKey): Promise<{ block: ReadBlock; state: AuthorizationState }>;
  /** On Solana: signs a transfer for its owner, and leaves the fee payer's place open. @throws {Error} in words for an operator */
  transfer?(transfer: Transfer): Promise<SignedTransfer>;
  /** Prepares what settlements go out by, and learns the chain's head. Run once before the first call. */
  open(): Promise<void>;
  /** Sends and watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Facilitator {
  /** Whether this network is among those the facilitator was given. */
  serves(network: Network): boolean;
  /** Whether a payment on this network, and to this payTo where one is named, could be settled now. */
  available(network: Network, payTo?: string): boolean;
  /** The key that pays the network's fee, where the wallet must know it before it signs. */
  feePayer(network: Network): string | undefined;
  /** @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  verify(signed: SignedPayment, demand: Demand): Promise<Verified>;
  /** An authorization's state at its network's latest block. @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  inspect(network: Network, key: AuthorizationKey): Promise<{ block: ReadBlock; state: AuthorizationState }>;
  /** A transfer on Solana, signed by its owner and to be queued. @throws {Error} in words for an operator */
  transfer(network: SvmNetwork, transfer: Transfer): Promise<SignedTransfer>;
  /** Opens every station. */
  open(): Promise<void>;
  /** Runs every station until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export function createFacilitator(stations: readonly Station[]): Facilitator {
  const byName = new Map(stations.map((station) => [station.network.name, station]));
  const stationOf = (network: Network): Station => {
    const station = byName.get(network.name);
    if (!station) throw invalidPayment(reasons.network, 'This network is not served here.');
    return station;
  };
  return {
    serves: (network) => byName.has(network.name),
    available: (network, payTo) => byName.get(network.name)?.available(payTo) ?? false,
    feePayer: (network) => byName.get(network.name)?.feePayer,
    // Async, so that what is not served is a rejection too.
    verify: async (signed, demand) => stationOf(demand.network).verify(signed, demand),
    inspect: async (network, key) => stationOf(network).inspect(key),
    async transfer(network, transfer) {
      const station = stationOf(network);
      assert(station.transfer, `${network.name} makes no transfers`);
      return station.transfer(transfer);
    },
    async open() {
      await Promise.all(stations.map((station) => station.open()));
    },
    async run(signal) {
      await Promise.all(stations.map((station) => station.run(signal)));
    },
  };
}
