/**
 * The facilitator: verify and settle EIP-3009 payments on the networks it was given. Verifying reads; settling is a
 * row that the loop here carries to a final state. Several processes may run it on one database.
 */
import { sql } from 'kysely';
import type { LocalAccount } from 'viem';
import type { Block, Chain } from '../chains/chain.ts';
import type { Network } from '../chains/networks.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { type Clock, sleep, unixSeconds } from '../kernel/time.ts';
import type { Database } from '../store/database.ts';
import type { Events } from '../store/events.ts';
import { invalidPayment, reasons } from './reasons.ts';
import { type RelayerPorts, sendQueued } from './relayer.ts';
import { checkChain, checkTerms, type Demand, type SignedAuthorization, type Verified } from './verify.ts';
import { look } from './watch.ts';

export interface Facilitator {
  /** Whether a payment on this network could be settled now: node reachable, hot key funded. */
  available(network: Network): boolean;
  /** @throws {PosternError} `invalid_payment`. @throws {RpcUnavailable} */
  verify(signed: SignedAuthorization, demand: Demand): Promise<Verified>;
  /** Prepares the hot key's accounts and learns each chain's head. Run once before the first call. */
  open(): Promise<void>;
  /** Sends and watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface FacilitatorPorts {
  db: Database;
  chains: readonly Chain[];
  account: LocalAccount;
  events: Events;
  clock: Clock;
  ids: Ids;
  log: Logger;
  /** How often a chain is looked at while something is in flight, in milliseconds. */
  pollMs: number;
}

/** What one network's loop knows. */
interface Station {
  relayer: RelayerPorts;
  head: Block | undefined;
  /** When the head was read, by our clock. */
  headAt: number;
  balanceWei: bigint;
  balanceAt: number;
}

/** A head older than this says that the node is gone. */
const staleMs = 15_000;
const idlePollMs = 2_000;
const balancePollMs = 10_000;
/** Below what some ten settlements cost at 10 gwei, a network is not offered. */
const minBalanceWei = 10n ** 16n;

export function createFacilitator(ports: FacilitatorPorts): Facilitator {
  const { db, account, clock, events, log } = ports;
  const stations = new Map<string, Station>();
  for (const chain of ports.chains)
    stations.set(chain.network.name, {
      relayer: { db, chain, account, clock, ids: ports.ids, log: log.child({ network: chain.network.name }) },
      head: undefined,
      headAt: 0,
      balanceWei: 0n,
      balanceAt: 0,
    });

  const stationOf = (network: Network): Station => {
    const station = stations.get(network.name);
    if (!station) throw invalidPayment(reasons.network, 'This network is not served here.');
    return station;
  };

  return {
    available(network) {
      const station = stations.get(network.name);
      return (
        station !== undefined && clock() - station.headAt < staleMs && station.balanceWei >= minBalanceWei
      );
    },

    async verify(signed, demand) {
      const { relayer, head } = stationOf(demand.network);
      // The chain's clock may lead ours, and an idle devnet's lags behind: the later one is what a block will see.
      const ours = unixSeconds(clock);
      const now = head && head.timestamp > ours ? head.timestamp : ours;
      checkTerms(signed.authorization, demand, now);
      return checkChain(signed, relayer.chain, account.address);
    },

    async open() {
      await Promise.all([...stations.values()].map((station) => openStation(station, clock)));
    },

    async run(signal) {
      await Promise.all(
        [...stations.values()].map((station) =>
          runStation(station, { events, clock, pollMs: ports.pollMs, signal }),
        ),
      );
    },
  };
}

/** Takes the account nonce from the chain where ours is missing, behind, or of another chain of the same name. */
async function openStation(station: Station, clock: Clock): Promise<void> {
  const { db, chain, account, log } = station.relayer;
  const address = account.address.toLowerCase();
  const [genesis, count] = await Promise.all([chain.genesisHash(), chain.transactionCount(address)]);
  const network = chain.network.name;
  const { rows } = await sql<{ replaced: boolean }>`
    with previous as (
      select genesis_hash <> ${genesis} as replaced from relayer_accounts
      where network = ${network} and address = ${address}
    ), account as (
      insert into relayer_accounts (network, address, next_nonce, genesis_hash)
      values (${network}, ${address}, ${count}, ${genesis})
      on conflict (network, address) do update set
        next_nonce = case when relayer_accounts.genesis_hash = excluded.genesis_hash
          then greatest(relayer_accounts.next_nonce, excluded.next_nonce) else excluded.next_nonce end,
        genesis_hash = excluded.genesis_hash
    )
    select replaced from previous`.execute(db);
  if (rows[0]?.replaced) {
    if (!chain.network.testnet) throw new Error(`${network}: the node serves another chain than before`);
    log.warn('the devnet began anew; what was sent on the old one is sent again or expires');
    await sql`update relayer_transactions set state = 'dropped' where network = ${network} and state = 'stored'`.execute(
      db,
    );
    await sql`update settlements set state = 'queued' where network = ${network} and state = 'sent'`.execute(
      db,
    );
  }
  await refresh(station, clock);
}

/** Reads the head, and now and then the hot key's balance. */
async function refresh(station: Station, clock: Clock): Promise<Block> {
  const { chain, account } = station.relayer;
  const head = await chain.head();
  station.head = head;
  station.headAt = clock();
  if (station.headAt - station.balanceAt > balancePollMs) {
    station.balanceWei = await chain.nativeBalance(account.address);
    station.balanceAt = station.headAt;
  }
  return head;
}

interface LoopPorts {
  events: Events;
  clock: Clock;
  pollMs: number;
  signal: AbortSignal;
}

/**
 * One network's loop: send what is queued, look at what is in flight when a block has come, wait for a hint or for
 * the next look. After something was sent the looks come quickly, then ever slower: a block may be moments away.
 */
async function runStation(station: Station, { events, clock, pollMs, signal }: LoopPorts): Promise<void> {
  const { relayer } = station;
  let hint = new AbortController();
  const wake = () => hint.abort();
  const unsubscribe = events.on('settlement.queued', (key) => {
    if (key === relayer.chain.network.name) wake();
  });
  signal.addEventListener('abort', wake);
  let seenBlock = -1n;
  let open = 1;
  let delayMs = pollMs;
  while (!signal.aborted) {
    hint = new AbortController();
    try {
      const sent = station.head ? await sendQueued(relayer, station.head) : 0;
      if (sent > 0) delayMs = pollMs / 16;
      open += sent;
      // At once after sending, then whenever a block has come, and now and then in any case.
      const due = sent > 0 || delayMs >= pollMs || (await refresh(station, clock)).number !== seenBlock;
      if (due) {
        const seen = await look(relayer);
        for (const id of seen.final) events.emit('settlement.final', id);
        open = seen.open;
        seenBlock = station.head?.number ?? seenBlock;
      }
      if (clock() - station.headAt > idlePollMs) await refresh(station, clock);
    } catch (error) {
      relayer.log.warn({ error: (error as Error).message }, 'a look at the chain failed; the next follows');
      delayMs = pollMs;
      open = 1;
      await sleep(200, signal);
    }
    if (!hint.signal.aborted) await sleep(open > 0 ? delayMs : idlePollMs, hint.signal);
    delayMs = Math.min(pollMs, delayMs * 2);
  }
  signal.removeEventListener('abort', wake);
  unsubscribe();
}
