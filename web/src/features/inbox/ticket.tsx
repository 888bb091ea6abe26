import { useMemo, useState } from 'react';
import { useRead } from '../../api/queries.ts';
import { type Action, useActions } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Loading } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { useChange, type WholeTicket } from './changes.ts';
import { Composer } from './composer.tsx';
import { Context } from './context.tsx';
import { Header } from './header.tsx';
import { Others, usePresence } from './presence.tsx';
import { Thread } from './thread.tsx';

/** One ticket, whole. `onNext`: it is done with, and the next one is wanted. */
export function Ticket({ ticketId, onNext }: { ticketId: string; onNext(): void }) {
  const { data: ticket, error } = useRead('get_ticket', { ticketId });
  if (error) return <p className="p-4 text-bad">{error.message}</p>;
  if (!ticket) return <Loading />;
  return <Shown ticket={ticket} onNext={onNext} />;
}

function Shown({ ticket, onNext }: { ticket: WholeTicket; onNext(): void }) {
  const { role, user } = useWorkspace();
  const change = useChange();
  const [typing, setTyping] = useState(false);
  const seen = usePresence(ticket.ticketId, typing);
  const { data: customer } = useRead(
    'get_customer',
    { customerId: ticket.customerId ?? '' },
    { enabled: ticket.customerId !== null },
  );
  const customerName = customer?.name ?? customer?.email ?? undefined;
  const works = isAtLeast(role, 'operator');
  useActions(
    useMemo<readonly Action[]>(() => {
      if (!works) return [];
      const group = t('do.group');
      const { number } = ticket;
      const status = (to: 'open' | 'spam') =>
        void change(ticket, { status: to }, t('done.status', { number, status: t(`status.${to}`) }));
      return [
        {
          id: 'assign',
          title: t('do.assign'),
          keys: 'a',
          group,
          run: () => void change(ticket, { assigneeId: user.id }, t('done.assigned')),
        },
        {
          id: 'resolve',
          title: t('do.resolve'),
          keys: 'e',
          group,
          run: () => {
            void change(ticket, { status: 'resolved' }, t('done.resolved', { number }));
            onNext();
          },
        },
        { id: 'reopen', title: t('do.reopen'), group, run: () => status('open') },
        { id: 'spam', title: t('do.spam'), group, run: () => status('spam') },
      ];
    }, [ticket, change, user.id, onNext, works]),
  );
  return (
    <div className="flex min-h-0 flex-1">
      <article className="flex min-h-0 min-w-0 flex-1 flex-col">
        <Header ticket={ticket} />
        <Others seen={seen} />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable */}
        <section aria-label={t('ticket.thread')} tabIndex={0} className="min-h-0 flex-1 overflow-auto">
          <Thread ticket={ticket} customerName={customerName} />
        </section>
        {works && (
          <Composer
            ticket={ticket}
            customerName={customerName}
            onTyping={setTyping}
            onResolved={() => {
              onNext();
            }}
          />
        )}
      </article>
      <Context ticket={ticket} />
    </div>
  );
}
