/**
 * What somebody wrote and the server does not have: in this browser, by workspace and user, until the server has it, it was
 * thrown away, or they sign out.
 */
const start = 'postern:written:';

/** Where it is kept. `of`: what it is written on. */
export const keptAs = (workspace: string, userId: string, of: string): string =>
  `${start}${workspace}:${userId}:${of}`;

/** Undefined where nothing is kept, or nothing that can be read. */
export function readKept<T>(name: string): T | undefined {
  try {
    return (JSON.parse(localStorage.getItem(name) ?? 'null') as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** A browser that is full, or keeps nothing, is no reason to stop who writes. */
export function keep(name: string, value: object): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {}
}

export function drop(name: string): void {
  try {
    localStorage.removeItem(name);
  } catch {}
}

/** Of everyone who wrote here: a browser that somebody signs out of may be another's next. */
export function dropAll(): void {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(start)) drop(name);
  } catch {}
}

const flushers = new Set<() => Promise<unknown>>();

/** Has what is not on the server yet brought there now; before signing out, and when a connection may be back. */
export const bringAll = (): Promise<unknown> => Promise.allSettled([...flushers].map((flush) => flush()));

/** @returns an end to it */
export function onBring(flush: () => Promise<unknown>): () => void {
  flushers.add(flush);
  return () => flushers.delete(flush);
}

for (const event of ['online', 'focus', 'pagehide']) window.addEventListener(event, () => void bringAll());
document.addEventListener('visibilitychange', () => void bringAll());
