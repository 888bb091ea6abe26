import { Badge, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import type { WholeTicket } from './changes.ts';
import { shortWallet, usePeople } from './people.ts';
import { Text } from './text.tsx';

type Message = WholeTicket['messages'][number];

/** What was said, the oldest first, notes between. `readTo`: messages after it came while one was writing. */
export function Thread({ ticket, customerName }: { ticket: WholeTicket; customerName: string | undefined }) {
  return (
    <ol aria-label={t('ticket.thread')} className="flex flex-col gap-3 p-4">
      {ticket.messages.map((message) => (
        <MessageItem key={message.id} message={message} customerName={customerName} />
      ))}
    </ol>
  );
}

export function MessageItem({
  message,
  customerName,
}: {
  message: Message;
  customerName: string | undefined;
}) {
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
    <li className={`rounded-lg border p-3 ${look}`}>
      <div className="mb-1 flex items-baseline justify-between gap-2">
        <span className="flex items-center gap-2 font-semibold">
          {author}
          {isNote && <Badge tone="warn">{t('ticket.note')}</Badge>}
        </span>
        <span className="text-xs text-muted">
          <Time at={message.createdAt} full />
        </span>
      </div>
      <Text>{message.body}</Text>
    </li>
  );
}
