/** Whether the server can be reached, and knows who is signed in: by what came of the calls. */
import { useSyncExternalStore } from 'react';

export type Reach = 'there' | 'offline' | 'signedOut';

let now: Reach = 'there';
const watchers = new Set<() => void>();

/** Says what came of a call. */
export function found(reach: Reach): void {
  if (reach === now) return;
  now = reach;
  for (const watcher of watchers) watcher();
}

export const useReach = (): Reach =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => now,
  );
