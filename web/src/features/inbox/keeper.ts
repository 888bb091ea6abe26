/** Brings one draft to the server, again and again until it is there; until then the browser keeps it. */
import { call, type OutputOf, Refusal, readSession } from '../../api/call.ts';
import { drop, keep, onBring, readKept } from '../../app/kept.ts';
import { say } from '../../app/toasts.tsx';
import { t } from '../../messages/messages.ts';
import type { Upload } from './uploads.tsx';

export type Mode = 'reply' | 'note' | 'forward';

export interface Writing {
  text: string;
  /** Of a forward: who gets it. */
  to: string;
  /** Null: whoever gets copies by default. */
  cc: string[] | null;
  bcc: string[];
  files: readonly Upload[];
  /** The ticket's version as it was read when this was begun. */
  seen: number;
}

export const empty: Writing = { text: '', to: '', cc: null, bcc: [], files: [], seen: 0 };

export const isEmpty = ({ text, to, cc, bcc, files }: Writing): boolean =>
  text.trim() === '' && to === '' && cc === null && bcc.length + files.length === 0;

export type KeptDraft = OutputOf<'get_drafts'>['drafts'][number];

const saveMs = 800;
const slowestMs = 30_000;

/** As the server takes addresses; one that is half typed waits. */
const address = /^(?!\.)(?!.*\.\.)[\w'+.-]*[\w+-]@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$/;
const whole = (addresses: readonly string[]) => addresses.filter((one) => address.test(one)).slice(0, 49);

/** It may go another time. */
const mayPass = (error: unknown): boolean =>
  !(error instanceof Refusal) || [0, 401, 429].includes(error.status) || error.status >= 500;

interface Place {
  slug: string;
  userId: string;
  ticketId: string;
  kind: Mode;
  /** Where the browser keeps it. */
  name: string;
  /** What the server has was asked, and nothing of it would be written over unseen. @throws {Refusal} */
  ready(): Promise<void>;
  /** Another device or tab wrote on the same: both are put together, and wanted. */
  meet(theirs: KeptDraft): void;
}

/** A text by its paragraphs. */
const paragraphs = (text: string): string[] => text.split(/\n{2,}/).filter((one) => one.trim() !== '');

export function createKeeper(place: Place) {
  const { slug, userId, ticketId, kind, name, ready, meet } = place;
  const left = readKept<{ writing: Writing; version?: number }>(name);
  /** What the server does not have yet, and the version that it had last. */
  let wanted = left?.writing;
  let version = left?.version;
  let running: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let signedOut = false;
  /** It was refused as it is: tried again once something else is written. */
  let refused = false;
  /** What the server had of this device, and what may have got there since, though no answer came. */
  let brought: string[] = [];
  const put = async (writing: Writing) => {
    // Who signs in again may be somebody else, and this is not theirs.
    if (signedOut && (await readSession()).user.id !== userId) throw new Refusal('unauthorized', 401, '');
    signedOut = false;
    if (isEmpty(writing)) {
      if (version !== undefined) await call(slug, 'delete_draft', { ticketId, kind, version });
      version = undefined;
      return;
    }
    const { text, to, cc, bcc, files, seen } = writing;
    brought = [...brought, text].slice(-20);
    const saved = await call(slug, 'save_draft', {
      ticketId,
      kind,
      ...(text.trim() !== '' && { body: text }),
      ...(address.test(to) && { to }),
      ...(cc && { cc: whole(cc) }),
      bcc: whole(bcc),
      attachmentIds: files.map(({ attachmentId }) => attachmentId),
      seen,
      version: version ?? 0,
    });
    version = saved.version;
    brought = [text];
  };
  /** Somebody else saved, or an answer was lost. */
  const look = async () => {
    const { drafts } = await call(slug, 'get_drafts', { ticketId });
    const theirs = drafts.find((draft) => draft.kind === kind);
    version = theirs?.version;
    if (theirs) meet(theirs);
    brought = [theirs?.body ?? ''];
  };
  const attempt = async () => {
    let now = wanted;
    try {
      await ready();
      now = wanted;
      if (now) await put(now);
      failures = 0;
      if (wanted !== now) return;
      wanted = undefined;
      drop(name);
    } catch (caught) {
      const isElsewhere = caught instanceof Refusal && caught.code === 'conflict';
      const error = isElsewhere
        ? await look().then(
            () => undefined,
            (other: unknown) => other,
          )
        : caught;
      if (error === undefined) return;
      failures++;
      if (error instanceof Refusal && error.status === 401) signedOut = true;
      if (mayPass(error)) return;
      refused = wanted === now;
      say(t('draft.refused', { reason: (error as Error).message }), { bad: true });
    }
  };
  /** Now; a save that is under way is waited for first. */
  const bring = async (): Promise<void> => {
    clearTimeout(timer);
    if (running) {
      await running;
      return bring();
    }
    if (!wanted || refused) return;
    running = attempt().finally(() => {
      running = undefined;
    });
    await running;
    if (wanted && !refused) later(Math.min(slowestMs, saveMs * 2 ** failures));
  };
  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void bring(), ms);
  };
  onBring(bring);
  return {
    /** What the browser had and the server has not. */
    left: left?.writing,
    isKept: () => wanted === undefined,
    want(writing: Writing) {
      wanted = writing;
      refused = false;
      keep(name, { writing, version });
      later(saveMs);
    },
    /** It was sent, and the server has taken it along: what is on its way there is taken back. */
    sent() {
      wanted = version === undefined && !running ? undefined : empty;
      drop(name);
      void bring();
    },
    /** What of another device's text is not in this one, nor was in it before. */
    news(theirs: string, ours: string): string {
      const known = new Set([ours, ...brought].flatMap(paragraphs));
      return paragraphs(theirs)
        .filter((one) => !known.has(one))
        .join('\n\n');
    },
    /** What the server has. @returns what of it was not known here */
    found(draft: KeptDraft | undefined): KeptDraft | undefined {
      const isNews = draft !== undefined && draft.version > (version ?? 0) && !brought.includes(draft.body);
      if (draft?.version !== version && !running) version = draft?.version;
      if (wanted) later(0);
      else brought = [draft?.body ?? ''];
      return isNews ? draft : undefined;
    },
  };
}
