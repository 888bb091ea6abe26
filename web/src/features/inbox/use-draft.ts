/** What is being written on the ticket that is open. */
import { useEffect, useSyncExternalStore } from 'react';
import { useWorkspace } from '../../app/workspace.ts';
import type { WholeTicket } from './changes.ts';
import { bringLeft, draftsOf } from './drafts.ts';

export function useDraft({ ticketId, version }: WholeTicket) {
  const { slug, user } = useWorkspace();
  const drafts = draftsOf(slug, user.id, ticketId);
  const { mode, of, uploading, sources } = useSyncExternalStore(drafts.subscribe, drafts.get);
  useEffect(() => {
    // Without it what is written here stands, and is brought there later.
    drafts.open().catch(() => undefined);
  }, [drafts]);
  useEffect(() => bringLeft(slug, user.id), [slug, user.id]);
  return {
    mode,
    writing: of[mode],
    uploading: uploading[mode],
    sources,
    write: (change: Parameters<typeof drafts.write>[0]) => drafts.write(change, version),
    attach: (files: readonly File[]) => void drafts.attach(files, version),
    touch: drafts.touch,
    choose: drafts.choose,
    suggest: drafts.suggest,
    sent: drafts.sent,
    keyOf: drafts.keyOf,
    isUnanswered: drafts.isUnanswered,
    answered: drafts.answered,
  };
}

export type Draft = ReturnType<typeof useDraft>;
