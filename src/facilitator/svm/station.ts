/** One Solana cluster of the facilitator: transactions verified, signed as fee payer, sent, and watched until they are final. */
import type { SvmChain, SvmHead } from '../../chains/svm/chain.ts';
import type { SvmSigner } from '../../chains/svm/signer.ts';
import { assert } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import type { Time } from '../../kernel/time.ts';
import type { Events } from '../../store/events.ts';
import { WrongChain } from '../evm/carrier.ts';
import type { Station } from '../facilitator.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import type { SvmBook } from './book.ts';
import { maxFeeLamports } from './rules.ts';
import { paymentsLeft, type SvmPorts, sendQueued } from './send.ts';
import { signTransfer } from './transfer.ts';
import { verify } from './verify.ts';
import { type Handed, look, lookBack } from './watch.ts';

export interface SvmStationPorts {
  book: SvmBook;
  /** The fee payer. */
  account: SvmSigner;
  events: Events;
  time: Time;
  log: Logger;
  /** How often the chain is looked at while something is in flight, in milliseconds. */
  pollMs: number;
  /** Lamports that 24 hours may cost. */
  dailyBudgetLamports: bigint;
}

interface State {
  ports: SvmPorts;
  accounts: Accounts;
  handed: Handed;
  /** The cluster is the one that the table names; before that nothing is offered and nothing sent. */
  opened: boolean;
  head: SvmHead | undefined;
  /** When the head was read, by our clock. */
  headAt: number;
  /** There is money and budget for the next payments. */
  funded: boolean;
  /** Up to here, what was credited is final; undefined before the first pass. */
  finalSlot: bigint | undefined;
}

/** A head older than this says that the node is gone. */
const staleMs = 15_000;
const upkeepMs = 2_000;
/** How often a payTo's account is looked for that is to be there soon. */
const waitingMs = 500;
const idlePollMs = 2_000;
const restMs = 500;
/**
 * How far back, in slots, a station that starts asks about what was credited: some two hours. All below was final long ago,
 * and that a node has forgotten it says nothing.
 */
const startSlots = 20_000n;

/** What the fee payer must hold to be offered: some payments, and what keeps its own account alive. */
const minBalanceLamports = 890_880n + 50n * maxFeeLamports;

export function svmStation(ports: SvmStationPorts, chain: SvmChain): Station {
  const { time } = ports;
  const log = ports.log.child({ network: chain.network.name });
  const state: State = {
    ports: { ...ports, chain, log },
    accounts: createAccounts(),
    handed: new Map(),
    opened: false,
    head: undefined,
    headAt: 0,
    funded: false,
    finalSlot: undefined,
  };
  const isUp = () => state.opened && state.funded && time.now() - state.headAt < staleMs;
  return {
    network: chain.network,
    feePayer: ports.account.address,
    available: (payTo) => (payTo === undefined || state.accounts.has(payTo)) && isUp(),
    async verify(signed, demand) {
      assert('transaction' in signed, `${chain.network.name} takes transactions`);
      return verify(state.ports, signed, demand, state.head?.slot ?? 0n);
    },
    transfer: (transfer) => signTransfer(state.ports, transfer, state.head?.slot ?? 0n),
    inspect: () => Promise.reject(new Error('Solana has no authorizations')),
    open: () => tryToOpen(state),
    run: (signal) => runLoops(state, { ...ports, signal }),
  };
}

/** A network whose node does not answer is left out until it does. @throws {WrongChain} */
async function tryToOpen(state: State): Promise<void> {
  const { chain, log } = state.ports;
  try {
    const genesisHash = await chain.identity();
    if (genesisHash !== chain.network.genesisHash)
      throw new WrongChain(`the node for ${chain.network.name} is of another cluster: ${genesisHash}`);
    await keep(state);
    state.opened = true;
  } catch (error) {
    if (error instanceof WrongChain) throw error;
    log.warn({ error: (error as Error).message }, 'the network cannot be used yet');
  }
}

async function refresh(state: State): Promise<SvmHead> {
  state.head = await state.ports.chain.head();
  state.headAt = state.ports.time.now();
  return state.head;
}

/** What is looked after now and then: the fee payer's money, payTo's accounts, and what was credited early. */
async function keep(state: State): Promise<void> {
  const { ports } = state;
  const { chain, account, log } = ports;
  const head = await refresh(state);
  const [balance, left] = await Promise.all([chain.nativeBalance(account.address), paymentsLeft(ports)]);
  const funded = balance >= minBalanceLamports && left > 0n;
  if (state.funded && !funded)
    log.error({ balance, left }, 'fees cannot be paid: the network is not offered');
  state.funded = funded;
  await state.accounts.keep(ports);
  const firstSlot = head.finalizedSlot > startSlots ? head.finalizedSlot - startSlots : 0n;
  await lookBack(ports, head, state.finalSlot ?? firstSlot);
  state.finalSlot = head.finalizedSlot;
}

interface LoopPorts {
  events: Events;
  time: Time;
  pollMs: number;
  signal: AbortSignal;
}

/** Sending, looking and upkeep run side by side: the trouble of one does not stop the others. */
async function runLoops(state: State, { events, time, pollMs, signal }: LoopPorts): Promise<void> {
  const { ports } = state;
  const { log } = ports;
  let wake = new AbortController();
  signal.addEventListener('abort', () => wake.abort());
  const unsubscribe = events.on('settlement.queued', (network) => {
    if (network === ports.chain.network.name) wake.abort();
  });
  let open = 0;
  const repeat = async (work: () => Promise<void>) => {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ error: (error as Error).message }, 'the station met trouble, and goes on');
        await time.sleep(restMs, signal);
      }
    }
  };
  await Promise.all([
    repeat(async () => {
      // What is queued while this runs is heard by the next wait.
      const heard = wake;
      if (state.opened && (await sendQueued(ports)) > 0) open += 1;
      await time.sleep(Math.max(pollMs, 250), heard.signal);
      if (heard.signal.aborted && !signal.aborted) wake = new AbortController();
    }),
    repeat(async () => {
      await time.sleep(open > 0 ? pollMs : Math.min(idlePollMs, 5 * pollMs), signal);
      if (!state.opened) return;
      const seen = await look(ports, await refresh(state), state.handed);
      for (const id of seen.final) events.emit('settlement.final', id);
      open = seen.open;
    }),
    repeat(async () => {
      await time.sleep(state.accounts.waiting() ? waitingMs : upkeepMs, signal);
      await (state.opened ? keep(state) : tryToOpen(state));
    }),
  ]);
  unsubscribe();
}
