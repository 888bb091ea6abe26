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
import { invalidPayment, reasons } from '../reasons.ts';
import { type Carrier, ownRelayer, WrongChain } from './carrier.ts';
import type { GasLimits } from './fees.ts';
import { lookForLate } from './late.ts';
import { createPulse, type Pulse, silentMs } from './pulse.ts';
import type { RelayerPorts } from './relayer.ts';
import { type RemoteFacilitator, remoteRelayer } from './remote.ts';
import { lookBack, type Standing } from './reorg.ts';
import { checkChain, checkTerms } from './verify.ts';
import { type Asked, look } from './watch.ts';

export interface EvmStationPorts {
  book: Book;
  /** The hot keys, which send side by side. Not needed beside `remote`. */
  accounts?: readonly Signer[] | undefined;
  /** What the operator says of gas, by network; the rest is the network's. */
  gas?: Readonly<Record<string, Partial<GasLimits>>> | undefined;
  /** Another facilitator that settles in the hot keys' place. */
  remote?: RemoteFacilitator | undefined;
  events: Events;
  time: Time;
  ids: Ids;
  log: Logger;
  /** How often the chain is looked at while something is in flight, in milliseconds. */
  pollMs: number;
}

type StationPorts = Omit<RelayerPorts, 'account' | 'limits'>;

/** What the network's loops know. */
interface State {
  ports: StationPorts;
  carrier: Carrier;
  /** The carrier is prepared; before that nothing is sent and the network is not offered. */
  opened: boolean;
  pulse: Pulse;
  asked: Asked;
  /** Tells the loops that the chain may have news of a settlement, whether or not there is a new block. */
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
  return {
    network: chain.network,
    available: () => state.opened && state.pulse.ageMs() < staleMs && state.carrier.ready(),
    async verify(signed, demand) {
      assert('authorization' in signed, `${chain.network.name} takes authorizations`);
      // The chain's clock may lead ours, and an idle devnet's lags behind: the later one is what a block will see.
      const ours = unixSeconds(ports.time.now);
      const theirs = state.pulse.head()?.timestamp ?? 0n;
      const now = theirs > ours ? theirs : ours;
      checkTerms(signed.authorization, demand, now);
      if (state.carrier.refuses(signed.authorization.from))
        throw invalidPayment(
          reasons.simulation,
          'Too many transfers of this wallet failed on the chain today.',
        );
      return checkChain(signed, chain, state.carrier.sender);
    },
    inspect: chain.authorization,
    open: () => tryToOpen(state),
    run: (signal) => runLoops(state, { ...ports, signal }),
  };
}

function createState(
  { book, accounts = [], gas, remote, time, ids, log }: EvmStationPorts,
  chain: Chain,
): State {
  const ports = { book, chain, clock: time.now, ids, log: log.child({ network: chain.network.name }) };
  const [first, ...others] = accounts;
  assert(first || remote, 'settling needs a hot key or another facilitator');
  const state: Omit<State, 'carrier'> = {
    ports,
    opened: false,
    pulse: createPulse(chain, time, ports.log),
    asked: new Map(),
    news: () => {},
    standing: {},
    lateAt: 0,
  };
  const carrier = remote
    ? remoteRelayer(ports, remote, (id) => state.news(id))
    : ownRelayer({ ...ports, limits: { ...chain.network, ...gas?.[chain.network.name] } }, [
        first!,
        ...others,
      ]);
  return Object.assign(state, { carrier });
}

/** A network whose node does not answer is left out until it does; the others go on. */
async function tryToOpen(state: State): Promise<void> {
  try {
    await state.carrier.open();
    await state.carrier.keep(await state.pulse.ask());
    state.opened = true;
  } catch (error) {
    if (error instanceof WrongChain) throw error;
    state.ports.log.warn({ error: (error as Error).message }, 'the network cannot be used yet');
  }
}

/** What was final, and may not be: credited payments and void settlements. @returns how many settlements are open again. */
async function lookAround(state: State, events: Events): Promise<number> {
  const { ports, standing } = state;
  const head = state.pulse.head()!;
  const opened = await lookBack(ports, standing, head);
  if (ports.clock() - state.lateAt >= lateMs) {
    state.lateAt = ports.clock();
    for (const id of await lookForLate(ports, head)) events.emit('settlement.final', id);
  }
  return opened;
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
  const { carrier, pulse } = state;
  const { chain, log } = state.ports;
  const queued = carrier.senders.map((send) => ({ send, bell: createBell(time, signal) }));
  const unsubscribe = events.on('settlement.queued', (key) => {
    if (key === chain.network.name) for (const { bell } of queued) bell.ring();
  });
  const watch = createWatch(state, ports);
  state.news = (id) => {
    state.asked.delete(id);
    watch.hint();
  };

  await Promise.all([
    ...queued.map(({ send, bell }) =>
      repeat(time, signal, log, async () => {
        const head = pulse.head();
        const out = state.opened && head ? await send(head) : 0;
        if (out > 0) watch.sent();
        // What others queued, or what was postponed, is found without a hint.
        else await bell.wait(Math.max(pollMs, 250));
      }),
    ),
    repeat(time, signal, log, watch.step),
    repeat(time, signal, log, async () => {
      await time.sleep(upkeepMs, signal);
      if (!state.opened) return tryToOpen(state);
      await carrier.keep(await pulse.current());
      if ((await lookAround(state, events)) > 0) watch.hint();
    }),
    pulse.listen(watch.block, signal),
  ]);
  unsubscribe();
}

/**
 * When to look: once for each new block while something is in flight, and on a hint. Where blocks are announced that costs
 * no poll; where not, the polls come quickly after something was sent, then ever slower: a block may be moments away.
 */
function createWatch(state: State, { time, events, pollMs, signal }: LoopPorts) {
  const { pulse } = state;
  const bell = createBell(time, signal);
  let inFlight = false;
  let hinted = false;
  /** The node that is asked does not have the block yet that was announced. */
  let lagging = false;
  let delayMs = pollMs;
  let lookedAt = 0;
  let lookedAtBlock: Block | undefined;

  const ring = () => {
    delayMs = pollMs / 16;
    bell.ring();
  };
  return {
    block: () => bell.ring(),
    sent() {
      inFlight = true;
      ring();
    },
    hint() {
      hinted = true;
      ring();
    },
    async step() {
      const restMs = pulse.announced() && !lagging ? silentMs : delayMs;
      const rung = await bell.wait(inFlight ? restMs : idlePollMs);
      if (!rung) delayMs = Math.min(pollMs, delayMs * 2);
      if (inFlight && !pulse.announced()) await pulse.ask();
      // What other processes sent is found without a hint.
      const idle = time.now() - lookedAt >= idlePollMs;
      const fresh = lagging || pulse.head() !== lookedAtBlock;
      if (!hinted && !idle && !(inFlight && fresh)) return;
      // Set before the rows are read: what is sent after that is for another look.
      [inFlight, hinted, lookedAt, lookedAtBlock] = [false, false, time.now(), pulse.head()];
      const seen = await look(state.ports, state.asked, pulse.current);
      for (const id of seen.final) events.emit('settlement.final', id);
      inFlight ||= seen.open > 0;
      lagging = seen.head !== undefined && seen.head.number < (lookedAtBlock?.number ?? 0n);
    },
  };
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
