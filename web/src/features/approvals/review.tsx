/** One proposal, with what is needed to decide about it, and the deciding. */
import { Link } from '@tanstack/react-router';
import { useRead } from '../../api/queries.ts';
import { useActions } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Badge, Panel, Time } from '../../components/page.tsx';
import { dollars, t } from '../../messages/messages.ts';
import { MessageItem } from '../inbox/thread.tsx';
import { useDecision } from './decision.ts';
import { type Proposal, proposerOf } from './proposal.ts';
import { Deciding, Flags, Proposed, title } from './proposed.tsx';

export function Review({ proposal, onDecided }: { proposal: Proposal; onDecided(): void }) {
  const { role } = useWorkspace();
  const decision = useDecision(proposal, onDecided);
  const group = t('approvals.group');
  const reject = () => decision.setRejecting(true);
  useActions(
    isAtLeast(role, 'operator')
      ? [
          { id: 'approve', title: t('approvals.approve'), keys: 'y', group, run: decision.approve },
          { id: 'edit', title: t('approvals.edit'), keys: 'e', group, run: decision.edit },
          { id: 'reject', title: t('approvals.reject'), keys: 'x', group, run: reject },
        ]
      : [],
  );
  return (
    <article className="flex min-w-0 flex-1 flex-col overflow-auto p-4" aria-label={t('approvals.proposed')}>
      <Facts proposal={proposal} />
      <Asked proposal={proposal} />
      <Panel title={title(proposal)} className="border-accent">
        <Proposed {...{ proposal, decision }} rows={8} />
      </Panel>
      <Evidence proposal={proposal} />
      <Deciding decision={decision} keys className="sticky bottom-0 border-t border-line bg-canvas py-2" />
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
function Asked({ proposal }: { proposal: Proposal }) {
  const { slug } = useWorkspace();
  const { ticketId } = proposal;
  const { data: ticket } = useRead(
    'get_ticket',
    { ticketId: ticketId ?? '' },
    { enabled: ticketId !== null },
  );
  if (!ticket) return null;
  return (
    <Panel
      title={ticket.subject}
      aside={
        <Link
          to="/app/$workspace/inbox"
          params={{ workspace: slug }}
          search={{ view: 'all', ticket: ticket.ticketId }}
          className="text-accent"
        >
          {t('approvals.openTicket', { number: ticket.number })}
        </Link>
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
