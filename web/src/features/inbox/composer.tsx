/** Where one writes: a reply, a note, or a forward. Each keeps its own text. */
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { type OutputOf, Refusal } from '../../api/call.ts';
import { useActions } from '../../app/actions.tsx';
import { say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Kbd } from '../../components/kbd.tsx';
import { t } from '../../messages/messages.ts';
import { refreshTickets, type WholeTicket } from './changes.ts';
import { modes } from './drafts.ts';
import { Plain } from './editor/plain.tsx';
import type { Field } from './editor/writing.ts';
import { arrivedSince, Held, readTo } from './held.tsx';
import { inTurn, led, ownSince } from './in-turn.ts';
import type { Mode } from './keeper.ts';
import { useOffers } from './offers.ts';
import { usePeople } from './people.ts';
import { RecipientFields } from './recipients.tsx';
import { send } from './send.ts';
import { SendButtons } from './send-buttons.tsx';
import { Sources, SuggestButton, useSuggestion } from './suggest.tsx';
import { UploadList } from './uploads.tsx';
import { type Draft, useDraft } from './use-draft.ts';

const Editor = lazy(() => import('./editor/editor.tsx').then(({ Editor: one }) => ({ default: one })));

const keyOf: Record<Mode, string> = { reply: 'r', note: 'n', forward: 'f' };
const labelOf = {
  reply: 'reply.placeholder',
  note: 'reply.notePlaceholder',
  forward: 'reply.forwardPlaceholder',
} as const;
const saidOf = { reply: 'reply.sent', note: 'reply.noted', forward: 'reply.forwarded' } as const;

const takesReplies = ({ status, mergedInto }: WholeTicket) =>
  status !== 'closed' && status !== 'spam' && mergedInto === null;

interface Props {
  ticket: WholeTicket;
  customer: OutputOf<'get_customer'> | undefined;
  customerName: string | undefined;
  onTyping(typing: boolean): void;
  onResolved(): void;
}

export function Composer({ ticket, customer, customerName, onTyping, onResolved }: Props) {
  const draft = useDraft(ticket);
  const { mode, writing, write, attach } = draft;
  const { text, to, cc, bcc, files } = writing;
  const { section, field, focused, setFocused, begin } = useBegin(draft);
  const offers = useOffers(ticket.ticketId, mode);
  const typing = text !== '';
  useEffect(() => onTyping(typing), [typing, onTyping]);
  const open = takesReplies(ticket);
  const suggestion = useSuggestion(ticket, open, begin);
  const { id: userId } = useWorkspace().user;
  const arrived = typing && mode === 'reply' ? arrivedSince(ticket, writing.seen, userId) : [];
  const isWhole = mode === 'forward' ? to !== '' : text.trim() !== '';
  const sending = useSending(ticket, draft, {
    ready: isWhole && (mode !== 'reply' || open),
    held: arrived.length > 0,
    onSent: (resolved) => {
      // The next key is for the ticket again.
      section.current?.focus();
      if (resolved) onResolved();
    },
  });
  const shared = {
    ref: field,
    value: text,
    label: t(labelOf[mode]),
    onChange: (value: string) => write({ text: value }),
    onSubmit: (resolve: boolean) => void sending.submit(resolve),
    onFiles: attach,
    offers,
  };
  return (
    <section
      ref={section}
      tabIndex={-1}
      onFocus={draft.touch}
      aria-label={t('reply.title')}
      className={`border-t border-line p-3 outline-none ${mode === 'note' ? 'bg-warn-soft' : 'bg-panel'}`}
    >
      <Held {...{ arrived, customerName }} onRead={() => write({ seen: ticket.version })} />
      <div className="mb-2 flex flex-wrap gap-1">
        <Modes mode={mode} onMode={begin} />
        {mode === 'reply' && open && <SuggestButton {...suggestion} />}
      </div>
      {mode === 'reply' && !open && (
        <p className="mb-2 text-muted">
          {ticket.mergedInto
            ? t('reply.merged')
            : t('reply.closed', { status: t(`status.${ticket.status}`) })}
        </p>
      )}
      {mode !== 'note' && (
        <RecipientFields
          key={mode}
          to={mode === 'forward' ? to : customerOf(ticket, customer, customerName)}
          onTo={mode === 'forward' ? (one) => write({ to: one }) : undefined}
          participants={mode === 'reply' ? ticket.participants : []}
          {...{ cc, bcc }}
          onCc={(copies) => write({ cc: copies })}
          onBcc={(copies) => write({ bcc: copies })}
        />
      )}
      <Suspense fallback={<Plain {...shared} onFocus={setFocused} />}>
        {/* Of its own for each kind: undoing in one must not bring back the text of another. */}
        <Editor key={mode} {...shared} focused={focused} />
      </Suspense>
      {mode === 'reply' && <Sources sources={draft.sources} />}
      <UploadList
        files={files}
        pending={draft.uploading}
        onRemove={(id) => write({ files: files.filter(({ attachmentId }) => attachmentId !== id) })}
      />
      <SendButtons {...sending} {...{ mode }} onFiles={attach} onSend={shared.onSubmit} />
    </section>
  );
}

const customerOf = (ticket: WholeTicket, customer: Props['customer'], name: string | undefined): string =>
  customer?.email ?? name ?? (ticket.customerId ? '' : t('context.none'));

/** The sending, and what is chosen with it. */
function useSending(
  ticket: WholeTicket,
  draft: Draft,
  { ready: isWhole, held, onSent }: { ready: boolean; held: boolean; onSent(resolved: boolean): void },
) {
  const { slug, user } = useWorkspace();
  const { members } = usePeople();
  const [withFiles, onWithFiles] = useState(false);
  const [signature, onSignature] = useState(true);
  const [busy, setBusy] = useState(false);
  const { mode, uploading } = draft;
  const { ticketId } = ticket;
  const mayGo = isWhole && !busy && uploading === 0;
  // What was sent and not answered may be what arrived: asked for again it is told apart.
  const waits = held && !draft.isUnanswered(mode);
  const submit = async (resolve: boolean) => {
    if (mayGo && waits) say(t('reply.readFirst'), { bad: true });
    if (!mayGo || waits) return;
    setBusy(true);
    try {
      // Past one's own notes, those too that are not read again yet.
      const seen = ownSince(ticketId, readTo(ticket, draft.writing.seen, user.id));
      const writing = { ...draft.writing, seen };
      const sending = { mode, writing, withFiles, signature, resolve, key: draft.keyOf(mode) };
      const version = await inTurn([ticketId], () => send(slug, ticket, members, sending));
      // A message makes one version.
      led(ticketId, version - 1, version);
      draft.answered(mode);
      draft.sent(mode);
      say(t(saidOf[mode]));
      onSent(resolve && mode === 'reply');
    } catch (error) {
      if (!isLost(error)) draft.answered(mode);
      sayNotSent(error);
    } finally {
      setBusy(false);
      void refreshTickets(slug, [ticketId]);
    }
  };
  return { ready: mayGo && !waits, submit, withFiles, onWithFiles, signature, onSignature };
}

/** Whether it may have been done all the same. */
const isLost = (error: unknown): boolean =>
  !(error instanceof Refusal) || error.code === 'offline' || error.status >= 500;

/** What was written stays: after a conflict it is held against what arrived. */
function sayNotSent(error: unknown): void {
  const isStale = error instanceof Refusal && error.code === 'conflict';
  if (isStale) say(t(error.data.sent ? 'reply.sentBefore' : 'reply.refusedStale'), { bad: true });
  else sayRefused(error);
}

function Modes({ mode, onMode }: { mode: Mode; onMode(mode: Mode): void }) {
  return (
    <fieldset className="flex gap-1" aria-label={t('reply.kind')}>
      {modes.map((one) => (
        <Button
          key={one}
          size="small"
          aria-pressed={mode === one}
          look={mode === one ? 'plain' : 'quiet'}
          onClick={() => onMode(one)}
        >
          {t(`reply.${one}`)} <Kbd keys={keyOf[one]} />
        </Button>
      ))}
    </fieldset>
  );
}

/** Beginning to write by a key. */
function useBegin({ choose, write }: Draft) {
  const section = useRef<HTMLElement>(null);
  const field = useRef<Field>(null);
  const [focused, setFocused] = useState(false);
  const begin = (mode: Mode) => {
    // Its field must be there before it can have the focus, and it must have it before the next key.
    flushSync(() => choose(mode));
    field.current?.focus();
  };
  const all = () => {
    begin('reply');
    // The participants: whoever got copies until now.
    write({ cc: null });
  };
  const group = t('do.group');
  useActions([
    ...modes.map((mode) => ({
      id: mode,
      title: t(`do.${mode}`),
      keys: keyOf[mode],
      group,
      run: () => begin(mode),
    })),
    { id: 'reply-all', title: t('do.replyAll'), keys: 'R', group, run: all },
  ]);
  return { section, field, focused, setFocused, begin };
}
