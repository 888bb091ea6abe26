/**
 * The facilitator: verify and settle payments of scheme `exact` on the networks it was given, each by its own station.
 * Verifying reads; settling is a row that the station carries to a final state. Several processes may run it on one
 * database.
 */
import type { AuthorizationKey, AuthorizationState, ReadBlock } from '../chains/chain.ts';
import type { Network } from '../chains/networks.ts';
import type { Demand, SignedAuthorization, Verified } from './evm/verify.ts';
import { invalidPayment, reasons } from './reasons.ts';

/** One network's part of the facilitator. */
export interface Station {
  network: Network;
  /** Whether a payment could be settled now: node reachable, hot key funded and nothing stuck, or the other facilitator willing. */
  available(): boolean;
  /** @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  verify(signed: SignedAuthorization, demand: Demand): Promise<Verified>;
  /** An authorization's state at the latest block. @throws {RpcUnavailable} */
  inspect(key: AuthorizationKey): Promise<{ block: ReadBlock; state: AuthorizationState }>;
  /** Prepares what settlements go out by, and learns the chain's head. Run once before the first call. */
  open(): Promise<void>;
  /** Sends and watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Facilitator {
  /** Whether this network is among those the facilitator was given. */
  serves(network: Network): boolean;
  /** Whether a payment on this network could be settled now. */
  available(network: Network): boolean;
  /** @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  verify(signed: SignedAuthorization, demand: Demand): Promise<Verified>;
  /** An authorization's state at its network's latest block. @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  inspect(network: Network, key: AuthorizationKey): Promise<{ block: ReadBlock; state: AuthorizationState }>;
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
    available: (network) => byName.get(network.name)?.available() ?? false,
    // Async, so that what is not served is a rejection too.
    verify: async (signed, demand) => stationOf(demand.network).verify(signed, demand),
    inspect: async (network, key) => stationOf(network).inspect(key),
    async open() {
      await Promise.all(stations.map((station) => station.open()));
    },
    async run(signal) {
      await Promise.all(stations.map((station) => station.run(signal)));
    },
  };
}
