import { Button } from '../../components/button.tsx';
import { t } from '../../messages/messages.ts';
import type { WholeTicket } from './changes.ts';
import { MessageItem } from './thread.tsx';

type Message = WholeTicket['messages'][number];

const isOwnNote = (
  { author, authorId, visibility }: Pick<Message, 'author' | 'authorId' | 'visibility'>,
  userId: string,
) => visibility === 'note' && author === 'operator' && authorId === userId;

/** What was said after this version of the ticket, as its history counts it; one's own notes one knows. */
export function arrivedSince(ticket: WholeTicket, seen: number, userId: string): WholeTicket['messages'] {
  const count = ticket.history.filter(
    ({ kind, version }) => kind === 'message.created' && version > seen,
  ).length;
  return count === 0 ? [] : ticket.messages.slice(-count).filter((message) => !isOwnNote(message, userId));
}

/** The version that one has read the thread at who read this one: past one's own notes. */
export function readTo(ticket: WholeTicket, seen: number, userId: string): number {
  let read = seen;
  for (const { kind, version, actor, changes } of ticket.history)
    if (kind === 'message.created' && version > read) {
      if (actor !== `operator:${userId}` || changes.visibility !== 'note') break;
      read = version;
    }
  return read;
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
