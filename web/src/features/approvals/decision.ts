/** Deciding on one proposal, wherever it is shown. */
import { useRef, useState } from 'react';
import { call } from '../../api/call.ts';
import { invalidate } from '../../api/queries.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import type { Proposal } from './proposal.ts';

const touched = [
  'list_proposals',
  'get_ticket',
  'list_tickets',
  'count_tickets',
  'ticket_purchases',
] as const;

export function useDecision(proposal: Proposal, onDecided: () => void) {
  const { slug } = useWorkspace();
  const { proposalId, ticketVersion } = proposal;
  const body = typeof proposal.arguments.body === 'string' ? proposal.arguments.body : undefined;
  const [text, setText] = useState(body);
  const [busy, setBusy] = useState(false);
  const [editing, setEditing] = useState(false);
  const [rejecting, setRejecting] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const edited = text !== body;
  const decide = async (work: () => Promise<unknown>, done: string) => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
      say(done);
      onDecided();
    } catch (error) {
      sayRefused(error);
    } finally {
      setBusy(false);
      await invalidate(slug, touched);
    }
  };
  const approve = () =>
    void decide(
      () =>
        call(slug, 'approve_proposal', {
          proposalId,
          // What is shown is the thread as it is, so this is the version that was looked at.
          ...(ticketVersion !== null && { seen: ticketVersion }),
          ...(edited && text !== undefined && { body: text }),
        }),
      t('approvals.approved'),
    );
  const reject = (reason: string, spam: boolean) =>
    void decide(() => call(slug, 'reject_proposal', { proposalId, reason, spam }), t('approvals.rejected'));
  const edit = () => {
    setEditing(true);
    setTimeout(() => area.current?.focus());
  };
  return {
    body,
    text,
    setText,
    edited,
    busy,
    editing,
    edit,
    /** Where one edits. */
    area,
    rejecting,
    setRejecting,
    approve,
    reject,
  };
}

export type Decision = ReturnType<typeof useDecision>;
