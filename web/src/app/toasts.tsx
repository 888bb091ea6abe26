/** What was done, said for a moment at the edge, with its undoing; `z` undoes the last of them, again the one before it. */
import { useSyncExternalStore } from 'react';
import { Refusal } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { t } from '../messages/messages.ts';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  /** Takes back what was done. */
  undo?: () => Promise<unknown>;
}

/** So long it is said, and can be taken back. */
export const shownMs = 8_000;
let next = 1;
let toasts: readonly Toast[] = [];
const watchers = new Set<() => void>();

function change(to: readonly Toast[]): void {
  toasts = to;
  for (const watcher of watchers) watcher();
}

const drop = (id: number) => change(toasts.filter((toast) => toast.id !== id));

/** Says something for a moment. */
export function say(text: string, options: { undo?: () => Promise<unknown>; bad?: boolean } = {}): void {
  const id = next++;
  const { undo, bad } = options;
  change([...toasts.slice(-3), { id, text, tone: bad ? 'bad' : 'plain', ...(undo && { undo }) }]);
  setTimeout(() => drop(id), shownMs);
}

/** Says why something was refused. */
export const sayRefused = (error: unknown): void =>
  say(error instanceof Refusal && error.code === 'offline' ? t('error.offline') : (error as Error).message, {
    bad: true,
  });

const underWay = new Set<Promise<unknown>>();
let undoing: Promise<unknown> = Promise.resolve();

/** Does something that can be taken back once it is said: who asks for that sooner waits for it. */
export function doing<T>(work: () => Promise<T>): Promise<T> {
  const run = work();
  const ended = () => underWay.delete(run);
  underWay.add(run);
  run.then(ended, ended);
  return run;
}

/** Takes back the last thing that can be taken back; one after the other, however fast they are asked for. */
export function undoLast(): void {
  undoing = undoing.then(async () => {
    await Promise.allSettled(underWay);
    const last = toasts.findLast(({ undo }) => undo);
    if (last) await undo(last);
    else say(t('undo.nothing'));
  });
}

async function undo(toast: Toast): Promise<void> {
  drop(toast.id);
  try {
    await toast.undo?.();
    say(t('undo.done'));
  } catch (error) {
    say(t('undo.gone', { reason: (error as Error).message }), { bad: true });
  }
}

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
      className="pointer-events-none fixed inset-x-0 bottom-4 z-50 flex flex-col items-center gap-2"
      role="status"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          className={`pointer-events-auto flex max-w-[92vw] items-center gap-3 rounded-md border px-3 py-2 shadow-lg ${
            toast.tone === 'bad' ? 'border-bad bg-bad-soft text-bad' : 'border-line bg-raised'
          }`}
        >
          <span>{toast.text}</span>
          {toast.undo && (
            <Button size="small" onClick={() => void undo(toast)}>
              {t('action.undo')}
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}
