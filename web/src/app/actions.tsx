/**
 * What can be done here, each with its keys: the one list that the keyboard, the command palette and the page of keys are
 * made from. A component that offers something registers it for as long as it is there.
 */
import { useEffect, useSyncExternalStore } from 'react';

export interface Action {
  id: string;
  title: string;
  /** One key, as `KeyboardEvent.key` says it, or two that follow each other: `j`, `?`, `g i`. `mod+k` is ⌘K or Ctrl K. */
  keys?: string;
  /** Under which heading it is listed. */
  group: string;
  run(): void;
  /** It works while one types, too. */
  whileTyping?: boolean;
}

let actions: readonly Action[] = [];
const watchers = new Set<() => void>();

function change(next: readonly Action[]): void {
  actions = next;
  for (const watcher of watchers) watcher();
}

/** Offers actions while the component is there. What came last wins a key. `offered` must be stable between changes. */
export function useActions(offered: readonly Action[]): void {
  useEffect(() => {
    change([...actions, ...offered]);
    return () => change(actions.filter((action) => !offered.includes(action)));
  }, [offered]);
}

/** All that is offered now. */
export const useOffered = (): readonly Action[] =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => actions,
  );

const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);

/** Keys as people read them. */
export const shownKeys = (keys: string): string[] =>
  keys
    .split(' ')
    .flatMap((key) => key.replace('mod+', isMac ? '⌘' : 'Ctrl ').split(' '))
    .map((key) => {
      if (key.length !== 1) return key;
      return key === key.toLowerCase() ? key.toUpperCase() : `⇧${key}`;
    });

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
  !(target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type));

const sequenceMs = 1_000;
let before: { key: string; at: number } | undefined;

/** Listens for all keys, once for the whole app. */
export function listenForKeys(): () => void {
  const listener = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const mod = event.metaKey || event.ctrlKey;
    const key = `${mod ? 'mod+' : ''}${event.key.length === 1 && mod ? event.key.toLowerCase() : event.key}`;
    const follows = before && event.timeStamp - before.at < sequenceMs ? `${before.key} ${key}` : undefined;
    before = { key, at: event.timeStamp };
    const typing = isTyping(event.target);
    const found = (keys: string | undefined) =>
      keys === undefined
        ? undefined
        : actions.findLast((action) => action.keys === keys && (!typing || action.whileTyping));
    const action = found(follows) ?? found(key);
    if (!action) return;
    // A dialog has the keys to itself.
    if (document.querySelector('[role=dialog]') && !action.whileTyping) return;
    event.preventDefault();
    before = undefined;
    action.run();
  };
  window.addEventListener('keydown', listener);
  return () => window.removeEventListener('keydown', listener);
}
