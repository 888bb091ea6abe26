/** What waits for approval on the ticket that is open, decided on where it is read. */
import { useState } from 'react';
import { useRead } from '../../api/queries.ts';
import { Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { isEdited, useDecision } from '../approvals/decision.ts';
import { type Proposal, proposerOf } from '../approvals/proposal.ts';
import { Deciding, Flags, Gone, Proposed, title } from '../approvals/proposed.tsx';

/** @param version of the ticket, as it is shown */
export function Strip({ ticketId, version }: { ticketId: string; version: number }) {
  const { data } = useRead('list_proposals', { ticketId, limit: 50 });
  const { waiting, gone } = useWaiting(data?.proposals ?? []);
  if (waiting.length + gone.length === 0) return null;
  return (
    <section
      aria-label={t('strip.title')}
      className="max-h-[45%] shrink-0 overflow-auto border-t-2 border-accent bg-accent-soft"
    >
      {[...waiting, ...gone].map((proposal) => (
        <Waiting key={proposal.proposalId} {...{ proposal, version }} isGone={gone.includes(proposal)} />
      ))}
    </section>
  );
}

/** What waits; and what another decided on while it was being changed here, so that nobody’s text vanishes under them. */
function useWaiting(waiting: readonly Proposal[]) {
  const [known, setKnown] = useState<readonly Proposal[]>([]);
  const isWaiting = ({ proposalId }: Proposal) => waiting.some((one) => one.proposalId === proposalId);
  const gone = known.filter((one) => !isWaiting(one) && isEdited(one));
  const all = [...waiting, ...gone];
  if (all.length !== known.length || all.some((one, at) => one !== known[at])) setKnown(all);
  return { waiting, gone };
}

function Waiting(props: { proposal: Proposal; version: number; isGone: boolean }) {
  const { proposal, version, isGone } = props;
  const decision = useDecision(proposal, version, () => undefined);
  return (
    <article className="border-b border-line px-4 py-2 last:border-b-0" aria-label={t('approvals.proposed')}>
      <div className="mb-1 flex flex-wrap items-center gap-2">
        <span className="font-semibold">{title(proposal)}</span>
        <span className="text-xs text-muted">
          {proposerOf(proposal)} · <Time at={proposal.createdAt} />
        </span>
        <Flags proposal={proposal} moved="strip.moved" />
      </div>
      {isGone && <Gone />}
      <Proposed {...{ proposal, decision }} rows={5} className="line-clamp-6" />
      {!isGone && <Deciding decision={decision} keys={false} className="mt-2" />}
    </article>
  );
}
