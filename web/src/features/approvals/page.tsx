/** The approval queue: one proposal at a time, the oldest first, worked by keys. */
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useLive } from '../../api/live.ts';
import { invalidate, operationQuery, queryClient, useRead } from '../../api/queries.ts';
import { useActions } from '../../app/actions.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Empty, Loading, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { dropEdits } from './decision.ts';
import { type Proposal, proposerOf } from './proposal.ts';
import { Review } from './review.tsx';

export function ApprovalsPage() {
  const { slug, user } = useWorkspace();
  const { data, error } = useRead('list_proposals', { limit: 50 });
  useLive(
    slug,
    useMemo(() => {
      // The thread that is shown beside a proposal moves as well.
      const refresh = () => void invalidate(slug, ['list_proposals', 'get_ticket']);
      return { ticket: refresh, again: refresh };
    }, [slug]),
  );
  const proposals = data?.proposals ?? [];
  const { current, isGone, choose, step, at } = useCurrent(proposals);
  // Nothing is decided before its thread is there: the next one’s is, then.
  const following = proposals[at + 1]?.ticketId;
  useEffect(() => {
    if (following)
      void queryClient.prefetchQuery(operationQuery(slug, 'get_ticket', { ticketId: following }));
  }, [slug, following]);
  useEffect(() => {
    if (data && !data.next) dropEdits(slug, user.id, data.proposals);
  }, [slug, user.id, data]);
  const group = t('approvals.group');
  useActions([
    { id: 'next', title: t('approvals.next'), keys: 'j', repeats: true, group, run: () => step(1) },
    { id: 'previous', title: t('approvals.previous'), keys: 'k', repeats: true, group, run: () => step(-1) },
  ]);
  if (error) return <p className="p-4 text-bad">{error.message}</p>;
  if (!data) return <Loading />;
  if (!current) return <NothingWaits />;
  return (
    <div className="flex h-full min-h-0">
      <nav
        aria-label={t('approvals.title')}
        className="hidden w-72 shrink-0 overflow-auto border-r border-line bg-panel md:block"
      >
        <h1 className="border-b border-line p-3 font-semibold">
          {t('approvals.title')}{' '}
          <span className="font-normal text-muted">
            {t(data.next ? 'approvals.waitingMore' : 'approvals.waiting', { count: proposals.length })}
          </span>
        </h1>
        {proposals.map((proposal) => (
          <Waiting
            key={proposal.proposalId}
            proposal={proposal}
            isCurrent={proposal.proposalId === current.proposalId}
            onChoose={() => choose(proposal)}
          />
        ))}
      </nav>
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="flex items-center justify-between gap-2 border-b border-line bg-panel px-4 py-1 md:hidden">
          <Button size="small" look="quiet" onClick={() => step(-1)} disabled={at <= 0}>
            {t('approvals.previous')}
          </Button>
          <span className="text-xs text-muted">
            {t(data.next ? 'approvals.waitingMore' : 'approvals.waiting', { count: proposals.length })}
          </span>
          <Button
            size="small"
            look="quiet"
            onClick={() => step(1)}
            disabled={!isGone && at + 1 >= proposals.length}
          >
            {t('approvals.next')}
          </Button>
        </div>
        <Review
          key={current.proposalId}
          proposal={current}
          isGone={isGone}
          onDecided={() => choose(proposals[at + 1] ?? proposals[at - 1])}
        />
      </div>
    </div>
  );
}

/**
 * The proposal that is shown. One that another decided on stays until it is left: the next would slide under keys that
 * were meant for this one.
 */
function useCurrent(proposals: readonly Proposal[]) {
  const [chosen, setChosen] = useState<{ proposal: Proposal; at: number }>();
  const found = proposals.findIndex(({ proposalId }) => proposalId === chosen?.proposal.proposalId);
  const isGone = chosen !== undefined && found < 0;
  const at = isGone ? Math.min(chosen.at, proposals.length) : Math.max(0, found);
  const current = isGone ? chosen.proposal : proposals[at];
  const choose = (proposal: Proposal | undefined) =>
    setChosen(proposal && { proposal, at: proposals.indexOf(proposal) });
  if (current && !isGone && chosen?.proposal !== current) choose(current);
  const step = (by: 1 | -1) => {
    const next = proposals[isGone && by === 1 ? at : at + by];
    if (next || isGone) choose(next ?? proposals[0]);
  };
  return { current, isGone, at, choose, step };
}

function NothingWaits() {
  const { slug } = useWorkspace();
  return (
    <>
      <Empty>{t('approvals.empty')}</Empty>
      <p className="text-center">
        <Link
          to="/app/$workspace/door"
          params={{ workspace: slug }}
          search={{ tab: 'try' }}
          className="text-accent underline"
        >
          {t('approvals.try')}
        </Link>
      </p>
    </>
  );
}

function Waiting(props: { proposal: Proposal; isCurrent: boolean; onChoose(): void }) {
  const { proposal, isCurrent, onChoose } = props;
  const { body } = proposal.arguments;
  return (
    <button
      type="button"
      aria-current={isCurrent || undefined}
      onClick={onChoose}
      className={`block w-full border-b border-line px-3 py-2 text-left ${isCurrent ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
    >
      <span className="flex justify-between gap-2">
        <span className="truncate font-medium">{proposerOf(proposal)}</span>
        <span className="text-xs text-muted">
          <Time at={proposal.createdAt} />
        </span>
      </span>
      <span className="block truncate text-xs text-muted">
        {typeof body === 'string' ? body : proposal.operation}
      </span>
    </button>
  );
}
