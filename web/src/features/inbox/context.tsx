/** Beside a conversation: whose it is, what explains it, what agents did and paid, and what became of it so far. */
import { X } from 'lucide-react';
import { useState } from 'react';
import { call, type OutputOf } from '../../api/call.ts';
import { invalidate, useRead } from '../../api/queries.ts';
import { doing, say, sayRefused } from '../../app/toasts.tsx';
import type { Done } from '../../app/undo.ts';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Badge, Time } from '../../components/page.tsx';
import { TicketLink } from '../../components/ticket-link.tsx';
import { dollars, t } from '../../messages/messages.ts';
import { CustomerLink } from '../customers/link.tsx';
import { refreshTickets, type WholeTicket } from './changes.ts';
import { History } from './history.tsx';
import { Part } from './part.tsx';
import { actorName, shortWallet, usePeople } from './people.ts';
import { Text } from './text.tsx';

type WholeCustomer = OutputOf<'get_customer'>;

export function Context({ ticket, customer }: { ticket: WholeTicket; customer: WholeCustomer | undefined }) {
  return (
    <>
      <Part title={t('context.customer')}>
        {!ticket.customerId && <None text={t('context.none')} />}
        {customer && <Customer ticket={ticket} customer={customer} />}
      </Part>
      {ticket.satisfaction && <Rating rating={ticket.satisfaction} />}
      {customer && <Notes customer={customer} />}
      <Issues ticket={ticket} />
      <Agents ticketId={ticket.ticketId} />
      <History ticket={ticket} />
    </>
  );
}

const None = ({ text }: { text: string }) => <p className="text-xs text-muted">{text}</p>;

function Customer({ ticket, customer }: { ticket: WholeTicket; customer: WholeCustomer }) {
  return (
    <>
      <p className="font-semibold break-words">
        <CustomerLink customer={customer} />
      </p>
      {customer.name && <p className="break-words">{customer.email}</p>}
      <p className="mt-1 flex flex-wrap gap-1">
        {customer.blocked && <Badge tone="bad">{t('context.blocked')}</Badge>}
        {customer.email && !customer.emailVerified && <Badge tone="warn">{t('context.unverified')}</Badge>}
      </p>
      <p className="mt-2 text-xs text-muted">{t('context.tickets', { count: customer.ticketCount })}</p>
      <ul className="mt-1">
        {customer.tickets
          .filter(({ ticketId }) => ticketId !== ticket.ticketId)
          .slice(0, 6)
          .map(({ ticketId, number, subject, status }) => (
            <li key={ticketId} className="flex items-baseline justify-between gap-2">
              <TicketLink ticketId={ticketId} className="truncate">
                #{number} {subject}
              </TicketLink>
              <span className="shrink-0 text-xs text-muted">{t(`status.${status}`)}</span>
            </li>
          ))}
      </ul>
    </>
  );
}

/** What the customer said of our help. */
function Rating({ rating }: { rating: NonNullable<WholeTicket['satisfaction']> }) {
  return (
    <Part title={t('context.rating')}>
      <p className="flex items-baseline justify-between gap-2">
        <Badge tone={rating.score === 'good' ? 'good' : 'bad'}>{t(`rating.${rating.score}`)}</Badge>
        <span className="text-xs text-muted">
          <Time at={rating.ratedAt} />
        </span>
      </p>
      {rating.comment && <Text>{rating.comment}</Text>}
    </Part>
  );
}

/** What colleagues know of the customer. */
function Notes({ customer }: { customer: WholeCustomer }) {
  const { slug, role } = useWorkspace();
  const { nameOf } = usePeople();
  const [text, setText] = useState('');
  const add = async () => {
    try {
      await call(slug, 'add_customer_note', { customerId: customer.id, body: text });
      setText('');
      say(t('reply.noted'));
      await invalidate(slug, ['get_customer']);
    } catch (error) {
      sayRefused(error);
    }
  };
  const writes = isAtLeast(role, 'operator');
  if (customer.notes.length === 0 && !writes) return null;
  return (
    <Part title={t('context.notes')}>
      <ul className="flex flex-col gap-1">
        {customer.notes.slice(0, 5).map(({ author, body, createdAt }) => (
          <li key={createdAt} className="rounded border border-warn bg-warn-soft p-1.5 text-xs">
            <Text>{body}</Text>
            <span className="text-muted">
              {actorName(author, nameOf)} · <Time at={createdAt} />
            </span>
          </li>
        ))}
      </ul>
      {writes && (
        <form
          className="mt-1 flex gap-1"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <input
            value={text}
            required
            maxLength={2_000}
            aria-label={t('context.addNote')}
            placeholder={t('context.addNote')}
            onChange={({ target }) => setText(target.value)}
            className="h-6 min-w-0 flex-1 rounded-md border border-line bg-panel px-1.5 text-xs placeholder:text-muted"
          />
          <Button type="submit" size="small" disabled={text.trim() === ''}>
            {t('common.save')}
          </Button>
        </form>
      )}
    </Part>
  );
}

function Issues({ ticket }: { ticket: WholeTicket }) {
  const { slug, role } = useWorkspace();
  const both = (issueId: string) => ({ ticketId: ticket.ticketId, issueId });
  const unlink = async (issueId: string, title: string, done: Done) => {
    const change = async (operation: 'link_issue' | 'unlink_issue') => {
      await call(slug, operation, both(issueId));
      await refreshTickets(slug, [ticket.ticketId]);
    };
    try {
      await change('unlink_issue');
      done(t('issue.unlinked', { number: ticket.number, title }), () => change('link_issue'));
    } catch (error) {
      sayRefused(error);
    }
  };
  return (
    <Part title={t('context.issues')}>
      {ticket.issues.length === 0 && <None text={t('context.noIssues')} />}
      <ul>
        {ticket.issues.map(({ issueId, title, status }) => (
          <li key={issueId} className="flex items-center justify-between gap-2">
            <span className="min-w-0 break-words">{title}</span>
            <span className="flex shrink-0 items-center gap-1">
              <Badge tone={status === 'fixed' ? 'good' : 'plain'}>{t(`issueStatus.${status}`)}</Badge>
              {isAtLeast(role, 'operator') && (
                <button
                  type="button"
                  aria-label={t('issue.unlink', { title })}
                  onClick={() => void doing((done) => unlink(issueId, title, done))}
                >
                  <X size={12} aria-hidden />
                </button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** What agents called about this ticket, what it cost them, and what came of it. */
function Agents({ ticketId }: { ticketId: string }) {
  const { data } = useRead('ticket_purchases', { ticketId });
  if (!data || data.purchases.length === 0) return null;
  return (
    <Part title={t('context.agents')}>
      <ul className="flex flex-col gap-1.5 text-xs">
        {data.purchases.map((one) => (
          <li key={one.purchaseId}>
            <span className="flex items-baseline justify-between gap-2">
              <code className="truncate">{one.operation}</code>
              <span className="font-semibold">{dollars(one.amountAtomic)}</span>
            </span>
            <span className="flex flex-wrap items-center gap-1 text-muted">
              <span title={one.wallet}>{shortWallet(one.wallet)}</span>
              <Badge>{one.standing}</Badge>
              <Badge tone={one.state === 'delivered' ? 'good' : 'warn'}>{one.state}</Badge>
              {one.proposal && <Badge tone="accent">{t(`proposal.${one.proposal}`)}</Badge>}
              <Time at={one.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
