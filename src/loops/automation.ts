import { type AutomationPorts, followNext, withEvents } from '../desk/automation/follow.ts';
import { forgetOldRuns, scanWorkspace, withTimes } from '../desk/automation/scan.ts';
import type { Time } from '../kernel/time.ts';
import type { Events } from '../store/events.ts';

/** A hint is heard at once; one that was lost is made up for after this. */
const idleMs = 5_000;

/** Where somebody else is at a workspace, who may just have looked past what came: look again. */
const busyMs = 200;

/** Hints of one moment are one round. */
const settleMs = 50;

const scanMs = 30_000;
const forgetMs = 3_600_000;

export interface AutomationLoopPorts extends Omit<AutomationPorts, 'clock'> {
  events: Events;
  time: Time;
  signal: AbortSignal;
}

/** Runs rules and keeps due times, until the signal aborts. Several processes may: each event and each time is one's. */
export async function automationLoop({ events, time, signal, ...rest }: AutomationLoopPorts): Promise<void> {
  const ports = { ...rest, clock: time.now };
  await Promise.all([follow(ports, events, time, signal), scan(ports, time, signal)]);
}

async function follow(
  ports: AutomationPorts,
  events: Events,
  time: Time,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // Before looking, so that no hint falls between.
    const hint = new AbortController();
    const end = events.on('ticket.changed', () => hint.abort('heard'));
    let busy = false;
    try {
      busy = await followAll(ports, signal);
    } catch (error) {
      ports.log.warn({ error: (error as Error).message }, 'events of tickets could not be followed');
    }
    await time.sleep(settleMs, signal);
    await time.sleep(busy ? busyMs : idleMs, AbortSignal.any([signal, hint.signal]));
    end();
  }
}

/** Until no workspace has events left that are ours, a few of each in turn. @returns whether others are at some. */
async function followAll(ports: AutomationPorts, signal: AbortSignal): Promise<boolean> {
  let workspaces = await withEvents(ports.db);
  let busy = false;
  while (workspaces.length > 0 && !signal.aborted) {
    const more: typeof workspaces = [];
    for (const workspace of workspaces) {
      const left = await followSome(ports, workspace, signal);
      if (left === 'more') more.push(workspace);
      busy ||= left === 'busy';
    }
    workspaces = more;
  }
  return busy;
}

const inTurn = 20;

/** What goes wrong in a workspace stops no other. */
async function followSome(
  ports: AutomationPorts,
  workspace: Awaited<ReturnType<typeof withEvents>>[number],
  signal: AbortSignal,
): Promise<'more' | 'none' | 'busy'> {
  try {
    for (let i = 0; i < inTurn && !signal.aborted; i++) {
      const left = await followNext(ports, workspace);
      if (left !== 'more') return left;
    }
    return 'more';
  } catch (error) {
    ports.log.warn(
      { error: (error as Error).message, workspaceId: workspace.id },
      'an event could not be followed; the next round tries again',
    );
    return 'busy';
  }
}

async function scan(ports: AutomationPorts, time: Time, signal: AbortSignal): Promise<void> {
  let forgotten = 0;
  while (!signal.aborted) {
    try {
      for (const workspace of await withTimes(ports.db)) {
        if (signal.aborted) return;
        await scanWorkspace(ports, workspace, signal).catch((error: Error) =>
          ports.log.warn({ error: error.message, workspaceId: workspace.id }, 'a time was not looked at'),
        );
      }
      if (time.now() - forgotten >= forgetMs) {
        forgotten = time.now();
        await forgetOldRuns(ports.db, new Date(forgotten));
      }
    } catch (error) {
      ports.log.warn({ error: (error as Error).message }, 'times could not be looked at');
    }
    await time.sleep(scanMs, signal);
  }
}
