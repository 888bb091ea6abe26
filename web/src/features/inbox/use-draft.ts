/** What is being written on a ticket, kept on the server a moment after it changed, and there again on another device. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { call } from '../../api/call.ts';
import { operationQuery, queryClient } from '../../api/queries.ts';
import { say } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import type { WholeTicket } from './changes.ts';

export type Mode = 'reply' | 'note' | 'forward';

export interface Writing {
  mode: Mode;
  text: string;
  /** Null: whoever gets copies by default. */
  cc: string[] | null;
  bcc: string[];
  /** The ticket's version as it was read when this was begun. */
  seen: number;
}

const saveMs = 800;

/** The saves of one ticket, one after the other: what was thrown away does not come back. */
function createKeeper(slug: string, ticketId: string) {
  let last: Promise<unknown> = Promise.resolve();
  let version: number | undefined;
  const queue = (work: () => Promise<unknown>) => {
    last = last.then(work).catch(() => undefined);
    return last;
  };
  return {
    found: (now: number | undefined) => {
      version = now;
    },
    save: ({ mode, text, cc, bcc, seen }: Writing) =>
      queue(async () => {
        if (mode === 'forward') return;
        if (text.trim() === '') {
          if (version !== undefined) await call(slug, 'delete_draft', { ticketId });
          version = undefined;
          return;
        }
        const draft = { ticketId, kind: mode, body: text, bcc, seen, ...(cc && { cc }) };
        const saved = await call(slug, 'save_draft', draft);
        if (version !== undefined && saved.version > version + 1) say(t('draft.elsewhere'), { bad: true });
        version = saved.version;
      }),
  };
}

export interface Draft {
  writing: Writing;
  write(change: Partial<Writing>): void;
  /** It was sent: nothing of it is kept. */
  clear(): void;
}

export function useDraft(ticket: WholeTicket): Draft {
  const { slug } = useWorkspace();
  const { ticketId, version } = ticket;
  const [writing, setWriting] = useState<Writing>(() => empty(version));
  const latest = useRef(writing);
  const begun = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [keeper] = useState(() => createKeeper(slug, ticketId));
  const set = useCallback((next: Writing) => {
    latest.current = next;
    setWriting(next);
  }, []);
  useEffect(() => {
    const query = { ...operationQuery(slug, 'get_draft', { ticketId }), staleTime: 0, gcTime: 0 };
    queryClient
      .fetchQuery(query)
      .then(({ draft }) => {
        keeper.found(draft?.version);
        if (!draft || begun.current) return;
        const { kind, body, cc, bcc, seen } = draft;
        set({ mode: kind, text: body, cc, bcc, seen });
      })
      .catch(() => undefined);
  }, [slug, ticketId, keeper, set]);
  const save = useCallback(() => {
    if (timer.current === undefined) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    void keeper.save(latest.current);
  }, [keeper]);
  // Whoever leaves the ticket, or the page, leaves it kept.
  useEffect(() => {
    window.addEventListener('pagehide', save);
    return () => {
      window.removeEventListener('pagehide', save);
      save();
    };
  }, [save]);
  const write = useCallback(
    (change: Partial<Writing>) => {
      const before = latest.current;
      // What had been said when one began is what one has read.
      const begins = before.text === '' && change.text !== undefined;
      if (change.text !== undefined) begun.current = true;
      set({ ...before, ...(begins && { seen: version }), ...change });
      clearTimeout(timer.current);
      timer.current = setTimeout(save, saveMs);
    },
    [save, set, version],
  );
  const clear = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = undefined;
    set({ ...empty(latest.current.seen), mode: latest.current.mode });
    void keeper.save({ ...latest.current, mode: 'reply', text: '' });
  }, [keeper, set]);
  return { writing, write, clear };
}

const empty = (seen: number): Writing => ({ mode: 'reply', text: '', cc: null, bcc: [], seen });
