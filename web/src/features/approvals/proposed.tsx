/** What a proposal would do, and the deciding on it: the same in the queue and on the ticket. */
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Changed } from '../../components/changed.tsx';
import { Kbd } from '../../components/kbd.tsx';
import { Badge } from '../../components/page.tsx';
import { en, type MessageKey, t } from '../../messages/messages.ts';
import type { Decision } from './decision.ts';
import type { Proposal } from './proposal.ts';
import { Rejection } from './rejection.tsx';

/** What it would do, in words. */
export const title = ({ operation }: Proposal): string => {
  const key = `operation.${operation}`;
  return key in en ? t(key as MessageKey) : operation;
};

/** What to look at twice. */
export const Flags = ({ proposal, moved }: { proposal: Proposal; moved: MessageKey }) => (
  <>
    {proposal.moved && (
      <Badge tone="warn" wraps>
        {t(moved)}
      </Badge>
    )}
    {proposal.flags.map((flag) => (
      <Badge key={flag} tone="warn">
        {`flag.${flag}` in en ? t(`flag.${flag}` as MessageKey) : flag}
      </Badge>
    ))}
  </>
);

/** It is decided, by another; what one wrote of it stays until one leaves. */
export const Gone = () => (
  <p role="alert" className="mb-3 rounded-md bg-warn-soft p-2">
    {t('approvals.gone')}
  </p>
);

/** What it says, or what it is called with; what was changed of it below. */
export function Proposed(props: {
  proposal: Proposal;
  decision: Decision;
  rows: number;
  /** Of the text, while it is not edited. */
  className?: string;
}) {
  const { proposal, decision, rows, className = '' } = props;
  const { body, text, setText, edited, editing, area, approve } = decision;
  return (
    <>
      {editing && text !== undefined ? (
        <textarea
          ref={area}
          value={text}
          rows={rows}
          aria-label={t('approvals.proposed')}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') area.current?.blur();
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) approve();
          }}
          className="w-full rounded-md border border-line bg-canvas p-2"
        />
      ) : (
        <p className={`whitespace-pre-wrap break-words ${className}`}>
          {text ?? <Arguments proposal={proposal} />}
        </p>
      )}
      {edited && body !== undefined && text !== undefined && (
        <section aria-label={t('approvals.differences')} className="mt-3 border-t border-line pt-2">
          <h3 className="mb-1 text-xs text-muted">{t('approvals.differences')}</h3>
          <p className="whitespace-pre-wrap break-words">
            <Changed before={body} after={text} />
          </p>
        </section>
      )}
    </>
  );
}

const Arguments = ({ proposal }: { proposal: Proposal }) => (
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

/** `keys`: whether it is worked by them here, and says so. */
export function Deciding(props: { decision: Decision; keys: boolean; className: string }) {
  const { keys } = props;
  const { body, text, edited, busy, isNew, edit, approve, reject, drop, rejecting, setRejecting } =
    props.decision;
  const size = keys ? 'plain' : 'small';
  if (!isAtLeast(useWorkspace().role, 'operator')) return null;
  return (
    <div className={`flex flex-wrap justify-end gap-2 ${props.className}`}>
      {drop && <span className="min-w-0 grow self-center text-xs text-muted">{t('approvals.dropHint')}</span>}
      {drop && (
        <Button size={size} onClick={drop} disabled={busy || isNew}>
          {t('approvals.drop')} {keys && <Kbd keys="d" />}
        </Button>
      )}
      {body !== undefined && (
        <Button size={size} onClick={edit} disabled={busy}>
          {t('approvals.edit')} {keys && <Kbd keys="e" />}
        </Button>
      )}
      <Button size={size} look="danger" onClick={() => setRejecting(true)} disabled={busy}>
        {t('approvals.reject')} {keys && <Kbd keys="x" />}
      </Button>
      <Button size={size} look="primary" onClick={approve} disabled={busy || isNew || text?.trim() === ''}>
        {t(edited ? 'approvals.approveEdited' : 'approvals.approve')} {keys && <Kbd keys="y" />}
      </Button>
      <Rejection open={rejecting} onClose={() => setRejecting(false)} onReject={reject} />
    </div>
  );
}
