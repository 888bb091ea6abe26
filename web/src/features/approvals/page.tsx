/** The approval queue: one proposal at a time, the oldest first, worked by keys. */
import { useMemo, useState } from 'react';
import { useLive } from '../../api/live.ts';
import { operationKey, queryClient, useRead } from '../../api/queries.ts';
import { useActions } from '../../app/actions.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Empty, Loading, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { type Proposal, proposerOf } from './proposal.ts';
import { Review } from './review.tsx';

export function ApprovalsPage() {
  const { slug } = useWorkspace();
  const { data, error } = useRead('list_proposals', { limit: 50 });
  const [chosen, setChosen] = useState<string>();
  useLive(
    slug,
    useMemo(() => {
      const refresh = () =>
        void queryClient.invalidateQueries({ queryKey: operationKey(slug, 'list_proposals') });
      return { ticket: refresh, again: refresh };
    }, [slug]),
  );
  const proposals = data?.proposals ?? [];
  const at = Math.max(
    0,
    proposals.findIndex(({ proposalId }) => proposalId === chosen),
  );
  const current = proposals[at];
  const step = (by: 1 | -1) => {
    const next = proposals[at + by];
    if (next) setChosen(next.proposalId);
  };
  const group = t('approvals.group');
  useActions([
    { id: 'next', title: t('approvals.next'), keys: 'j', group, run: () => step(1) },
    { id: 'previous', title: t('approvals.previous'), keys: 'k', group, run: () => step(-1) },
  ]);
  if (error) return <p className="p-4 text-bad">{error.message}</p>;
  if (!data) return <Loading />;
  if (!current) return <Empty>{t('approvals.empty')}</Empty>;
  return (
    <div className="flex h-full min-h-0">
      <nav
        aria-label={t('approvals.title')}
        className="hidden w-72 shrink-0 overflow-auto border-r border-line bg-panel md:block"
      >
        <h1 className="border-b border-line p-3 font-semibold">
          {t('approvals.title')}{' '}
          <span className="font-normal text-muted">
            {t('approvals.waiting', { count: proposals.length })}
          </span>
        </h1>
        {proposals.map((proposal) => (
          <Waiting
            key={proposal.proposalId}
            proposal={proposal}
            isCurrent={proposal === current}
            onChoose={() => setChosen(proposal.proposalId)}
          />
        ))}
      </nav>
      <Review
        key={current.proposalId}
        proposal={current}
        onDecided={() => setChosen(proposals[at + 1]?.proposalId)}
      />
    </div>
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
