/** Where one writes: a reply, or a note. What was begun is kept for the ticket while the app is open. */
import { useCallback, useMemo, useRef, useState } from 'react';
import { call, Refusal } from '../../api/call.ts';
import { invalidate } from '../../api/queries.ts';
import { type Action, useActions } from '../../app/actions.tsx';
import { say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Kbd } from '../../components/kbd.tsx';
import { t } from '../../messages/messages.ts';
import type { WholeTicket } from './changes.ts';
import { MessageItem } from './thread.tsx';

type Mode = 'reply' | 'note';

const isOpen = ({ status }: WholeTicket) => status === 'open' || status === 'pending' || status === 'snoozed';

export function Composer(props: {
  ticket: WholeTicket;
  customerName: string | undefined;
  onTyping(typing: boolean): void;
  onResolved(): void;
}) {
  const { ticket, customerName, onTyping, onResolved } = props;
  const { slug } = useWorkspace();
  const [mode, setMode] = useState<Mode>('reply');
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  // What had been said when one began to write: what comes after is shown before the reply goes.
  const [readTo, setReadTo] = useState(ticket.messages.at(-1)?.id);
  const area = useRef<HTMLTextAreaElement>(null);
  const begin = useCallback((to: Mode) => {
    setMode(to);
    // After the page was drawn anew: until then the field may not be there.
    setTimeout(() => area.current?.focus());
  }, []);
  const write = (value: string) => {
    if (text === '') setReadTo(ticket.messages.at(-1)?.id);
    setText(value);
    onTyping(value !== '');
  };
  const from = ticket.messages.findIndex(({ id }) => id === readTo);
  const arrived = text === '' || mode === 'note' ? [] : ticket.messages.slice(from + 1);
  const send = async (resolve: boolean) => {
    if (text.trim() === '' || busy) return;
    setBusy(true);
    try {
      const { ticketId } = ticket;
      if (mode === 'note') await call(slug, 'add_note', { ticketId, body: text });
      else await call(slug, 'send_reply', { ticketId, body: text });
      setText('');
      onTyping(false);
      say(t(mode === 'note' ? 'reply.noted' : 'reply.sent'));
      if (resolve) onResolved();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'conflict') sayRefused(error);
      else say(error.message, { bad: true });
    } finally {
      setBusy(false);
      await invalidate(slug, ['get_ticket', 'list_tickets', 'count_tickets']);
    }
  };
  useActions(
    useMemo<readonly Action[]>(() => {
      const group = t('do.group');
      return [
        { id: 'reply', title: t('do.reply'), keys: 'r', group, run: () => begin('reply') },
        { id: 'note', title: t('do.note'), keys: 'n', group, run: () => begin('note') },
      ];
    }, [begin]),
  );
  if (mode === 'reply' && !isOpen(ticket))
    return (
      <p className="border-t border-line p-4 text-muted">
        {t('reply.closed', { status: t(`status.${ticket.status}`) })}
      </p>
    );
  return (
    <div className={`border-t border-line p-3 ${mode === 'note' ? 'bg-warn-soft' : 'bg-panel'}`}>
      <Held
        arrived={arrived}
        customerName={customerName}
        onRead={() => setReadTo(ticket.messages.at(-1)?.id)}
      />
      <div className="mb-2 flex gap-1" role="tablist">
        {(['reply', 'note'] as const).map((one) => (
          <Button
            key={one}
            size="small"
            role="tab"
            aria-selected={mode === one}
            look={mode === one ? 'plain' : 'quiet'}
            onClick={() => begin(one)}
          >
            {t(`reply.${one}`)} <Kbd keys={one === 'reply' ? 'r' : 'n'} />
          </Button>
        ))}
      </div>
      <textarea
        ref={area}
        value={text}
        aria-label={t(mode === 'note' ? 'reply.notePlaceholder' : 'reply.placeholder')}
        placeholder={t(mode === 'note' ? 'reply.notePlaceholder' : 'reply.placeholder')}
        rows={text ? 6 : 2}
        onChange={({ target }) => write(target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') area.current?.blur();
          if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
          event.preventDefault();
          if (arrived.length === 0) void send(event.shiftKey);
        }}
        className="w-full resize-y rounded-md border border-line bg-canvas p-2 placeholder:text-muted"
      />
      <div className="mt-2 flex justify-end gap-2">
        {mode === 'reply' && (
          <Button disabled={busy || text.trim() === '' || arrived.length > 0} onClick={() => void send(true)}>
            {t('reply.sendAndResolve')}
          </Button>
        )}
        <Button
          look="primary"
          disabled={busy || text.trim() === '' || arrived.length > 0}
          onClick={() => void send(false)}
        >
          {t(mode === 'note' ? 'reply.addNote' : 'reply.send')} <Kbd keys="mod+Enter" />
        </Button>
      </div>
    </div>
  );
}

/** What came while one was writing: the reply waits until it was read. */
function Held(props: { arrived: WholeTicket['messages']; customerName: string | undefined; onRead(): void }) {
  if (props.arrived.length === 0) return null;
  return (
    <div role="alert" className="mb-2 rounded-md border border-warn bg-warn-soft p-2">
      <p className="mb-2 text-warn">{t('reply.stale')}</p>
      <ol className="mb-2 flex max-h-48 flex-col gap-2 overflow-auto">
        {props.arrived.map((message) => (
          <MessageItem key={message.id} message={message} customerName={props.customerName} />
        ))}
      </ol>
      <Button size="small" onClick={props.onRead}>
        {t('reply.sendAnyway')}
      </Button>
    </div>
  );
}
