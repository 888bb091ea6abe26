/** Where one writes: a reply, a note, or a forward. What was begun is kept on the server. */
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { call, type OutputOf, Refusal } from '../../api/call.ts';
import { useRead } from '../../api/queries.ts';
import { useActions } from '../../app/actions.tsx';
import { say } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Kbd } from '../../components/kbd.tsx';
import { t } from '../../messages/messages.ts';
import { refreshTickets, type WholeTicket } from './changes.ts';
import { Plain } from './editor/plain.tsx';
import type { Field, Offer } from './editor/writing.ts';
import { arrivedSince, Held } from './held.tsx';
import { usePeople } from './people.ts';
import { RecipientFields } from './recipients.tsx';
import { send } from './send.ts';
import { SendButtons } from './send-buttons.tsx';
import { UploadList, useUploads } from './uploads.tsx';
import { type Mode, useDraft } from './use-draft.ts';

const Editor = lazy(() => import('./editor/editor.tsx').then(({ Editor: one }) => ({ default: one })));

const modes = ['reply', 'note', 'forward'] as const;
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
  const { slug } = useWorkspace();
  const { members } = usePeople();
  const { writing, write, clear } = useDraft(ticket);
  const uploads = useUploads();
  const [to, setTo] = useState('');
  const [withFiles, setWithFiles] = useState(false);
  const [signature, setSignature] = useState(true);
  const [busy, setBusy] = useState(false);
  const { field, focused, setFocused, begin } = useBegin(write);
  const offers = useOffers(ticket.ticketId, writing.mode);
  const { mode, text } = writing;
  const typing = text !== '';
  useEffect(() => onTyping(typing), [typing, onTyping]);
  const arrived = typing && mode === 'reply' ? arrivedSince(ticket, writing.seen) : [];
  const ready =
    !busy &&
    uploads.pending === 0 &&
    arrived.length === 0 &&
    (mode === 'forward' ? to !== '' : text.trim() !== '') &&
    (mode !== 'reply' || takesReplies(ticket));
  const submit = async (resolve: boolean) => {
    if (!ready) return;
    setBusy(true);
    try {
      const attachmentIds = uploads.files.map(({ attachmentId }) => attachmentId);
      await send(slug, ticket, members, { writing, to, attachmentIds, withFiles, signature, resolve });
      clear();
      uploads.clear();
      say(t(saidOf[mode]));
      if (resolve && mode === 'reply') onResolved();
    } catch (error) {
      // What was written stays: after a conflict it is held against what arrived.
      const isStale = error instanceof Refusal && error.code === 'conflict';
      say(isStale ? t('reply.refusedStale') : (error as Error).message, { bad: true });
    } finally {
      setBusy(false);
      void refreshTickets(slug, [ticket.ticketId]);
    }
  };
  const shared = {
    ref: field,
    value: text,
    label: t(labelOf[mode]),
    onChange: (value: string) => write({ text: value }),
    onSubmit: (resolve: boolean) => void submit(resolve),
    onFiles: (files: readonly File[]) => void uploads.add(files),
    offers,
  };
  return (
    <section
      aria-label={t('reply.title')}
      className={`border-t border-line p-3 ${mode === 'note' ? 'bg-warn-soft' : 'bg-panel'}`}
    >
      <Held {...{ arrived, customerName }} onRead={() => write({ seen: ticket.version })} />
      <Modes mode={mode} onMode={begin} />
      {mode === 'reply' && !takesReplies(ticket) && (
        <p className="mb-2 text-muted">{t('reply.closed', { status: t(`status.${ticket.status}`) })}</p>
      )}
      {mode !== 'note' && (
        <RecipientFields
          key={mode}
          to={
            mode === 'forward'
              ? to
              : (customer?.email ?? customerName ?? (ticket.customerId ? '' : t('context.none')))
          }
          onTo={mode === 'forward' ? setTo : undefined}
          cc={writing.cc}
          participants={mode === 'reply' ? ticket.participants : []}
          bcc={writing.bcc}
          onCc={(cc) => write({ cc })}
          onBcc={(bcc) => write({ bcc })}
        />
      )}
      <Suspense fallback={<Plain {...shared} onFocus={setFocused} />}>
        <Editor {...shared} focused={focused} />
      </Suspense>
      <UploadList files={uploads.files} pending={uploads.pending} onRemove={uploads.remove} />
      <SendButtons
        {...{ mode, ready, signature, withFiles, onFiles: shared.onFiles, onSend: shared.onSubmit }}
        onSignature={setSignature}
        onWithFiles={setWithFiles}
      />
    </section>
  );
}

function Modes({ mode, onMode }: { mode: Mode; onMode(mode: Mode): void }) {
  return (
    <fieldset className="mb-2 flex gap-1" aria-label={t('reply.kind')}>
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
function useBegin(write: (change: { mode: Mode; cc?: null }) => void) {
  const field = useRef<Field>(null);
  const [focused, setFocused] = useState(false);
  const begin = (mode: Mode) => {
    write({ mode });
    field.current?.focus();
  };
  const all = () => {
    // The participants: whoever got copies until now.
    write({ mode: 'reply', cc: null });
    begin('reply');
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
  return { field, focused, setFocused, begin };
}

/** Saved replies after `;`, filled in by the server; in notes members after `@`. */
function useOffers(ticketId: string, mode: Mode): { ';': readonly Offer[]; '@': readonly Offer[] } {
  const { slug } = useWorkspace();
  const { members } = usePeople();
  const { data } = useRead('list_saved_replies', { limit: 50 });
  return useMemo(
    () => ({
      ';': (data?.savedReplies ?? []).map(({ savedReplyId, name, body }) => ({
        id: savedReplyId,
        label: name,
        hint: body.replace(/\s+/g, ' ').slice(0, 80),
        text: async () => {
          const { text, missing } = await call(slug, 'render_saved_reply', { savedReplyId, ticketId });
          if (missing.length > 0) say(t('editor.missing', { names: missing.join(', ') }), { bad: true });
          return text;
        },
      })),
      '@':
        mode === 'note'
          ? members.map(({ userId, name, email }) => ({
              id: userId,
              label: name,
              hint: email,
              text: () => `@${name} `,
            }))
          : [],
    }),
    [slug, ticketId, mode, members, data],
  );
}
