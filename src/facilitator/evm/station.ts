/**
 * One EVM network of the facilitator: EIP-3009 payments verified, sent by a carrier, and watched until the chain's word
 * on them is final.
 */
import type { Block, Chain } from '../../chains/chain.ts';
import type { Signer } from '../../chains/signer.ts';
import { assert } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/log.ts';
import { type Time, unixSeconds } from '../../kernel/time.ts';
import type { Events } from '../../store/events.ts';
import type { Book } from '../book.ts';
import type { Station } from '../facilitator.ts';
import { type Carrier, ownRelayer, WrongChain } from './carrier.ts';
import { lookForLate } from './late.ts';
import type { RelayerPorts } from './relayer.ts';
import { type RemoteFacilitator, remoteRelayer } from './remote.ts';
import { lookBack, type Standing } from './reorg.ts';
import { checkChain, checkTerms } from './verify.ts';
import { type Asked, look } from './watch.ts';

export interface EvmStationPorts {
  book: Book;
  /** The hot key. Not needed beside `remote`. */
  account?: Signer | undefined;
  /** Another facilitator that settles in the hot key's place. */
  remote?: RemoteFacilitator | undefined;
  events: Events;
  time: Time;
  ids: Ids;
  log: Logger;
  /** How often the chain is looked at while something is in flight, in milliseconds. */
  pollMs: number;
}

type StationPorts = Omit<RelayerPorts, 'account'>;

/** What the network's loops know. */
interface State {
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

export function evmStation(ports: EvmStationPorts, chain: Chain): Station {
  const state = createState(ports, chain);
  const clock = ports.time.now;
  return {
    network: chain.network,
    available: () => state.opened && clock() - state.headAt < staleMs && state.carrier.ready(),
    async verify(signed, demand) {
      // The chain's clock may lead ours, and an idle devnet's lags behind: the later one is what a block will see.
      const ours = unixSeconds(clock);
      const now = state.head && state.head.timestamp > ours ? state.head.timestamp : ours;
      checkTerms(signed.authorization, demand, now);
      return checkChain(signed, chain, state.carrier.sender);
    },
    inspect: chain.authorization,
    open: () => tryToOpen(state),
    run: (signal) => runLoops(state, { ...ports, signal }),
  };
}

function createState({ book, account, remote, time, ids, log }: EvmStationPorts, chain: Chain): State {
  const ports = { book, chain, clock: time.now, ids, log: log.child({ network: chain.network.name }) };
  assert(account || remote, 'settling needs a hot key or another facilitator');
  const state: Omit<State, 'carrier'> = {
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
    ? remoteRelayer(ports, remote, (id) => state.news(id))
    : ownRelayer({ ...ports, account: account! });
  return Object.assign(state, { carrier });
}

/** A network whose node does not answer is left out until it does; the others go on. */
async function tryToOpen(state: State): Promise<void> {
  try {
    await state.carrier.open();
    await state.carrier.keep(await refresh(state));
    state.opened = true;
  } catch (error) {
    if (error instanceof WrongChain) throw error;
    state.ports.log.warn({ error: (error as Error).message }, 'the network cannot be used yet');
  }
}

/** What was final, and may not be: credited payments and void settlements. @returns how many settlements are open again. */
async function lookAround(state: State, events: Events): Promise<number> {
  const { ports, standing, head } = state;
  const opened = await lookBack(ports, standing, head!);
  if (ports.clock() - state.lateAt >= lateMs) {
    state.lateAt = ports.clock();
    for (const id of await lookForLate(ports, head!)) events.emit('settlement.final', id);
  }
  return opened;
}

async function refresh(state: State): Promise<Block> {
  state.head = await state.ports.chain.head();
  state.headAt = state.ports.clock();
  return state.head;
}

interface LoopPorts {
  events: Events;
  time: Time;
  pollMs: number;
  signal: AbortSignal;
}

/** Sending, looking and upkeep run side by side: the trouble of one does not stop the others. */
async function runLoops(state: State, ports: LoopPorts): Promise<void> {
  const { time, events, pollMs, signal } = ports;
  const network = state.ports.chain.network.name;
  const { log } = state.ports;
  const queued = createBell(time, signal);
  const sent = createBell(time, signal);
  const unsubscribe = events.on('settlement.queued', (key) => {
    if (key === network) queued.ring();
  });
  state.news = (id) => {
    state.asked.delete(id);
    sent.ring();
  };
  let open = 0;
  let seenBlock = -1n;
  let delayMs = pollMs;

  await Promise.all([
    repeat(time, signal, log, async () => {
      const out = state.opened && state.head ? await state.carrier.send(state.head) : 0;
      if (out > 0) sent.ring();
      // What others queued, or what was postponed, is found without a hint.
      else await queued.wait(Math.max(pollMs, 250));
    }),
    // After something was sent the looks come quickly, then ever slower: a block may be moments away.
    repeat(time, signal, log, async () => {
      const rung = await sent.wait(open > 0 ? delayMs : idlePollMs);
      delayMs = rung ? pollMs / 16 : Math.min(pollMs, delayMs * 2);
      const due = rung || open === 0 || delayMs >= pollMs || (await refresh(state)).number !== seenBlock;
      if (!due) return;
      const seen = await look(state.ports, state.asked);
      for (const id of seen.final) events.emit('settlement.final', id);
      open = seen.open;
      seenBlock = state.head?.number ?? seenBlock;
    }),
    repeat(time, signal, log, async () => {
      await time.sleep(upkeepMs, signal);
      if (!state.opened) return tryToOpen(state);
      await state.carrier.keep(await refresh(state));
      if ((await lookAround(state, events)) > 0) sent.ring();
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
