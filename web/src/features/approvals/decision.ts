/** Deciding on one proposal, wherever it is shown. */
import { useRef, useState } from 'react';
import { call, type OutputOf, Refusal } from '../../api/call.ts';
import { invalidate, operationKey, queryClient } from '../../api/queries.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import { isIdle, type Proposal } from './proposal.ts';

const touched = [
  'list_proposals',
  'get_ticket',
  'list_tickets',
  'count_tickets',
  'ticket_purchases',
] as const;

/** What was changed of proposals and is not decided, so that looking at another one loses nothing. */
const edits = new Map<string, string>();

/** Whether somebody began to change it here. */
export const isEdited = ({ proposalId }: Proposal): boolean => edits.has(proposalId);

/**
 * @param version of its ticket, as it is on the screen; undefined until it is there
 */
export function useDecision(proposal: Proposal, version: number | undefined, onDecided: () => void) {
  const { slug } = useWorkspace();
  const { proposalId, ticketId } = proposal;
  const body = typeof proposal.arguments.body === 'string' ? proposal.arguments.body : undefined;
  const [text, setShownText] = useState(() => edits.get(proposalId) ?? body);
  const seen = useSeen(version);
  const [busy, setBusy] = useState(false);
  const [editing, setEditing] = useState(() => edits.has(proposalId));
  const [rejecting, setRejecting] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const edited = text !== body;
  const loaded = ticketId === null || seen.version !== undefined;
  const setText = (changed: string) => {
    edits.set(proposalId, changed);
    setShownText(changed);
  };
  const decide = async (work: () => Promise<unknown>, done: string) => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
      edits.delete(proposalId);
      takeOut(slug, proposalId);
      say(done);
      onDecided();
      setBusy(false);
      await invalidate(slug, touched);
    } catch (error) {
      sayRefused(error);
      await invalidate(slug, touched);
      // What moved is on the screen now, and was pointed at.
      if (error instanceof Refusal && error.code === 'conflict') seen.look();
      setBusy(false);
    }
  };
  const approve = () => {
    if (!loaded || text?.trim() === '') return;
    void decide(
      () =>
        call(slug, 'approve_proposal', {
          proposalId,
          ...(seen.version !== undefined && { seen: seen.version }),
          ...(edited && text !== undefined && { body: text }),
        }),
      t('approvals.approved'),
    );
  };
  const reject = (reason: string, spam: boolean) =>
    void decide(() => call(slug, 'reject_proposal', { proposalId, reason, spam }), t('approvals.rejected'));
  const drop = () => void decide(() => call(slug, 'drop_proposal', { proposalId }), t('approvals.dropped'));
  const edit = () => {
    setEditing(true);
    setTimeout(() => area.current?.focus());
  };
  return {
    body,
    text,
    setText,
    edited,
    busy: busy || !loaded,
    editing,
    edit,
    /** Where one edits. */
    area,
    rejecting,
    setRejecting,
    approve,
    reject,
    /** Only of what may be over. */
    drop: isIdle(proposal) ? drop : undefined,
  };
}

/** Out of what is shown as waiting, before the server is asked again. */
function takeOut(slug: string, proposalId: string): void {
  queryClient.setQueriesData<OutputOf<'list_proposals'>>(
    { queryKey: operationKey(slug, 'list_proposals') },
    (data) => data && { ...data, proposals: data.proposals.filter((one) => one.proposalId !== proposalId) },
  );
}

/** The version of the thread that one began to look at: what arrives meanwhile is refused first, and shown. */
function useSeen(version: number | undefined) {
  const [first, setFirst] = useState(version);
  if (first === undefined && version !== undefined) setFirst(version);
  return { version: first, look: () => setFirst(undefined) };
}

export type Decision = ReturnType<typeof useDecision>;
