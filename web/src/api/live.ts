/**
 * What moves in the workspace, as the server tells it: hints, upon which what is shown is asked for again. A browser has six
 * connections to a server, whatever its tabs: so the tabs of a workspace share one stream. One of them holds it, which a lock
 * decides, and passes on what it hears. Who is out of sight holds none.
 */
import { useEffect } from 'react';

export interface Presence {
  ticketId: string;
  userId: string;
  doing: 'looking' | 'typing' | 'left';
}

interface Listener {
  ticket?: (ticketId: string) => void;
  presence?: (presence: Presence) => void;
  /** The stream was broken and stands again, or there is none: anything may have moved. */
  again?: () => void;
  /** The stream is broken: the server may be away, or the session have ended. */
  lost?: () => void;
}

interface Heard {
  event: 'ticket' | 'presence' | 'again' | 'lost';
  data: string;
}

/** So long a tab that nobody sees goes on listening: who looks away for a moment misses nothing. */
const hiddenMs = 5_000;
/** A stream that was refused is asked for again after so long, and until then this is how old what is shown may be. */
const refusedMs = 20_000;

const listeners = new Set<Listener>();

function deliver({ event, data }: Heard): void {
  for (const listener of listeners)
    if (event === 'presence') {
      const [ticketId, userId, doing] = data.split('/') as [string, string, Presence['doing']];
      listener.presence?.({ ticketId, userId, doing });
    } else if (event === 'ticket') listener.ticket?.(data);
    else if (event === 'lost') listener.lost?.();
    else listener.again?.();
}

/** Holds the stream until `signal`. `late`: something may have been missed before it stands. */
const stream = (workspace: string, signal: AbortSignal, late: boolean, tell: (heard: Heard) => void) =>
  new Promise<void>((ended) => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let behind = late;
    const open = () => {
      source = new EventSource(`/api/v1/live?workspace=${encodeURIComponent(workspace)}`);
      source.addEventListener('open', () => {
        if (behind) tell({ event: 'again', data: '' });
        behind = false;
      });
      for (const event of ['ticket', 'presence'] as const)
        source.addEventListener(event, ({ data }) => tell({ event, data: String(data) }));
      source.addEventListener('error', () => {
        behind = true;
        tell({ event: 'lost', data: '' });
        // A lost connection a browser mends by itself; a refusal is its last word.
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(askAgain, refusedMs);
      });
    };
    const askAgain = () => {
      tell({ event: 'again', data: '' });
      open();
    };
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      source?.close();
      ended();
    });
    open();
  });

/** Holds the stream, or waits until the tab that does lets go of it. */
async function hold(workspace: string, signal: AbortSignal, tell: (heard: Heard) => void): Promise<void> {
  // Browsers have locks over https and on one's own machine; elsewhere each tab has a stream for as long as it is seen.
  if (!navigator.locks) return stream(workspace, signal, false, tell);
  const name = `postern.live:${workspace}`;
  const held = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock && !signal.aborted) await stream(workspace, signal, false, tell);
    return lock !== null;
  });
  if (!held && !signal.aborted)
    await navigator.locks.request(name, { signal }, () => stream(workspace, signal, true, tell));
}

/** Hears what moves in a workspace. @returns an end to it */
function join(workspace: string): () => void {
  const channel = new BroadcastChannel(`postern.live:${workspace}`);
  channel.addEventListener('message', ({ data }: MessageEvent<Heard>) => deliver(data));
  const tell = (heard: Heard) => {
    channel.postMessage(heard);
    deliver(heard);
  };
  let holding: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const letGo = () => {
    holding?.abort();
    holding = undefined;
  };
  const look = () => {
    clearTimeout(timer);
    if (document.visibilityState === 'hidden') timer = setTimeout(letGo, hiddenMs);
    else if (!holding) {
      holding = new AbortController();
      // Letting go while one waits ends the waiting with an error.
      hold(workspace, holding.signal, tell).catch(() => undefined);
    }
  };
  const seen = () => {
    const away = !holding && document.visibilityState === 'visible';
    look();
    if (away) deliver({ event: 'again', data: '' });
  };
  document.addEventListener('visibilitychange', seen);
  look();
  return () => {
    document.removeEventListener('visibilitychange', seen);
    clearTimeout(timer);
    letGo();
    channel.close();
  };
}

let joined: { workspace: string; leave(): void } | undefined;

/** Listens while the component is there. `listener` must be stable. */
export function useLive(workspace: string, listener: Listener): void {
  useEffect(() => {
    listeners.add(listener);
    if (joined?.workspace !== workspace) {
      joined?.leave();
      joined = { workspace, leave: join(workspace) };
    }
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      joined?.leave();
      joined = undefined;
    };
  }, [workspace, listener]);
}
