import { Button } from '../../components/button.tsx';
import { t } from '../../messages/messages.ts';
import type { WholeTicket } from './changes.ts';
import { MessageItem } from './thread.tsx';

/** What was said after this version of the ticket, as its history counts it. */
export function arrivedSince(ticket: WholeTicket, seen: number): WholeTicket['messages'] {
  const count = ticket.history.filter(
    ({ kind, version }) => kind === 'message.created' && version > seen,
  ).length;
  return count === 0 ? [] : ticket.messages.slice(-count);
}

/** What came while one was writing: the reply waits until it was read. */
export function Held(props: {
  arrived: WholeTicket['messages'];
  customerName: string | undefined;
  onRead(): void;
}) {
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
        {t('reply.read')}
      </Button>
    </div>
  );
}
