/** Whether the window is open in which one writes to somebody first. */
import { useSyncExternalStore } from 'react';

interface Opened {
  to?: string;
}

let opened: Opened | undefined;
const watchers = new Set<() => void>();

function change(next: Opened | undefined): void {
  opened = next;
  for (const watcher of watchers) watcher();
}

/** Opens it. `to`: the address of whom one writes to, where that is known. */
export const startConversation = (to?: string): void => change(to === undefined ? {} : { to });
export const closeConversation = (): void => change(undefined);

export const useConversation = (): Opened | undefined =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => opened,
  );
