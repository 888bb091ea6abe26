import type { QueryKey } from '@tanstack/react-query';
import { useState } from 'react';
import { type OperationName, Refusal } from '../../api/call.ts';
import { invalidate, queryClient } from '../../api/queries.ts';
import { drop, keep, keptAs, readKept } from '../../app/kept.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import { isComplete, isSame, type Written } from './text-editor.tsx';

interface Versioned extends Written {
  version: number;
}

/**
 * What is being written of something that others may change meanwhile. What was typed is never lost: whoever leaves it finds
 * it again, and where the thing changed under it, that is said, and the writer decides. `key`: its read. `textOf`: what of it
 * is written on.
 */
export function useDraft<Whole extends Versioned>(
  whole: Whole,
  key: QueryKey,
  textOf: (whole: Whole) => Written = (same) => same,
) {
  const now = draftOf(whole, textOf);
  const kept = useKept<{ base: Versioned; written: Written }>(JSON.stringify(key.slice(1)));
  const [base, setBase] = useState(kept.left?.base ?? now);
  const [written, setText] = useState<Written>(kept.left?.written ?? now);
  const start = (from: Versioned) => {
    setBase(from);
    setText({ title: from.title, body: from.body });
  };
  const setWritten = (next: Written) => {
    setText(next);
    if (isSame(next, base)) kept.forget();
    else kept.keep({ base, written: next });
  };
  const isChanged = !isSame(written, base);
  const moved = now.version !== base.version;
  if (moved && !isChanged) start(now);
  return {
    written,
    setWritten,
    /** The version that the writer saw. */
    version: base.version,
    isChanged,
    /** It has another version now, and something was typed. */
    moved: moved && isChanged,
    /** What is written could be kept. */
    isReady: isComplete(written) && !(moved && isChanged),
    /** It was written here before, and is not saved. */
    isBack: kept.left !== undefined && isChanged,
    /** Throws what was typed away. */
    take: () => {
      kept.forget();
      start(now);
    },
    forget: kept.forget,
    /** After a change of one's own: what was typed is what there is. */
    settle: (after: Whole): Whole => {
      queryClient.setQueryData(key, after);
      kept.forget();
      start(draftOf(after, textOf));
      return after;
    },
  };
}

/** What was written and not saved, as this browser keeps it. `left`: of before this page was opened. */
export function useKept<T extends object>(of: string) {
  const { slug, user } = useWorkspace();
  const name = keptAs(slug, user.id, of);
  const [left, setLeft] = useState(() => readKept<T>(name));
  return {
    left,
    keep: (written: T) => keep(name, written),
    forget: () => {
      drop(name);
      setLeft(undefined);
    },
  };
}

const draftOf = <Whole extends Versioned>(whole: Whole, textOf: (whole: Whole) => Written): Versioned => {
  const { title, body } = textOf(whole);
  return { title, body, version: whole.version };
};

export type Draft = ReturnType<typeof useDraft>;
export type Changing = ReturnType<typeof useChanging>;

/** Runs one change at a time, says what came of it, and has what it touches read again. */
export function useChanging() {
  const { slug } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const change = async (work: () => Promise<unknown>, done: string, touches: readonly OperationName[]) => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
      say(done);
    } catch (error) {
      if (error instanceof Refusal && error.code === 'conflict' && 'version' in error.data)
        say(t('help.conflict'), { bad: true });
      else sayRefused(error);
    } finally {
      setBusy(false);
      await invalidate(slug, touches);
    }
  };
  return { busy, change };
}
