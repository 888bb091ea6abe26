/** One proposal, with what is needed to decide about it, and the deciding. */
import type { OutputOf } from '../../api/call.ts';
import { useRead } from '../../api/queries.ts';
import { useActions } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Badge, Panel, Time } from '../../components/page.tsx';
import { TicketLink } from '../../components/ticket-link.tsx';
import { dollars, t } from '../../messages/messages.ts';
import { MessageItem } from '../inbox/thread.tsx';
import { useDecision } from './decision.ts';
import { type Proposal, proposerOf } from './proposal.ts';
import { Deciding, Flags, Gone, Proposed, title } from './proposed.tsx';

interface Props {
  proposal: Proposal;
  /** Somebody else decided on it while it was looked at. */
  isGone: boolean;
  onDecided(): void;
}

export function Review({ proposal, isGone, onDecided }: Props) {
  const { role } = useWorkspace();
  const { ticketId } = proposal;
  const { data: ticket } = useRead(
    'get_ticket',
    { ticketId: ticketId ?? '' },
    { enabled: ticketId !== null },
  );
  const decision = useDecision(proposal, ticket?.version, onDecided);
  const group = t('approvals.group');
  const reject = () => decision.setRejecting(true);
  useActions(
    isAtLeast(role, 'operator') && !isGone
      ? [
          { id: 'approve', title: t('approvals.approve'), keys: 'y', group, run: decision.approve },
          { id: 'edit', title: t('approvals.edit'), keys: 'e', group, run: decision.edit },
          { id: 'reject', title: t('approvals.reject'), keys: 'x', group, run: reject },
          ...(decision.drop
            ? [{ id: 'drop', title: t('approvals.drop'), keys: 'd', group, run: decision.drop }]
            : []),
        ]
      : [],
  );
  return (
    <article className="flex min-w-0 flex-1 flex-col overflow-auto p-4" aria-label={t('approvals.proposed')}>
      {isGone && <Gone />}
      <Facts proposal={proposal} />
      {ticket && <Asked ticket={ticket} />}
      <Panel title={title(proposal)} className="border-accent">
        <Proposed {...{ proposal, decision }} rows={8} />
      </Panel>
      <Evidence proposal={proposal} />
      {!isGone && (
        <Deciding decision={decision} keys className="sticky bottom-0 border-t border-line bg-canvas py-2" />
      )}
    </article>
  );
}

function Facts({ proposal }: { proposal: Proposal }) {
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <span className="font-semibold">{proposerOf(proposal)}</span>
      <span className="text-xs text-muted">
        {t('approvals.since')} <Time at={proposal.createdAt} full />
      </span>
      <Record proposal={proposal} />
      <Flags proposal={proposal} moved="approvals.moved" />
    </div>
  );
}

/** How the wallet stands, what it did here so far, and what it paid for this. */
function Record({ proposal: { walletRecord, paid } }: { proposal: Proposal }) {
  return (
    <>
      {paid && <Badge tone="good">{t('approvals.paid', { amount: dollars(paid.amountAtomic) })}</Badge>}
      {walletRecord && (
        <>
          <Badge tone={walletRecord.standing === 'trusted' ? 'accent' : 'plain'}>
            {t(`wallet.standing.${walletRecord.standing}`)}
          </Badge>
          {walletRecord.strikes > 0 && (
            <Badge tone="bad">{t('approvals.strikes', { count: walletRecord.strikes })}</Badge>
          )}
          <span className="text-xs text-muted">
            {t('approvals.record', {
              bought: walletRecord.purchasesDelivered,
              approved: walletRecord.proposalsApproved,
              rejected: walletRecord.proposalsRejected,
            })}
          </span>
        </>
      )}
    </>
  );
}

/** The thread's end, as it is now. */
function Asked({ ticket }: { ticket: OutputOf<'get_ticket'> }) {
  return (
    <Panel
      title={ticket.subject}
      aside={
        <TicketLink ticketId={ticket.ticketId}>
          {t('approvals.openTicket', { number: ticket.number })} · {t(`status.${ticket.status}`)}
        </TicketLink>
      }
    >
      <ol className="flex flex-col gap-2" aria-label={t('approvals.asked')}>
        {ticket.messages.slice(-4).map((message) => (
          <MessageItem key={message.id} message={message} customerName={undefined} />
        ))}
      </ol>
    </Panel>
  );
}

function Evidence({ proposal }: { proposal: Proposal }) {
  if (proposal.operation !== 'send_reply') return null;
  return (
    <Panel title={t('approvals.cites')}>
      {proposal.evidence.length === 0 && <p className="text-muted">{t('approvals.citesNothing')}</p>}
      {proposal.evidence.map(({ articleId, title: name, passage }) => (
        <details key={`${articleId}${passage}`} open className="mb-2">
          <summary className="font-medium">{name}</summary>
          <blockquote className="mt-1 border-l-2 border-accent pl-3 whitespace-pre-wrap text-muted">
            {passage}
          </blockquote>
        </details>
      ))}
    </Panel>
  );
}
