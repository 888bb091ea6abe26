/**
 * The facilitator: verify and settle EIP-3009 payments on the networks it was given. Verifying reads; settling is a
 * row that the loop here carries to a final state. Several processes may run it on one database.
 */
import type { AuthorizationState, Block, Chain } from '../chains/chain.ts';
import type { Network } from '../chains/networks.ts';
import type { Signer } from '../chains/signer.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { type Time, unixSeconds } from '../kernel/time.ts';
import type { Events } from '../store/events.ts';
import type { Book } from './book.ts';
import { lookForLate } from './late.ts';
import { keepNonces } from './nonces.ts';
import { invalidPayment, reasons } from './reasons.ts';
import { accountOf, type RelayerPorts, sendQueued } from './relayer.ts';
import { lookBack, type Standing } from './reorg.ts';
import { checkChain, checkTerms, type Demand, type SignedAuthorization, type Verified } from './verify.ts';
import { type Asked, look } from './watch.ts';

export interface Facilitator {
  /** Whether this network is among those the facilitator was given. */
  serves(network: Network): boolean;
  /** Whether a payment on this network could be settled now: node reachable, hot key funded, nothing stuck. */
  available(network: Network): boolean;
  /** @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  verify(signed: SignedAuthorization, demand: Demand): Promise<Verified>;
  /** An authorization's state at the network's latest block. @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  inspect(
    network: Network,
    authorization: { payer: string; nonce: string },
  ): Promise<{ block: Block; state: AuthorizationState }>;
  /** Prepares the hot key's accounts and learns each chain's head. Run once before the first call. */
  open(): Promise<void>;
  /** Sends and watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface FacilitatorPorts {
  book: Book;
  chains: readonly Chain[];
  account: Signer;
  events: Events;
  time: Time;
  ids: Ids;
  log: Logger;
  /** How often a chain is looked at while something is in flight, in milliseconds. */
  pollMs: number;
}

/** What one network's loops know. */
interface Station {
  relayer: RelayerPorts;
  /** The hot key's account is prepared; before that nothing is sent and the network is not offered. */
  opened: boolean;
  head: Block | undefined;
  /** When the head was read, by our clock. */
  headAt: number;
  balanceWei: bigint;
  /** The chain's count of our transactions has stood still since then, with some outstanding; 0 if it has not. */
  stuckSince: number;
  missingNonces: bigint;
  standing: Standing;
  /** When void settlements were last asked about, by our clock. */
  lateAt: number;
}

/** A head older than this says that the node is gone. */
const staleMs = 15_000;
/** Outstanding transactions that do not move for this long say that what is sent now would not settle in time. */
const stuckMs = 20_000;
const idlePollMs = 2_000;
/** How often the hot key's balance and nonces are looked at. */
const upkeepMs = 2_000;
/** How often void settlements are looked for that are to be asked about again. */
const lateMs = 5_000;
/** Below what some ten settlements cost at 10 gwei, a network is not offered. */
const minBalanceWei = 10n ** 16n;

export function createFacilitator(ports: FacilitatorPorts): Facilitator {
  const { book, account, time, events, log } = ports;
  const clock = time.now;
  const stations = new Map<string, Station>();
  for (const chain of ports.chains)
    stations.set(chain.network.name, {
      relayer: {
        book,
        chain,
        account,
        clock,
        ids: ports.ids,
        log: log.child({ network: chain.network.name }),
      },
      opened: false,
      head: undefined,
      headAt: 0,
      balanceWei: 0n,
      stuckSince: 0,
      missingNonces: 0n,
      standing: {},
      lateAt: 0,
    });

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
      const now = clock();
      const stuck = station.stuckSince > 0 && now - station.stuckSince > stuckMs;
      return now - station.headAt < staleMs && station.balanceWei >= minBalanceWei && !stuck;
    },

    async verify(signed, demand) {
      const { relayer, head } = stationOf(demand.network);
      // The chain's clock may lead ours, and an idle devnet's lags behind: the later one is what a block will see.
      const ours = unixSeconds(clock);
      const now = head && head.timestamp > ours ? head.timestamp : ours;
      checkTerms(signed.authorization, demand, now);
      return checkChain(signed, relayer.chain, account.address);
    },

    async inspect(network, authorization) {
      const { block, states } = await stationOf(network).relayer.chain.authorizations([authorization]);
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

/** A network whose node does not answer is left out until it does; the others go on. */
async function tryToOpen(station: Station): Promise<void> {
  try {
    await openStation(station.relayer);
    await upkeep(station);
    station.opened = true;
  } catch (error) {
    if (error instanceof WrongChain) throw error;
    station.relayer.log.warn({ error: (error as Error).message }, 'the network cannot be used yet');
  }
}

/** The node serves another chain than the one whose name it was given. */
export class WrongChain extends Error {
  override name = 'WrongChain';
}

/** Takes the account nonce from the chain where ours is missing, behind, or of another chain of the same name. */
async function openStation(ports: RelayerPorts): Promise<void> {
  const { book, chain, log } = ports;
  const account = accountOf(ports);
  const network = chain.network.name;
  const [{ chainId, firstBlockHash }, count] = await Promise.all([
    chain.identity(),
    chain.transactionCount(account.sender),
  ]);
  if (chainId !== chain.network.chainId)
    throw new WrongChain(`${network}: the node serves chain ${chainId}, not ${chain.network.chainId}`);
  const mayBeReplaced = chain.network.testnet;
  const opened = await book.openAccount(account, { count, firstBlockHash, mayBeReplaced });
  if (opened === 'refused') throw new WrongChain(`${network}: the node serves another chain than before`);
  if (opened === 'replaced')
    log.warn('the devnet began anew; what was under way on the old one is sent again or expires');
}

/** Balance and nonces of the hot key. */
async function upkeep(station: Station): Promise<void> {
  const { chain, account, clock } = station.relayer;
  const head = await refresh(station);
  station.balanceWei = await chain.nativeBalance(account.address);
  const before = station.missingNonces;
  station.missingNonces = await keepNonces(station.relayer, head);
  const moved = station.missingNonces === 0n || station.missingNonces < before;
  station.stuckSince = moved ? 0 : station.stuckSince || clock();
}

/** What was final, and may not be: credited payments and void settlements. @returns how many settlements are open again. */
async function lookAround(station: Station, events: Events): Promise<number> {
  const { relayer, standing, head } = station;
  const opened = await lookBack(relayer, standing, head!);
  if (relayer.clock() - station.lateAt >= lateMs) {
    station.lateAt = relayer.clock();
    for (const id of await lookForLate(relayer, head!)) events.emit('settlement.final', id);
  }
  return opened;
}

async function refresh(station: Station): Promise<Block> {
  station.head = await station.relayer.chain.head();
  station.headAt = station.relayer.clock();
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
  const network = station.relayer.chain.network.name;
  const { log } = station.relayer;
  const queued = createBell(time, signal);
  const sent = createBell(time, signal);
  const unsubscribe = events.on('settlement.queued', (key) => {
    if (key === network) queued.ring();
  });
  const asked: Asked = new Map();
  let open = 0;
  let seenBlock = -1n;
  let delayMs = pollMs;

  await Promise.all([
    repeat(time, signal, log, async () => {
      const out = station.opened && station.head ? await sendQueued(station.relayer, station.head) : 0;
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
      const seen = await look(station.relayer, asked);
      for (const id of seen.final) events.emit('settlement.final', id);
      open = seen.open;
      seenBlock = station.head?.number ?? seenBlock;
    }),
    repeat(time, signal, log, async () => {
      await time.sleep(upkeepMs, signal);
      if (!station.opened) return tryToOpen(station);
      await upkeep(station);
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
