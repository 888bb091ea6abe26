import { EventEmitter } from 'node:events';
import pg from 'pg';
import type { Logger } from '../kernel/log.ts';
import { sleep, type Time } from '../kernel/time.ts';

/** What processes tell each other: that something changed, never what. Who hears it looks in the database. */
export type Topic =
  | 'settlement.queued'
  | 'settlement.final'
  | 'purchase.changed'
  | 'workspace.changed'
  /** Key: workspace and ticket, `wsp_…/tkt_…`. */
  | 'ticket.changed'
  /** Key: workspace and user, `wsp_…/usr_…`: what they have open there ends. */
  | 'member.removed'
  /** Key: workspace and entry, `wsp_…/chg_…`. */
  | 'changelog.published'
  /** Key: who does what there, `wsp_…/tkt_…/usr_…/typing`. Kept nowhere: it is forgotten unless it is said again. */
  | 'ticket.presence';

/**
 * A hint bus over `listen/notify`. Hints may be lost (a broken connection, a full queue): whoever waits for one also
 * looks again after a while.
 */
export interface Events {
  /** Tells this process at once. Statements tell the others with `pg_notify('postern', 'topic:key,key')`. */
  emit(topic: Topic, key: string): void;
  /** Calls back on every hint of the topic. @returns the end of the subscription. */
  on(topic: Topic, listener: (key: string) => void): () => void;
  close(): Promise<void>;
}

/** Waits for hints by key. */
export interface Waiter {
  /** Resolves on the key's next hint, or after `ms`. Register before looking, and no hint falls between. */
  wait(key: string, ms: number): Promise<void>;
}

/** One subscription for many who wait, each for a key of its own. */
export function createWaiter(events: Events, topic: Topic, time: Time): Waiter {
  const waiting = new Map<string, Set<() => void>>();
  events.on(topic, (key) => {
    for (const wake of waiting.get(key) ?? []) wake();
  });
  return {
    async wait(key, ms) {
      const mine = waiting.get(key) ?? new Set();
      const over = new AbortController();
      // With a reason, or an error with its stack would be made for one.
      const wake = () => over.abort('woken');
      waiting.set(key, mine.add(wake));
      await time.sleep(ms, over.signal);
      mine.delete(wake);
      if (mine.size === 0) waiting.delete(key);
    },
  };
}

/** Hints of this process only, for tests and tools. */
export function localEvents(): Events {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    emit: (topic, key) => void emitter.emit(topic, key),
    on(topic, listener) {
      emitter.on(topic, listener);
      return () => void emitter.off(topic, listener);
    },
    close: async () => void emitter.removeAllListeners(),
  };
}

export const channel = 'postern';

/** Connects and keeps connected until closed. @throws {Error} if the first connection fails. */
export async function connectEvents(url: string, log: Logger): Promise<Events> {
  const local = localEvents();
  const ended = new AbortController();
  let client = await listen();

  async function listen(): Promise<pg.Client> {
    const fresh = new pg.Client({ connectionString: url, application_name: 'postern-events' });
    fresh.on('error', (error) => log.warn({ error: error.message }, 'the event connection broke'));
    fresh.on('notification', ({ payload }) => {
      const at = payload?.indexOf(':') ?? -1;
      if (!payload || at <= 0) return;
      for (const key of payload.slice(at + 1).split(',')) local.emit(payload.slice(0, at) as Topic, key);
    });
    await fresh.connect();
    await fresh.query(`listen ${channel}`);
    fresh.on('end', () => void reconnect());
    return fresh;
  }

  async function reconnect(): Promise<void> {
    while (!ended.signal.aborted) {
      await sleep(500, ended.signal);
      if (ended.signal.aborted) return;
      try {
        client = await listen();
        return;
      } catch (error) {
        log.warn({ error: (error as Error).message }, 'the event connection is still broken');
      }
    }
  }

  return {
    emit: local.emit,
    on: local.on,
    async close() {
      ended.abort();
      await client.end().catch(() => {});
      await local.close();
    },
  };
}
