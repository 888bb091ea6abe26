/** What moves in the workspace, as the server tells it: hints, upon which what is shown is asked for again. */
import { useEffect } from 'react';

export interface Presence {
  ticketId: string;
  userId: string;
  doing: 'looking' | 'typing' | 'left';
}

interface Listener {
  ticket?: (ticketId: string) => void;
  presence?: (presence: Presence) => void;
  /** The stream was broken and stands again: anything may have moved. */
  again?: () => void;
}

const listeners = new Set<Listener>();
let source: EventSource | undefined;
let opened = '';

/** One stream a workspace, for as long as anybody listens. */
function open(workspace: string): void {
  if (opened === workspace && source && source.readyState !== EventSource.CLOSED) return;
  source?.close();
  opened = workspace;
  source = new EventSource(`/api/v1/live?workspace=${encodeURIComponent(workspace)}`);
  let broken = false;
  source.addEventListener('open', () => {
    if (broken) for (const listener of listeners) listener.again?.();
    broken = false;
  });
  source.addEventListener('error', () => {
    broken = true;
  });
  source.addEventListener('ticket', ({ data }) => {
    for (const listener of listeners) listener.ticket?.(data);
  });
  source.addEventListener('presence', ({ data }) => {
    const [ticketId, userId, doing] = String(data).split('/') as [string, string, Presence['doing']];
    for (const listener of listeners) listener.presence?.({ ticketId, userId, doing });
  });
}

/** Listens while the component is there. `listener` must be stable. */
export function useLive(workspace: string, listener: Listener): void {
  useEffect(() => {
    listeners.add(listener);
    open(workspace);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      source?.close();
      source = undefined;
    };
  }, [workspace, listener]);
}
