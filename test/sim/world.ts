/**
 * The world of one run: a seed, virtual time, chains, a database, server processes, and the weather. It lets things
 * happen for a while, then stops all faults, waits until everything is final, and judges.
 */
import { getAddress } from 'viem';
import type { Catalogue } from '../../src/catalogue/registry.ts';
import { signingAccount } from '../../src/chains/hot-key.ts';
import { type EvmNetwork, findNetwork } from '../../src/chains/networks.ts';
import type { Signer } from '../../src/chains/signer.ts';
import type { Purchase } from '../../src/door/ledger.ts';
import type { Receipts } from '../../src/door/receipts.ts';
import type { Ids } from '../../src/kernel/ids.ts';
import type { Topic } from '../../src/store/events.ts';
import { type Crowd, startCrowd } from './actors.ts';
import { createSimChain, type SimChain } from './chain.ts';
import { simulatedHotKey } from './hot-key.ts';
import { type Watch, watchWorld } from './invariants.ts';
import { judge, noncesHanging } from './judge.ts';
import { type SimProcess, startProcess } from './process.ts';
import { createRandom, type Random, seededIds } from './random.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { type Counter, simulatedCatalogue } from './shop.ts';
import type { Storage } from './storage.ts';
import { drawWeather, type Weather } from './weather.ts';

export interface World {
  random: Random;
  scheduler: Scheduler;
  weather: Weather;
  storage: Storage;
  chains: readonly SimChain[];
  ids: Ids;
  /** The hot keys. */
  accounts: readonly Signer[];
  /** Of the workspace. */
  float: Signer;
  receipts: Receipts;
  catalogue: Catalogue;
  counter: Counter;
  processes: SimProcess[];
  watch: Watch;
  /** What was final can be taken back in this run. */
  isDeep: boolean;
  /** Faults are over. */
  isCalm(): boolean;
  /** Runs one call of a port to its end, tells who watches, and spreads its hints. */
  settled<T>(
    what: string,
    who: string,
    work: () => Promise<T>,
    args: unknown[],
  ): Promise<{ value: T } | { error: unknown }>;
  /** A history is kept. */
  recording: boolean;
  /** A line of the history, where one is kept. */
  note(who: string, text: string): void;
}

export interface Outcome {
  seed: number;
  /** Invariants that do not hold, in words. */
  violations: string[];
  /** Empty unless it was asked for. */
  history: string[];
  /** Of what the run was made. */
  stats: { events: number; purchases: Record<string, number>; deaths: number };
}

/** The signature is tested elsewhere; here a receipt is that there is one. */
const simulatedReceipts: Receipts = {
  signer: '0x',
  issue: async ({ network, payer, transaction }) => ({
    format: 'eip712',
    payload: { version: 1, network: network.caip2, resourceUrl: '', payer, issuedAt: 0, transaction },
    signature: '0x',
  }),
};

/** The world's clock, for a storage that outlives one run. */
export interface WorldClock {
  now(): number;
}

export const createWorldClock = (): WorldClock => ({ now: () => startMs });

const startMs = 1_800_000_000_000;
/** How long faults happen. */
const stormMs = 18_000;
/** How long recovery may take: the longest window, and blocks enough. */
const calmMs = 400_000;
/** How long nothing may change any more once all is final. */
const quietMs = 6_000;
/** The same, where what was final was taken back: it is looked at again ever more rarely. */
const deepQuietMs = 70_000;

export async function simulate(
  seed: number,
  { storage, clock, record = false }: { storage: Storage; clock: WorldClock; record?: boolean },
): Promise<Outcome> {
  const history: string[] = [];
  const { world, crowd } = await createWorld(seed, storage, clock, record ? history : undefined);
  const deaths = startWeather(world);
  const { scheduler, watch } = world;
  await scheduler.run({ until: startMs + stormMs });
  for (const chain of world.chains) chain.mint(world.float.address, 100_000_000n);
  const until = startMs + stormMs + calmMs;
  const isQuiet = async () => crowd.isDone() && (await isFinal(world));
  // What a slow process does late can make work again.
  for (let quiet = false; !quiet && scheduler.now() < until; ) {
    await scheduler.run({ until: scheduler.now() + 2_000 });
    if (!(await isQuiet())) continue;
    await scheduler.run({ until: scheduler.now() + (world.isDeep ? deepQuietMs : quietMs) });
    quiet = await isQuiet();
  }
  await judge(world, crowd);
  return {
    seed,
    violations: watch.violations,
    history,
    stats: { events: scheduler.events(), purchases: await countStates(storage), deaths: deaths() },
  };
}

async function createWorld(
  seed: number,
  storage: Storage,
  clock: WorldClock,
  history: string[] | undefined,
): Promise<{ world: World; crowd: Crowd }> {
  const random = createRandom(seed);
  const weather = drawWeather(random);
  const scheduler = createScheduler(random.fork(), startMs);
  clock.now = scheduler.now;
  const ids = seededIds(random.fork());
  const counter: Counter = {
    workspace: { id: ids('wsp'), slug: 'acme', name: 'Acme' },
    prices: new Map(),
    payTo: getAddress(`0x${random.hex(20)}`),
    networks: weather.networks,
  };
  await storage.reset(counter.workspace);
  await storage.setPolicy(counter.workspace.id, weather.rules);
  const chains = weather.networks.map((name) =>
    createSimChain({
      network: findNetwork(name) as EvmNetwork,
      random: random.fork(),
      now: scheduler.now,
      skewSeconds: BigInt(weather.chain.skewSeconds),
      onBroadcast: (hash) => world.watch.broadcast(hash),
      starves: () => !calm(world) && random.chance(weather.chain.starve),
    }),
  );
  const float = signingAccount(`0x${random.hex(32)}`);
  const world: World = {
    random,
    scheduler,
    weather,
    storage,
    chains,
    ids,
    accounts: Array.from({ length: weather.hotKeys }, () =>
      simulatedHotKey(random, (signed) => world.watch.signed(signed)),
    ),
    float,
    receipts: simulatedReceipts,
    catalogue: simulatedCatalogue(storage, random.fork(), () => !calm(world) && 0.5),
    counter,
    processes: [],
    watch: undefined as unknown as Watch,
    isDeep: weather.chain.deepReorg > 0,
    isCalm: () => calm(world),
    settled: (...call) => settled(world, ...call),
    recording: history !== undefined,
    note: (who, text) => {
      const seconds = ((scheduler.now() - startMs) / 1000).toFixed(3).padStart(8);
      history?.push(`${seconds} ${who}: ${text}`);
    },
  };
  world.watch = watchWorld(world);
  world.note('world', `seed ${seed}, ${toJson(weather)}`);
  return { world, crowd: startCrowd(world) };
}

const calm = ({ scheduler }: World) => scheduler.now() >= startMs + stormMs;

async function settled<T>(world: World, what: string, who: string, work: () => Promise<T>, args: unknown[]) {
  const { scheduler, storage, watch } = world;
  const run = async () => {
    const outcome = await work().then(
      (value) => ({ value: inOrder(what, value) }),
      (error: unknown) => ({ error }),
    );
    if (world.recording) world.note(who, `${what} ${brief(outcome)}`);
    if ('value' in outcome) {
      await watch.happened(what, outcome.value, args);
      spread(world, what, outcome.value);
    }
    return outcome;
  };
  // A real database answers in its own time: one call after the other, and no event until it has answered.
  return storage.kind === 'memory' ? run() : scheduler.whole(() => oneByOne(storage, run));
}

/** Statements that promise no order of their rows. */
const unordered = new Set([
  'ledger.adopt',
  'ledger.mine',
  'book.open',
  'book.due',
  'book.voided',
  'debts.due',
  'debts.reconcile',
]);

/** Whichever database it is, a seed sees rows in the same order. */
function inOrder<T>(what: string, value: T): T {
  if (!unordered.has(what)) return value;
  return (value as unknown as { id: string }[]).toSorted((a, b) => (a.id < b.id ? -1 : 1)) as unknown as T;
}

const queues = new WeakMap<Storage, Promise<unknown>>();

function oneByOne<T>(storage: Storage, work: () => Promise<T>): Promise<T> {
  const mine = (queues.get(storage) ?? Promise.resolve()).then(work);
  queues.set(
    storage,
    mine.catch(() => {}),
  );
  return mine;
}

/** What a statement notifies, to every process; some hints are lost. */
function spread(world: World, what: string, value: unknown): void {
  const hint = (topic: Topic, key: string) => {
    for (const process of world.processes)
      if (process.alive() && (world.isCalm() || !world.random.chance(world.weather.hintLoss)))
        process.hear(topic, key);
  };
  if (what === 'book.credit') for (const id of value as string[]) hint('settlement.final', id);
  const state = (value as Purchase | undefined)?.state;
  if (state && state !== 'settling' && /^(ledger\.(settle|move)|transaction)$/.test(what))
    hint('purchase.changed', (value as Purchase).id);
}

/** What a call came to, in a few words. */
function brief(outcome: { value: unknown } | { error: unknown }): string {
  if ('error' in outcome) return `throws ${(outcome.error as Error).message}`;
  const text = toJson(outcome.value);
  return text === undefined ? '' : `-> ${text.length > 400 ? `${text.slice(0, 400)}…` : text}`;
}

/** Keys in order, so that both versions of the database say the same. */
const toJson = (value: unknown): string | undefined =>
  JSON.stringify(value, (key, item) => {
    if (typeof item === 'bigint') return String(item);
    if (longFields.has(key)) return undefined;
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

const longFields = new Set([
  'raw',
  'signature',
  'callHash',
  'asset',
  'logs',
  'createdAt',
  'updatedAt',
  'topics',
]);

/** Starts processes and everything that goes wrong by itself. @returns how many processes have died so far */
function startWeather(world: World): () => number {
  const { weather, random, scheduler, processes, storage } = world;
  let deaths = 0;
  const run = (index: number, generation: number) => {
    const process = startProcess(world, `server ${index + 1}${'′'.repeat(generation)}`);
    processes[index] = process;
    process.died.then(() => {
      deaths++;
      scheduler.after(random.between(200, 9_000), () => run(index, generation + 1));
    });
  };
  for (let i = 0; i < weather.processes; i++) run(i, 0);
  const everySecond = () => {
    if (world.isCalm()) return;
    for (const process of processes)
      if (random.chance(weather.pause))
        process.pause(Math.min(random.between(500, 14_000), startMs + stormMs - scheduler.now()));
    if (random.chance(weather.powerCut) && storage.powerCut())
      world.note('world', 'the database dies and starts again');
    scheduler.after(1_000, everySecond);
  };
  scheduler.after(1_000, everySecond);
  for (const chain of world.chains) {
    startChain(world, chain);
    if (weather.floatFull) chain.mint(world.float.address, 1_000_000n);
  }
  return () => deaths;
}

const gwei = 1_000_000_000n;

function startChain(world: World, chain: SimChain): void {
  const { random, scheduler, weather } = world;
  const { blockMs, stall, leaveOut, drop, reorg, deepReorg, hideReceipts, feeSpike } = weather.chain;
  const name = chain.network.name;
  const ours = new Set(world.accounts.map(({ address }) => address.toLowerCase()));
  let spikeUntil = 0;
  let spikeGwei = 0n;
  const block = () => {
    const isCalm = world.isCalm();
    if (!isCalm) {
      if (random.chance(reorg)) reorganise(false);
      if (random.chance(deepReorg)) reorganise(true);
      for (const { transaction } of [...chain.mempool.values()])
        if (ours.has(transaction.from.toLowerCase()) && random.chance(drop)) {
          world.note(name, `drops ${transaction.hash}`);
          chain.drop(transaction.hash);
        }
      if (random.chance(feeSpike)) {
        spikeUntil = scheduler.now() + random.between(2_000, 15_000);
        // Within what we pay, or beyond it.
        spikeGwei = random.pick([3n, 8n, 100n]);
      }
    }
    const spiking = !isCalm && scheduler.now() < spikeUntil;
    chain.mine({ baseFeeWei: spiking ? spikeGwei * gwei : gwei, leaveOut: isCalm ? 0 : leaveOut });
    const mined = chain.blocks.at(-1)!;
    for (const { hash } of mined.transactions) {
      world.note(
        name,
        `block ${mined.number} takes ${hash} ${JSON.stringify(mined.receipts.get(hash)?.succeeded)}`,
      );
      if (!isCalm && random.chance(hideReceipts))
        chain.hide(hash, scheduler.now() + random.between(1_000, 20_000));
    }
    const wait = !isCalm && random.chance(stall) ? random.between(5_000, 15_000) : blockMs;
    scheduler.after(wait, block);
  };
  const reorganise = (deep: boolean) => {
    const beyond = deep ? random.between(1, 4) : 0;
    const deepest = Number(chain.blocks.at(-1)!.number - chain.finalBlock()) + beyond;
    if (deepest < 1) return;
    const depth = deep ? deepest : random.between(1, deepest);
    world.note(name, `takes ${depth} blocks back`);
    chain.reorg(depth, random.pick([0, 0.3, 1]));
  };
  scheduler.after(random.between(0, blockMs), block);
}

const endStates = new Set(['delivered', 'void', 'refunded', 'lost']);

/** Nothing is under way; what is owed is paid back first, where it is paid back at all. */
async function isFinal(world: World): Promise<boolean> {
  const { storage, weather } = world;
  const keepsDebts = weather.rules.refundAfterSeconds > 1_000;
  const claims = await storage.rows('claims');
  const settlements = await storage.rows('settlements');
  return (
    (await noncesHanging(world)).length === 0 &&
    claims.every(({ state }) => endStates.has(state) || (keepsDebts && state === 'owed')) &&
    settlements.every(({ state }) => state === 'settled' || state === 'void')
  );
}

async function countStates(storage: Storage): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of await storage.rows('claims')) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
