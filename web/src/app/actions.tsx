/**
 * What can be done here, each with its keys: the one list that the keyboard, the command palette and the page of keys are
 * made from. A component that offers something registers it for as long as it is there.
 */
import { useLayoutEffect, useRef, useSyncExternalStore } from 'react';

export interface Action {
  id: string;
  title: string;
  /** One key, as `KeyboardEvent.key` says it, or two that follow each other: `j`, `?`, `g i`. `mod+k` is ⌘K or Ctrl K. */
  keys?: string;
  /** Under which heading it is listed. */
  group: string;
  run(): void;
  /** It is done again and again while its keys are held down. Anything else is done once. */
  repeats?: boolean;
  /** It works while one types, too. */
  whileTyping?: boolean;
}

let actions: readonly Action[] = [];
const watchers = new Set<() => void>();

function change(next: readonly Action[]): void {
  actions = next;
  for (const watcher of watchers) watcher();
}

/**
 * Offers actions while the component is there. What came last wins a key. They run as they were rendered last, and are
 * offered anew only where what is read of them changes.
 */
export function useActions(offered: readonly Action[]): void {
  const latest = useRef(offered);
  useLayoutEffect(() => {
    latest.current = offered;
  });
  // What they run is left out of it.
  const read = JSON.stringify(offered);
  // Before it is drawn: who sees the component can press its keys.
  useLayoutEffect(() => {
    const own: readonly Action[] = (JSON.parse(read) as Omit<Action, 'run'>[]).map((action) => ({
      ...action,
      run: () => latest.current.find(({ id }) => id === action.id)?.run(),
    }));
    change([...actions, ...own]);
    return () => change(actions.filter((action) => !own.includes(action)));
  }, [read]);
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

/** A list marked `data-at-once`, which takes effect as it is chosen from: letters do not choose in it while it is closed. */
const isQuick = (target: EventTarget | null): boolean =>
  target instanceof HTMLSelectElement &&
  target.dataset.atOnce !== undefined &&
  !(CSS.supports('selector(:open)') && target.matches(':open'));

const isTyping = (target: EventTarget | null): boolean =>
  !isQuick(target) &&
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
    // Whatever key it is: the list would take the next best entry that begins so.
    if (isQuick(event.target) && !mod && event.key.length === 1 && event.key !== ' ') event.preventDefault();
    const found = (keys: string | undefined) =>
      keys === undefined
        ? undefined
        : actions.findLast((action) => action.keys === keys && (!typing || action.whileTyping));
    const action = found(follows) ?? found(key);
    if (!action) return;
    // A dialog has the keys to itself, and so has a menu.
    if (document.querySelector('[role=dialog], [role=menu]') && !action.whileTyping) return;
    event.preventDefault();
    before = undefined;
    if (event.repeat && !action.repeats) return;
    action.run();
  };
  window.addEventListener('keydown', listener);
  return () => window.removeEventListener('keydown', listener);
}
