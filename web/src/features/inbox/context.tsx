/** Beside a conversation: whose it is, and what became of it so far. */
import { Link } from '@tanstack/react-router';
import { useRead } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Badge, Time } from '../../components/page.tsx';
import { type MessageKey, t } from '../../messages/messages.ts';
import type { WholeTicket } from './changes.ts';
import { actorName, usePeople } from './people.ts';

export function Context({ ticket }: { ticket: WholeTicket }) {
  return (
    <aside
      aria-label={t('context.title')}
      className="hidden w-72 shrink-0 overflow-auto border-l border-line bg-panel p-3 2xl:block"
    >
      <Customer ticket={ticket} />
      <History ticket={ticket} />
    </aside>
  );
}

function Customer({ ticket }: { ticket: WholeTicket }) {
  const { slug } = useWorkspace();
  const { customerId } = ticket;
  const { data: customer } = useRead(
    'get_customer',
    { customerId: customerId ?? '' },
    { enabled: customerId !== null },
  );
  return (
    <section className="mb-4">
      <h2 className="mb-1 text-xs text-muted">{t('context.customer')}</h2>
      {!customerId && <p className="text-muted">{t('context.none')}</p>}
      {customer && (
        <>
          <p className="font-semibold">{customer.name ?? customer.email}</p>
          {customer.name && <p className="break-words">{customer.email}</p>}
          <p className="mt-1 flex flex-wrap gap-1">
            {customer.blocked && <Badge tone="bad">{t('context.blocked')}</Badge>}
            {customer.email && !customer.emailVerified && (
              <Badge tone="warn">{t('context.unverified')}</Badge>
            )}
          </p>
          <p className="mt-2 text-xs text-muted">{t('context.tickets', { count: customer.ticketCount })}</p>
          <ul className="mt-1">
            {customer.tickets
              .filter(({ ticketId }) => ticketId !== ticket.ticketId)
              .slice(0, 6)
              .map(({ ticketId, number, subject, status }) => (
                <li key={ticketId} className="truncate">
                  <Link
                    to="/app/$workspace/inbox"
                    params={{ workspace: slug }}
                    search={{ view: 'all', ticket: ticketId }}
                    className="text-accent"
                  >
                    #{number} {subject}
                  </Link>{' '}
                  <span className="text-xs text-muted">{t(`status.${status}`)}</span>
                </li>
              ))}
          </ul>
        </>
      )}
    </section>
  );
}

function History({ ticket }: { ticket: WholeTicket }) {
  const { nameOf } = usePeople();
  return (
    <section>
      <h2 className="mb-1 text-xs text-muted">{t('context.history')}</h2>
      <ol className="flex flex-col gap-1 text-xs">
        {ticket.history.toReversed().map((event) => (
          <li key={`${event.at} ${event.kind}`} className="flex justify-between gap-2">
            <span>
              {actorName(event.actor, nameOf)}{' '}
              {t(`event.${event.kind}` as MessageKey, { fields: Object.keys(event.changes).join(', ') })}
            </span>
            <span className="text-muted">
              <Time at={event.at} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
