/** What waits for approval on the ticket that is open, decided on where it is read. */
import { useState } from 'react';
import { useRead } from '../../api/queries.ts';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Badge, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { useDecision } from '../approvals/decision.ts';
import { flagText, type Proposal, proposerOf } from '../approvals/proposal.ts';
import { Rejection } from '../approvals/rejection.tsx';
import { Arguments, Differences, title } from '../approvals/review.tsx';

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
  const { role } = useWorkspace();
  const { body, text, setText, edited, busy, approve, reject } = useDecision(proposal, () => undefined);
  const [editing, setEditing] = useState(false);
  const [rejecting, setRejecting] = useState(false);
  return (
    <article className="border-b border-line px-4 py-2 last:border-b-0" aria-label={t('approvals.proposed')}>
      <div className="mb-1 flex flex-wrap items-center gap-2">
        <span className="font-semibold">{title(proposal)}</span>
        <span className="text-xs text-muted">
          {proposerOf(proposal)} · <Time at={proposal.createdAt} />
        </span>
        {proposal.moved && <Badge tone="warn">{t('strip.moved')}</Badge>}
        {proposal.flags.map((flag) => (
          <Badge key={flag} tone="warn">
            {flagText(flag)}
          </Badge>
        ))}
      </div>
      {editing && text !== undefined ? (
        <textarea
          value={text}
          rows={5}
          // biome-ignore lint/a11y/noAutofocus: one has just asked to edit it
          autoFocus
          aria-label={t('approvals.proposed')}
          onChange={({ target }) => setText(target.value)}
          className="w-full rounded-md border border-line bg-canvas p-2"
        />
      ) : (
        <p className="line-clamp-6 whitespace-pre-wrap break-words">
          {text ?? <Arguments proposal={proposal} />}
        </p>
      )}
      {edited && body !== undefined && text !== undefined && <Differences before={body} after={text} />}
      {isAtLeast(role, 'operator') && (
        <div className="mt-2 flex flex-wrap justify-end gap-2">
          {body !== undefined && !editing && (
            <Button size="small" onClick={() => setEditing(true)} disabled={busy}>
              {t('approvals.edit')}
            </Button>
          )}
          <Button size="small" look="danger" onClick={() => setRejecting(true)} disabled={busy}>
            {t('approvals.reject')}
          </Button>
          <Button size="small" look="primary" onClick={approve} disabled={busy || text?.trim() === ''}>
            {t(edited ? 'approvals.approveEdited' : 'approvals.approve')}
          </Button>
        </div>
      )}
      <Rejection open={rejecting} onClose={() => setRejecting(false)} onReject={reject} />
    </article>
  );
}
