/**
 * One server process of the simulated world: the real door, drive, facilitator and loops, wired as `main.ts` wires them.
 * Every call of a port goes through `call`, where it may be late, fail, take effect and say that it failed, or be the
 * last thing that the process did. A dead process does nothing more: what it waited for never comes.
 */

import type { Chain } from '../../src/chains/chain.ts';
import { RpcUnavailable } from '../../src/chains/evm/rpc.ts';
import type { Breaker } from '../../src/door/breaker.ts';
import { createDoor } from '../../src/door/door.ts';
import { createDrive } from '../../src/door/drive.ts';
import { deliverOwed } from '../../src/door/purchase.ts';
import type { SignIn } from '../../src/door/sign-in.ts';
import type { Door } from '../../src/door/types.ts';
import { evmStation } from '../../src/facilitator/evm/station.ts';
import { createFacilitator } from '../../src/facilitator/facilitator.ts';
import type { Logger } from '../../src/kernel/log.ts';
import type { Time } from '../../src/kernel/time.ts';
import { beatLoop } from '../../src/loops/beat.ts';
import { refundLoop } from '../../src/loops/refunds.ts';
import { resumeLoop } from '../../src/loops/resume.ts';
import { type InWorkspace, sharing } from '../../src/store/database.ts';
import { type Events, localEvents, type Topic } from '../../src/store/events.ts';
import { shopfrontOf } from './shop.ts';
import type { Access } from './storage.ts';
import type { World } from './world.ts';

export interface SimProcess {
  name: string;
  alive(): boolean;
  /** Undefined until it listens. */
  door(): Door | undefined;
  /** An operator delivers what is owed, at this process. */
  deliver(purchaseId: string): Promise<void>;
  kill(why: string): void;
  /** Stands still for so long, and does not notice. */
  pause(ms: number): void;
  hear(topic: Topic, key: string): void;
  /** Resolves when it dies. */
  died: Promise<void>;
}

const never = new Promise<never>(() => {});

/** Nobody signs in here: the door's readers are shown what everyone may see. */
const breaker: Breaker = async () => 'closed';

const signIn: SignIn = {
  challenge() {
    throw new Error('nobody signs in here');
  },
  prove: async () => never,
};

/** How long a request waits for its settlement. */
const patienceMs = 6_000;
const pollMs = 1_000;

export function startProcess(world: World, name: string): SimProcess {
  const access = world.storage.access(world.ids);
  const life = createLife(world, name, access.kill);
  const events = localEvents();
  let served: Served | undefined;
  serve({ world, name, life, access, events }, (opened) => {
    served = opened;
  }).catch((error) => life.kill(`it cannot start: ${(error as Error).message}`));
  return {
    name,
    alive: life.alive,
    door: () => served?.door,
    deliver: async (id) => served?.deliver(id),
    kill: life.kill,
    died: life.died,
    pause: life.pause,
    hear(topic, key) {
      life.later(world.random.between(0, 30), () => events.emit(topic, key));
    },
  };
}

interface Life extends Pick<SimProcess, 'alive' | 'kill' | 'pause' | 'died'> {
  /** Runs `work` after a while, unless the process died; not while it stands still. */
  later(ms: number, work: () => void): void;
  time: Time;
}

function createLife(world: World, name: string, onDeath: () => void): Life {
  const { promise: died, resolve: die } = Promise.withResolvers<void>();
  const skewMs = world.random.between(-1_500, 1_500);
  let dead = false;
  let resumesAt = 0;

  const later = (ms: number, work: () => void) =>
    world.scheduler.after(ms, () => {
      if (dead) return;
      const left = resumesAt - world.scheduler.now();
      if (left > 0) later(left, work);
      else work();
    });

  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted) return resolve();
      let done = false;
      const wake = () => {
        if (done) return;
        done = true;
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      later(ms, wake);
      signal?.addEventListener('abort', wake, { once: true });
    });

  return {
    alive: () => !dead,
    later,
    died,
    time: { now: () => world.scheduler.now() + skewMs, sleep },
    kill(why) {
      if (dead) return;
      world.note(name, `dies: ${why}`);
      dead = true;
      onDeath();
      die();
    },
    pause(ms) {
      world.note(name, `stands still for ${ms} ms`);
      resumesAt = Math.max(resumesAt, world.scheduler.now() + ms);
    },
  };
}

type Kind = 'database' | 'node';
type Call = <T>(what: string, kind: Kind, work: () => Promise<T>, args?: unknown[]) => Promise<T>;

/** How one call of a port goes. */
interface Fate {
  crashes: 'before' | 'after' | undefined;
  fails: boolean;
  losesAnswer: boolean;
  beforeMs: number;
  afterMs: number;
}

function drawFate({ random, weather }: World): Fate {
  let left = random.next();
  const falls = (chance: number) => {
    left -= chance;
    return left < 0 && left >= -chance;
  };
  const { call, latencyMs } = weather;
  const crashes = falls(call.crashBefore) ? 'before' : falls(call.crashAfter) ? 'after' : undefined;
  const fails = falls(call.fail);
  const losesAnswer = falls(call.lostAnswer);
  const slowMs = falls(call.slow) ? random.between(1_000, 5_000) : 0;
  const slowBefore = slowMs > 0 && random.chance(0.5);
  return {
    crashes,
    fails,
    losesAnswer,
    beforeMs: random.between(0, latencyMs) + (slowBefore ? slowMs : 0),
    afterMs: random.between(0, latencyMs) + (slowBefore ? 0 : slowMs),
  };
}

/** Calls of ports by one process, each with its fate. */
function createCaller(world: World, name: string, life: Life): Call {
  const delay = (ms: number) => new Promise<void>((resolve) => life.later(ms, resolve));
  const failure = (what: string, kind: Kind, why: string) => {
    world.note(name, `${what}: ${why}`);
    return kind === 'node' ? new RpcUnavailable(why) : new Error(why);
  };
  return async (what, kind, work, args = []) => {
    if (!life.alive()) return never;
    const fate = world.isCalm() ? undefined : drawFate(world);
    if (fate) await delay(fate.beforeMs);
    if (fate?.crashes === 'before') {
      life.kill(`before ${what}`);
      return never;
    }
    if (fate?.fails) throw failure(what, kind, 'failed, and did nothing');
    const outcome = await world.settled(what, name, work, args);
    if (fate?.crashes === 'after') life.kill(`after ${what}`);
    if (!life.alive()) return never;
    if (fate) await delay(fate.afterMs);
    if (fate?.losesAnswer) throw failure(what, kind, 'took effect, and the answer is lost');
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };
}

/** A port whose every method goes through `call`, but for those that run within another's transaction. */
function wrap<T extends object>(call: Call, port: T, label: string, kind: Kind, inside: string[] = []): T {
  type Method = (...args: unknown[]) => Promise<unknown>;
  const methods = Object.entries(port).map(([key, value]) => {
    if (typeof value !== 'function' || inside.includes(key)) return [key, value];
    const method: Method = (...args) => call(`${label}.${key}`, kind, () => (value as Method)(...args), args);
    return [key, method];
  });
  return Object.fromEntries(methods) as T;
}

interface Served {
  door: Door;
  deliver(purchaseId: string): Promise<void>;
}

interface Parts {
  world: World;
  name: string;
  life: Life;
  access: Access;
  events: Events;
}

/** Wires a server as `main.ts` does, and runs it. */
async function serve({ world, name, life, access, events }: Parts, listen: (served: Served) => void) {
  const { ids, catalogue, accounts, float, receipts, chains: simulated, counter } = world;
  const { time } = life;
  const call = createCaller(world, name, life);
  const inside = ['moveToDelivered', 'storeDelivery', 'standing'];
  const ledger = wrap(call, access.ledger, 'ledger', 'database', inside);
  const debts = wrap(call, access.debts, 'debts', 'database');
  const book = wrap(call, access.book, 'book', 'database');
  const chains = simulated.map(({ port }) => wrap<Chain>(call, port, 'chain', 'node'));
  const inWorkspace: InWorkspace = (id, work, options) =>
    call(options?.readOnly ? 'transaction, read only' : 'transaction', 'database', () =>
      access.inWorkspace(id, work, options),
    );
  const log = noting(world, name);

  const { signal } = new AbortController();
  const processId = ids('prc');
  world.note(name, `starts as ${processId}`);
  await ledger.beat(processId);
  const facilitator = createFacilitator(
    chains.map((chain) => evmStation({ book, accounts, events, time, ids, log, pollMs }, chain)),
  );
  await facilitator.open();
  const queued = (network: string) => events.emit('settlement.queued', network);
  const floatOf = async () => float;
  const svmFloatOf = () => Promise.reject(new Error('no Solana is simulated'));
  const refunds = { debts, floatOf, svmFloatOf, facilitator, time, log, processId, queued };
  const inShared = sharing(inWorkspace);
  const path = { ...refunds, inWorkspace, inShared, ledger, breaker, receipts, catalogue, ids };
  const drive = createDrive({ ...path, events, signal });
  const shopfront = async () => shopfrontOf(counter, catalogue, facilitator.available);
  listen({
    door: createDoor({ ...path, shopfront, drive, signIn, events, patienceMs }),
    async deliver(id) {
      const purchase = await ledger.byId(id);
      if (purchase?.state === 'owed') await deliverOwed(path, purchase);
    },
  });
  await Promise.all([
    facilitator.run(signal),
    beatLoop({ beat: () => ledger.beat(processId), time, log, signal }),
    resumeLoop({ ledger, debts, drive, processId, time, log, signal }),
    refundLoop({ ...path, takeDeliveryRequests: async () => [], signal }),
  ]);
}

/** What a process logs is part of the history. */
function noting(world: World, name: string): Logger {
  const note = (details: unknown, text: string) => {
    if (!world.recording) return;
    const json = JSON.stringify(details, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    world.note(name, `says: ${text} ${json}`);
  };
  const log = { info: note, warn: note, error: note, child: () => log };
  return log as unknown as Logger;
}
