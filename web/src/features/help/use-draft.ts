import { useState } from 'react';
import { type OperationName, Refusal } from '../../api/call.ts';
import { invalidate } from '../../api/queries.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import { isSame, type Written } from './text-editor.tsx';

/**
 * What is being written of something that others may change meanwhile. What was typed is never lost: where the thing
 * changed under it, that is said, and the writer decides.
 */
export function useDraft(now: Written & { version: number }) {
  const [base, setBase] = useState(now);
  const [written, setWritten] = useState<Written>({ title: now.title, body: now.body });
  const take = () => {
    setBase(now);
    setWritten({ title: now.title, body: now.body });
  };
  const isChanged = !isSame(written, base);
  const moved = now.version !== base.version;
  if (moved && !isChanged) take();
  return {
    written,
    setWritten,
    /** The version that the writer saw. */
    version: base.version,
    isChanged,
    /** It has another version now, and something was typed. */
    moved: moved && isChanged,
    take,
    /** After a change of one's own: what was typed is what there is. */
    settle: (after: Written & { version: number }) => {
      setBase(after);
      setWritten({ title: after.title, body: after.body });
    },
  };
}

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
