/** What the desk does by itself, wired: mail, rules, snoozes, ratings, uploads that nobody used. */
import type { Ids } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import type { Time } from '../kernel/time.ts';
import { automationLoop } from '../loops/automation.ts';
import { outboxLoop } from '../loops/outbox.ts';
import { ratingLoop } from '../loops/ratings.ts';
import { snoozeLoop } from '../loops/snooze.ts';
import { uploadsLoop } from '../loops/uploads.ts';
import { tokensOfRatings } from './ratings.ts';
import type { World } from './world.ts';

const outboxIntervalMs = 500;

interface DeskLoopPorts extends Pick<World, 'db' | 'events' | 'smtp' | 'secret'> {
  ids: Ids;
  publicUrl: string;
  time: Time;
  log: Logger;
  signal: AbortSignal;
}

/** Each runs until the signal aborts. */
export const deskLoops = ({
  smtp,
  secret,
  events,
  publicUrl,
  ids,
  ...ports
}: DeskLoopPorts): Promise<void>[] => [
  outboxLoop({ ...ports, smtp, intervalMs: outboxIntervalMs }),
  automationLoop({ ...ports, ids, events }),
  snoozeLoop({ ...ports, ids }),
  ratingLoop({ ...ports, ids, tokens: tokensOfRatings(secret), publicUrl }),
  uploadsLoop(ports),
];
