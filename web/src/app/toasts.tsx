/** What was done, said for a moment at the edge, with its undoing; `z` takes back the last change, again the one before it. */
import { X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { Refusal } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { t } from '../messages/messages.ts';
import { begin, type Change, type Done, take } from './undo.ts';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  /** What it says was done, where that can be taken back. */
  change?: Change;
}

/** So long it is said. */
const shownMs = 8_000;
let next = 1;
let toasts: readonly Toast[] = [];
const watchers = new Set<() => void>();

function change(to: readonly Toast[]): void {
  toasts = to;
  for (const watcher of watchers) watcher();
}

const drop = (id: number) => change(toasts.filter((toast) => toast.id !== id));

/** Says something for a moment. `undo` takes back what it says was done. */
export function say(text: string, options: { undo?: () => Promise<unknown>; bad?: boolean } = {}): void {
  const { undo, bad } = options;
  if (undo) void doing(async (done) => done(text, undo));
  else show({ text, tone: bad ? 'bad' : 'plain' });
}

function show(toast: Omit<Toast, 'id'>): void {
  const id = next++;
  change([...toasts.slice(-2), { id, ...toast }]);
  setTimeout(() => drop(id), shownMs);
}

/** Says why something was refused. */
export const sayRefused = (error: unknown): void =>
  say(error instanceof Refusal && error.code === 'offline' ? t('error.offline') : (error as Error).message, {
    bad: true,
  });

/** Does something that can be taken back from now on: who asks for that before the answer is in waits for it. */
export const doing = <T,>(work: (done: Done) => Promise<T>): Promise<T> =>
  begin(work, (one) => show({ text: one.text!, tone: 'plain', change: one }));

let undoing: Promise<unknown> = Promise.resolve();

/** Takes back the last change, or this one; one after the other, however fast they are asked for. */
export function undoLast(which?: Change): void {
  const last = take(which);
  undoing = undoing.then(() => (last ? undo(last) : say(t('undo.nothing'))));
}

async function undo(last: Change): Promise<void> {
  await last.settled;
  change(toasts.filter((toast) => toast.change !== last));
  if (!last.undo) return say(t('undo.none'));
  try {
    await last.undo();
    say(t('undo.done', { what: last.text! }));
  } catch (error) {
    say(t('undo.gone', { what: last.text!, reason: (error as Error).message }), { bad: true });
  }
}

/** Beside what one works at: at the foot of the list, and where the window is narrow, above the page, the last alone. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => toasts,
  );
  return (
    <div
      className="relative z-50 flex flex-col gap-2 md:pointer-events-none md:fixed md:bottom-3 md:left-14 md:w-76"
      role="status"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          className={`hidden items-center gap-2 border-b px-3 py-1.5 last:flex md:pointer-events-auto md:flex md:rounded-md md:border md:shadow-lg ${
            toast.tone === 'bad' ? 'border-bad bg-bad-soft text-bad' : 'border-line bg-raised'
          }`}
        >
          <span className="line-clamp-3 min-w-0 flex-1 break-words">{toast.text}</span>
          {toast.change && (
            <Button size="small" onClick={() => undoLast(toast.change)}>
              {t('action.undo')}
            </Button>
          )}
          <button type="button" aria-label={t('common.close')} onClick={() => drop(toast.id)}>
            <X size={14} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
