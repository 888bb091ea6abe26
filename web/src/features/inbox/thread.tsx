import { Badge, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { useNamedMessage } from '../mentions/named.ts';
import type { WholeTicket } from './changes.ts';
import { Files } from './files.tsx';
import { shortWallet, usePeople } from './people.ts';
import { Text, unturned, Written } from './text.tsx';

type Message = WholeTicket['messages'][number];

interface Whose {
  customerName: string | undefined;
  /** Nobody has shown yet that the customer’s address is theirs. */
  unverified?: boolean;
}

/** What was said, the oldest first, notes between. */
export function Thread({ ticket, customerName, unverified = false }: Whose & { ticket: WholeTicket }) {
  useNamedMessage();
  return (
    <ol aria-label={t('ticket.thread')} className="flex flex-col gap-3 p-4">
      {ticket.messages.map((message) => (
        <MessageItem key={message.id} {...{ message, customerName, unverified }} />
      ))}
    </ol>
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
