/**
 * The facilitator: verify and settle EIP-3009 payments on the networks it was given. Verifying reads; settling is a
 * row that the loop here carries to a final state. Several processes may run it on one database.
 */
import type { AuthorizationState, Block, Chain } from '../chains/chain.ts';
import type { Network } from '../chains/networks.ts';
import type { Signer } from '../chains/signer.ts';
import { assert } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { type Time, unixSeconds } from '../kernel/time.ts';
import type { Events } from '../store/events.ts';
import type { Book } from './book.ts';
import { type Carrier, ownRelayer, WrongChain } from './carrier.ts';
import { lookForLate } from './late.ts';
import { invalidPayment, reasons } from './reasons.ts';
import type { RelayerPorts } from './relayer.ts';
import { type RemoteFacilitator, remoteRelayer } from './remote.ts';
import { lookBack, type Standing } from './reorg.ts';
import { checkChain, checkTerms, type Demand, type SignedAuthorization, type Verified } from './verify.ts';
import { type Asked, look } from './watch.ts';

export interface Facilitator {
  /** Whether this network is among those the facilitator was given. */
  serves(network: Network): boolean;
  /** Whether a payment on this network could be settled now: node reachable, hot key funded and nothing stuck, or the other facilitator willing. */
  available(network: Network): boolean;
  /** @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  verify(signed: SignedAuthorization, demand: Demand): Promise<Verified>;
  /** An authorization's state at the network's latest block. @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  inspect(
    network: Network,
    authorization: { payer: string; nonce: string },
  ): Promise<{ block: Block; state: AuthorizationState }>;
  /** Prepares what settlements go out by, and learns each chain's head. Run once before the first call. */
  open(): Promise<void>;
  /** Sends and watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface FacilitatorPorts {
  book: Book;
  chains: readonly Chain[];
  /** The hot key. Not needed beside `remote`. */
  account?: Signer | undefined;
  /** Another facilitator that settles in the hot key's place. */
  remote?: RemoteFacilitator | undefined;
  events: Events;
  time: Time;
  ids: Ids;
  log: Logger;
  /** How often a chain is looked at while something is in flight, in milliseconds. */
  pollMs: number;
}

type StationPorts = Omit<RelayerPorts, 'account'>;

/** What one network's loops know. */
interface Station {
  ports: StationPorts;
  carrier: Carrier;
  /** The carrier is prepared; before that nothing is sent and the network is not offered. */
  opened: boolean;
  head: Block | undefined;
  /** When the head was read, by our clock. */
  headAt: number;
  asked: Asked;
  /** Tells the loops that the chain may have news of a settlement. */
  news: (settlementId: string) => void;
  standing: Standing;
  /** When void settlements were last asked about, by our clock. */
  lateAt: number;
}

/** A head older than this says that the node is gone. */
const staleMs = 15_000;
const idlePollMs = 2_000;
/** How often a network's carrier is looked after, such as the hot key's balance and nonces. */
const upkeepMs = 2_000;
/** How often void settlements are looked for that are to be asked about again. */
const lateMs = 5_000;

export function createFacilitator(ports: FacilitatorPorts): Facilitator {
  const { time, events } = ports;
  const clock = time.now;
  const stations = new Map(ports.chains.map((chain) => [chain.network.name, createStation(ports, chain)]));

  const stationOf = (network: Network): Station => {
    const station = stations.get(network.name);
    if (!station) throw invalidPayment(reasons.network, 'This network is not served here.');
    return station;
  };

  return {
    serves: (network) => stations.has(network.name),

    available(network) {
      const station = stations.get(network.name);
      if (!station?.opened) return false;
      return clock() - station.headAt < staleMs && station.carrier.ready();
    },

    async verify(signed, demand) {
      const { ports, carrier, head } = stationOf(demand.network);
      // The chain's clock may lead ours, and an idle devnet's lags behind: the later one is what a block will see.
      const ours = unixSeconds(clock);
      const now = head && head.timestamp > ours ? head.timestamp : ours;
      checkTerms(signed.authorization, demand, now);
      return checkChain(signed, ports.chain, carrier.sender);
    },

    async inspect(network, authorization) {
      const { block, states } = await stationOf(network).ports.chain.authorizations([authorization]);
      return { block, state: states[0]! };
    },

    async open() {
      await Promise.all([...stations.values()].map((station) => tryToOpen(station)));
    },

    async run(signal) {
      const loop = { events, time, pollMs: ports.pollMs, signal };
      await Promise.all([...stations.values()].map((station) => runStation(station, loop)));
    },
  };
}

function createStation({ book, account, remote, time, ids, log }: FacilitatorPorts, chain: Chain): Station {
  const ports = { book, chain, clock: time.now, ids, log: log.child({ network: chain.network.name }) };
  assert(account || remote, 'settling needs a hot key or another facilitator');
  const station: Omit<Station, 'carrier'> = {
    ports,
    opened: false,
    head: undefined,
    headAt: 0,
    asked: new Map(),
    news: () => {},
    standing: {},
    lateAt: 0,
  };
  const carrier = remote
    ? remoteRelayer(ports, remote, (id) => station.news(id))
    : ownRelayer({ ...ports, account: account! });
  return Object.assign(station, { carrier });
}

/** A network whose node does not answer is left out until it does; the others go on. */
async function tryToOpen(station: Station): Promise<void> {
  try {
    await station.carrier.open();
    await station.carrier.keep(await refresh(station));
    station.opened = true;
  } catch (error) {
    if (error instanceof WrongChain) throw error;
    station.ports.log.warn({ error: (error as Error).message }, 'the network cannot be used yet');
  }
}

/** What was final, and may not be: credited payments and void settlements. @returns how many settlements are open again. */
async function lookAround(station: Station, events: Events): Promise<number> {
  const { ports, standing, head } = station;
  const opened = await lookBack(ports, standing, head!);
  if (ports.clock() - station.lateAt >= lateMs) {
    station.lateAt = ports.clock();
    for (const id of await lookForLate(ports, head!)) events.emit('settlement.final', id);
  }
  return opened;
}

async function refresh(station: Station): Promise<Block> {
  station.head = await station.ports.chain.head();
  station.headAt = station.ports.clock();
  return station.head;
}

interface LoopPorts {
  events: Events;
  time: Time;
  pollMs: number;
  signal: AbortSignal;
}

/** Sending, looking and upkeep run side by side: the trouble of one does not stop the others. */
async function runStation(station: Station, ports: LoopPorts): Promise<void> {
  const { time, events, pollMs, signal } = ports;
  const network = station.ports.chain.network.name;
  const { log } = station.ports;
  const queued = createBell(time, signal);
  const sent = createBell(time, signal);
  const unsubscribe = events.on('settlement.queued', (key) => {
    if (key === network) queued.ring();
  });
  station.news = (id) => {
    station.asked.delete(id);
    sent.ring();
  };
  let open = 0;
  let seenBlock = -1n;
  let delayMs = pollMs;

  await Promise.all([
    repeat(time, signal, log, async () => {
      const out = station.opened && station.head ? await station.carrier.send(station.head) : 0;
      if (out > 0) sent.ring();
      // What others queued, or what was postponed, is found without a hint.
      else await queued.wait(Math.max(pollMs, 250));
    }),
    // After something was sent the looks come quickly, then ever slower: a block may be moments away.
    repeat(time, signal, log, async () => {
      const rung = await sent.wait(open > 0 ? delayMs : idlePollMs);
      delayMs = rung ? pollMs / 16 : Math.min(pollMs, delayMs * 2);
      const due = rung || open === 0 || delayMs >= pollMs || (await refresh(station)).number !== seenBlock;
      if (!due) return;
      const seen = await look(station.ports, station.asked);
      for (const id of seen.final) events.emit('settlement.final', id);
      open = seen.open;
      seenBlock = station.head?.number ?? seenBlock;
    }),
    repeat(time, signal, log, async () => {
      await time.sleep(upkeepMs, signal);
      if (!station.opened) return tryToOpen(station);
      await station.carrier.keep(await refresh(station));
      if ((await lookAround(station, events)) > 0) sent.ring();
    }),
  ]);
  unsubscribe();
}

/** How long a loop rests after something went wrong in it. */
const restMs = 500;

async function repeat(
  time: Time,
  signal: AbortSignal,
  log: Logger,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ error: (error as Error).message }, 'the relayer met trouble, and goes on');
      await time.sleep(restMs, signal);
    }
  }
}

/** Somebody waits, somebody rings; a ring while nobody waits is heard by the next. */
function createBell(time: Time, signal: AbortSignal) {
  let rung = false;
  let wake = () => {};
  signal.addEventListener('abort', () => wake());
  return {
    ring() {
      rung = true;
      wake();
    },
    /** @returns whether it rang, or the time just passed. */
    async wait(ms: number): Promise<boolean> {
      if (!rung && !signal.aborted) {
        const over = new AbortController();
        wake = () => over.abort();
        await time.sleep(ms, over.signal);
      }
      const heard = rung;
      rung = false;
      return heard;
    },
  };
}
