/** What waits for approval on the ticket that is open, decided on where it is read. */
import { useRead } from '../../api/queries.ts';
import { Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { useDecision } from '../approvals/decision.ts';
import { type Proposal, proposerOf } from '../approvals/proposal.ts';
import { Deciding, Flags, Proposed, title } from '../approvals/proposed.tsx';

export function Strip({ ticketId }: { ticketId: string }) {
  const { data } = useRead('list_proposals', { ticketId, limit: 50 });
  if (!data || data.proposals.length === 0) return null;
  return (
    <section
      aria-label={t('strip.title')}
      className="max-h-[45%] shrink-0 overflow-auto border-t-2 border-accent bg-accent-soft"
    >
      {data.proposals.map((proposal) => (
        <Waiting key={proposal.proposalId} proposal={proposal} />
      ))}
    </section>
  );
}

function Waiting({ proposal }: { proposal: Proposal }) {
  const decision = useDecision(proposal, () => undefined);
  return (
    <article className="border-b border-line px-4 py-2 last:border-b-0" aria-label={t('approvals.proposed')}>
      <div className="mb-1 flex flex-wrap items-center gap-2">
        <span className="font-semibold">{title(proposal)}</span>
        <span className="text-xs text-muted">
          {proposerOf(proposal)} · <Time at={proposal.createdAt} />
        </span>
        <Flags proposal={proposal} moved="strip.moved" />
      </div>
      <Proposed {...{ proposal, decision }} rows={5} className="line-clamp-6" />
      <Deciding decision={decision} keys={false} className="mt-2" />
    </article>
  );
}
