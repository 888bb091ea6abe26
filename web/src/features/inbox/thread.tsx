import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import { call } from '../../api/call.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Badge, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { useNamed, useNamedMessage } from '../mentions/named.ts';
import type { WholeTicket } from './changes.ts';
import { Files } from './files.tsx';
import { shortWallet, usePeople } from './people.ts';
import { usePlace } from './place.ts';
import { Text, unturned, Written } from './text.tsx';
import { useEarlier } from './use-earlier.ts';

type Message = WholeTicket['messages'][number];

interface Whose {
  customerName: string | undefined;
  /** Nobody has shown yet that the customer’s address is theirs. */
  unverified?: boolean;
}

/** What was said, the oldest first, notes between. It begins at the newest; what came earlier is there as one goes up to it. */
export function Thread({ ticket, customerName, unverified = false }: Whose & { ticket: WholeTicket }) {
  const { slug } = useWorkspace();
  const { ticketId, messages, earlierMessages, messageCount } = ticket;
  const { rows, earlier, count, loading, load } = useEarlier<Message>(
    { rows: messages, earlier: earlierMessages, count: messageCount },
    ({ id }) => id,
    async (cursor) => {
      const page = await call(slug, 'list_messages', { ticketId, cursor, limit: 50 });
      return { rows: page.messages, next: page.next };
    },
  );
  const named = useNamed();
  const { box, list, hold } = usePlace(rows[0]?.id, named !== undefined);
  const more = () => load(hold);
  const isHere = named !== undefined && rows.some(({ id }) => id === named);
  useNamedMessage(isHere ? named : undefined);
  useEffect(() => {
    if (named !== undefined && !isHere && earlier !== null && !loading) void more();
  });
  return (
    <section
      ref={box}
      aria-label={t('ticket.thread')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable
      tabIndex={0}
      className="min-h-48 flex-1 overflow-auto [overflow-anchor:none]"
    >
      {earlier !== null && (
        <Before {...{ box, loading }} left={count - rows.length} onMore={() => void more()} />
      )}
      <ol ref={list} aria-label={t('ticket.thread')} className="flex flex-col gap-3 p-4">
        {rows.map((message) => (
          <MessageItem key={message.id} {...{ message, customerName, unverified }} />
        ))}
      </ol>
    </section>
  );
}

/** Asks for what came earlier, when it is pressed or comes into view. */
function Before(props: {
  box: RefObject<HTMLElement | null>;
  loading: boolean;
  left: number;
  onMore(): void;
}) {
  const { box, loading, left } = props;
  const foot = useRef<HTMLDivElement>(null);
  const more = useRef(props.onMore);
  more.current = props.onMore;
  useEffect(() => {
    const { current } = foot;
    if (!current) return;
    const seen = new IntersectionObserver(([one]) => one?.isIntersecting && more.current(), {
      root: box.current,
    });
    seen.observe(current);
    return () => seen.disconnect();
  }, [box]);
  useLayoutEffect(() => {
    const { current } = foot;
    return () => {
      // Whoever pressed it for the last time goes on from the conversation.
      if (current?.contains(document.activeElement)) box.current?.focus({ preventScroll: true });
    };
  }, [box]);
  return (
    <div ref={foot} className="flex justify-center px-4 pt-4">
      <Button size="small" aria-disabled={loading} onClick={props.onMore}>
        {loading ? t('common.loading') : t('ticket.earlier', { count: left })}
      </Button>
    </div>
  );
}

export function MessageItem({ message, customerName, unverified = false }: Whose & { message: Message }) {
  const { nameOf } = usePeople();
  const isNote = message.visibility === 'note';
  const author = {
    customer: customerName ?? t('ticket.customer'),
    operator: nameOf(message.authorId),
    agent: t('ticket.agent', { wallet: shortWallet(message.authorId ?? '') }),
    house: t('ticket.house'),
  }[message.author];
  const look = isNote
    ? 'border-warn bg-warn-soft'
    : message.author === 'customer'
      ? 'border-line bg-panel'
      : 'border-line bg-sunken';
  return (
    <li id={message.id} className={`rounded-lg border p-3 ${look}`}>
      <div className="mb-1 flex flex-wrap items-baseline justify-between gap-x-2">
        <span className="flex min-w-0 items-center gap-2 font-semibold">
          <bdi className="truncate">{unturned(author)}</bdi>
          {message.author === 'customer' && customerName && (
            // Whatever they call themselves, they are no colleague.
            <Badge tone={unverified ? 'warn' : 'plain'}>
              {t(unverified ? 'ticket.byUnverified' : 'ticket.byCustomer')}
            </Badge>
          )}
          {isNote && <Badge tone="warn">{t('ticket.note')}</Badge>}
        </span>
        <span className="text-xs text-muted">
          <Time at={message.createdAt} full />
        </span>
      </div>
      {message.author === 'operator' ? <Written>{message.body}</Written> : <Text>{message.body}</Text>}
      <Files files={message.attachments} />
      {message.mail && <Mailed mail={message.mail} />}
    </li>
  );
}

/** Whom a message went to, where that says more than its place in the thread. */
function Mailed({ mail }: { mail: NonNullable<Message['mail']> }) {
  const { kind, to, cc, bcc, state, reason, refused } = mail;
  const says = [
    kind === 'forward' && t('mail.forwarded', { to }),
    cc.length > 0 && t('mail.cc', { addresses: cc.join(', ') }),
    bcc.length > 0 && t('mail.bcc', { addresses: bcc.join(', ') }),
  ].filter((one) => one !== false);
  const failed = [
    ...(state === 'failed' ? [t('mail.failed', { reason: reason ?? '' })] : []),
    ...refused.map(({ address, reason: why }) => `${address}: ${why}`),
  ];
  if (says.length + failed.length === 0) return null;
  return (
    <p className="mt-2 text-xs break-words text-muted">
      {says.join(' · ')}
      {failed.map((one) => (
        <span key={one} className="block text-bad">
          {one}
        </span>
      ))}
    </p>
  );
}
