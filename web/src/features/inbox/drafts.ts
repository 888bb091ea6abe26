/** What is being written on tickets: one text of each kind, on for as long as the app is open, whatever is shown of it. */
import { call, type OutputOf } from '../../api/call.ts';
import { newKey } from '../../api/key.ts';
import { allKept, keptAs } from '../../app/kept.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
import { t } from '../../messages/messages.ts';
import { createKeeper, empty, isEmpty, type KeptDraft, type Mode, type Writing } from './keeper.ts';
import { type Upload, upload } from './uploads.tsx';

export const modes = ['reply', 'note', 'forward'] as const satisfies readonly Mode[];

export type Source = OutputOf<'suggest_reply'>['citations'][number];

const maxFiles = 20;

/** All that is being written on one ticket. */
export interface Written {
  mode: Mode;
  of: Readonly<Record<Mode, Writing>>;
  /** Files that are on their way to the server. */
  uploading: Readonly<Record<Mode, number>>;
  /** What the reply rests on, where the model suggested it. */
  sources: readonly Source[];
}

const each = <T>(make: (mode: Mode) => T): Record<Mode, T> => ({
  reply: make('reply'),
  note: make('note'),
  forward: make('forward'),
});

export type Drafts = ReturnType<typeof createDrafts>;

function createDrafts(slug: string, userId: string, ticketId: string) {
  const keepers = each((kind) =>
    createKeeper({
      ...{ slug, userId, ticketId, kind },
      name: keptAs(slug, userId, `${ticketId}:${kind}`),
      ready: () => ready(),
      meet: (theirs) => both(kind, theirs),
    }),
  );
  const begun = each((kind) => keepers[kind].left ?? empty);
  /** Of what was sent and has no answer yet: by its key it is asked for again. */
  const unanswered: Partial<Record<Mode, string>> = {};
  let written: Written = {
    mode: modes.find((kind) => keepers[kind].left && !isEmpty(begun[kind])) ?? 'reply',
    of: begun,
    uploading: each(() => 0),
    sources: [],
  };
  /** Somebody is at it: what they write does not change under their hands. */
  let touched = modes.some((kind) => keepers[kind].left);
  const watchers = new Set<() => void>();
  const set = (change: Partial<Written>) => {
    written = { ...written, ...change };
    for (const watcher of watchers) watcher();
  };
  const put = (kind: Mode, writing: Writing) => set({ of: { ...written.of, [kind]: writing } });
  const write = (change: Partial<Writing>, version: number, kind = written.mode) => {
    const before = written.of[kind];
    // What had been said when one began is what one has read.
    const next = { ...before, ...(isEmpty(before) && { seen: version }), ...change };
    touched = true;
    put(kind, next);
    if (kind === 'reply' && next.text === '') set({ sources: [] });
    keepers[kind].want(next);
  };
  const take = (kind: Mode, draft: KeptDraft | undefined) => {
    const news = keepers[kind].found(draft);
    if (keepers[kind].isKept()) put(kind, draft ? asWriting(draft) : empty);
    else if (news) both(kind, news);
  };
  /** Two devices or tabs wrote: nothing of either is lost. */
  const both = (kind: Mode, draft: KeptDraft) => {
    const [now, theirs] = [written.of[kind], asWriting(draft)];
    const news = keepers[kind].news(theirs.text, now.text);
    const files = theirs.files.filter(
      (one) => !now.files.some((own) => own.attachmentId === one.attachmentId),
    );
    if (news === '' && files.length === 0) return;
    const text = [now.text, news].filter((one) => one.trim() !== '').join('\n\n');
    const { to, cc, bcc, seen } = isEmpty(now) ? theirs : now;
    write({ text, to, cc, bcc, files: [...now.files, ...files].slice(0, maxFiles) }, seen, kind);
    say(t('draft.both'), { bad: true });
  };
  /** Asks what the server has, of this device or another. */
  const load = async (): Promise<void> => {
    const before = written.of;
    const { drafts } = await call(slug, 'get_drafts', { ticketId });
    // What was sent or written since it was asked is newer than the answer.
    for (const kind of modes)
      if (written.of[kind] === before[kind] || !keepers[kind].isKept())
        take(
          kind,
          drafts.find((draft) => draft.kind === kind),
        );
    if (!touched && drafts[0]) set({ mode: drafts[0].kind });
  };
  let first: Promise<void> | undefined;
  const ready = (): Promise<void> => {
    first ??= load().catch((error) => {
      first = undefined;
      throw error;
    });
    return first;
  };
  const arriving = (by: 1 | -1, kind: Mode) =>
    set({ uploading: { ...written.uploading, [kind]: written.uploading[kind] + by } });
  return {
    subscribe: (watcher: () => void) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    get: () => written,
    touch: () => {
      touched = true;
    },
    choose: (mode: Mode) => {
      touched = true;
      set({ mode });
    },
    write,
    ready,
    /** It is shown, perhaps again. */
    open: () => (first ? load() : ready()),
    async attach(files: readonly File[], version: number): Promise<void> {
      const kind = written.mode;
      for (const file of files) {
        if (written.of[kind].files.length >= maxFiles)
          return say(t('files.most', { max: maxFiles }), { bad: true });
        arriving(1, kind);
        try {
          const added: Upload | undefined = await upload(slug, file);
          if (added) write({ files: [...written.of[kind].files, added] }, version, kind);
        } catch (error) {
          sayRefused(error);
        } finally {
          arriving(-1, kind);
        }
      }
    },
    keyOf: (kind: Mode): string => {
      unanswered[kind] ??= newKey();
      return unanswered[kind];
    },
    isUnanswered: (kind: Mode): boolean => unanswered[kind] !== undefined,
    /** It was refused, or is done: what is sent next is another sending. */
    answered: (kind: Mode): void => {
      delete unanswered[kind];
    },
    suggest: (sources: readonly Source[]) => set({ sources }),
    /** It was sent: nothing of it is kept. */
    sent(kind: Mode): void {
      put(kind, empty);
      if (kind === 'reply') set({ sources: [] });
      keepers[kind].sent();
    },
  };
}

const asWriting = ({ body, to, cc, bcc, attachments, seen }: KeptDraft): Writing => ({
  text: body,
  to: to ?? '',
  cc,
  bcc,
  files: attachments.map(({ attachmentId, name, size }) => ({ attachmentId, name, size })),
  seen,
});

const open = new Map<string, Drafts>();

/** Those of one ticket, the same each time. */
export function draftsOf(slug: string, userId: string, ticketId: string): Drafts {
  const key = `${slug} ${userId} ${ticketId}`;
  const found = open.get(key) ?? createDrafts(slug, userId, ticketId);
  open.set(key, found);
  return found;
}

/** Has what the browser kept of tickets that were left brought to the server. */
export function bringLeft(slug: string, userId: string): void {
  for (const of of allKept(slug, userId)) {
    const [ticketId, kind] = of.split(':');
    if (!ticketId || !modes.some((mode) => mode === kind)) continue;
    // Out of reach it is tried again by itself.
    draftsOf(slug, userId, ticketId)
      .ready()
      .catch(() => undefined);
  }
}
