/** One proposal, with what is needed to decide about it, and the deciding. */
import { Link } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { useRead } from '../../api/queries.ts';
import { type Action, useActions } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Kbd } from '../../components/kbd.tsx';
import { Badge, Panel, Time } from '../../components/page.tsx';
import { dollars, en, type MessageKey, t } from '../../messages/messages.ts';
import { MessageItem } from '../inbox/thread.tsx';
import { useDecision } from './decision.ts';
import { differences } from './difference.ts';
import { flagText, type Proposal, proposerOf } from './proposal.ts';
import { Rejection } from './rejection.tsx';

export function Review({ proposal, onDecided }: { proposal: Proposal; onDecided(): void }) {
  const { role } = useWorkspace();
  const { body, text, setText, edited, busy, approve, reject } = useDecision(proposal, onDecided);
  const [editing, setEditing] = useState(false);
  const [rejecting, setRejecting] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const edit = () => {
    setEditing(true);
    setTimeout(() => area.current?.focus());
  };
  const decides = isAtLeast(role, 'operator');
  const actions: readonly Action[] = decides
    ? [
        {
          id: 'approve',
          title: t('approvals.approve'),
          keys: 'y',
          group: t('approvals.group'),
          run: approve,
        },
        { id: 'edit', title: t('approvals.edit'), keys: 'e', group: t('approvals.group'), run: edit },
        {
          id: 'reject',
          title: t('approvals.reject'),
          keys: 'x',
          group: t('approvals.group'),
          run: () => setRejecting(true),
        },
      ]
    : [];
  const latest = useRef(actions);
  latest.current = actions;
  useActions(
    useMemo(
      () =>
        latest.current.map(({ id, ...action }) => ({
          ...action,
          id,
          run: () => latest.current.find((one) => one.id === id)?.run(),
        })),
      [],
    ),
  );
  return (
    <article className="flex min-w-0 flex-1 flex-col overflow-auto p-4" aria-label={t('approvals.proposed')}>
      <Facts proposal={proposal} />
      <Asked proposal={proposal} />
      <Panel title={title(proposal)} className="border-accent">
        {editing && text !== undefined ? (
          <textarea
            ref={area}
            value={text}
            rows={8}
            aria-label={t('approvals.proposed')}
            onChange={({ target }) => setText(target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') area.current?.blur();
              if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) approve();
            }}
            className="w-full rounded-md border border-line bg-canvas p-2"
          />
        ) : (
          <p className="whitespace-pre-wrap break-words">{text ?? <Arguments proposal={proposal} />}</p>
        )}
        {edited && body !== undefined && text !== undefined && <Differences before={body} after={text} />}
      </Panel>
      <Evidence proposal={proposal} />
      {decides && (
        <div className="sticky bottom-0 flex flex-wrap justify-end gap-2 border-t border-line bg-canvas py-2">
          {body !== undefined && (
            <Button onClick={edit} disabled={busy}>
              {t('approvals.edit')} <Kbd keys="e" />
            </Button>
          )}
          <Button look="danger" onClick={() => setRejecting(true)} disabled={busy}>
            {t('approvals.reject')} <Kbd keys="x" />
          </Button>
          <Button look="primary" onClick={approve} disabled={busy || text?.trim() === ''}>
            {t(edited ? 'approvals.approveEdited' : 'approvals.approve')} <Kbd keys="y" />
          </Button>
        </div>
      )}
      <Rejection open={rejecting} onClose={() => setRejecting(false)} onReject={reject} />
    </article>
  );
}

/** What it would do, in words. */
export const title = ({ operation }: Proposal): string => {
  const key = `operation.${operation}`;
  return key in en ? t(key as MessageKey) : operation;
};

function Facts({ proposal }: { proposal: Proposal }) {
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <span className="font-semibold">{proposerOf(proposal)}</span>
      <span className="text-xs text-muted">
        {t('approvals.since')} <Time at={proposal.createdAt} full />
      </span>
      <Record proposal={proposal} />
      {proposal.moved && <Badge tone="warn">{t('approvals.moved')}</Badge>}
      {proposal.flags.map((flag) => (
        <Badge key={flag} tone="warn">
          {flagText(flag)}
        </Badge>
      ))}
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

/** What it is called with. */
export const Arguments = ({ proposal }: { proposal: Proposal }) => (
  <span className="block">
    {Object.entries(proposal.arguments)
      .filter(([name]) => name !== 'ticketId')
      .map(([name, value]) => (
        <span key={name} className="block">
          <span className="text-muted">{name}:</span>{' '}
          {typeof value === 'string' ? value : JSON.stringify(value)}
        </span>
      ))}
  </span>
);

/** What was changed of what was proposed. */
export function Differences({ before, after }: { before: string; after: string }) {
  const pieces = useMemo(() => differences(before, after), [before, after]);
  return (
    <section aria-label={t('approvals.differences')} className="mt-3 border-t border-line pt-2">
      <h3 className="mb-1 text-xs text-muted">{t('approvals.differences')}</h3>
      <p className="whitespace-pre-wrap break-words">
        {pieces.map(({ kind, text }, at) => {
          // biome-ignore-start lint/suspicious/noArrayIndexKey: pieces have no other name
          if (kind === 'same') return <span key={at}>{text}</span>;
          return kind === 'in' ? (
            <ins key={at} className="bg-accent-soft no-underline">
              {text}
            </ins>
          ) : (
            <del key={at} className="bg-bad-soft text-bad">
              {text}
            </del>
          );
          // biome-ignore-end lint/suspicious/noArrayIndexKey: pieces have no other name
        })}
      </p>
    </section>
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
