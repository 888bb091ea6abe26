/** Deciding on one proposal, wherever it is shown. */
import { useEffect, useRef, useState } from 'react';
import { call, type OutputOf, Refusal } from '../../api/call.ts';
import { invalidate, operationKey, queryClient } from '../../api/queries.ts';
import { allKept, drop, keep, keptAs, readKept } from '../../app/kept.ts';
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

/** What was changed of proposals and is not decided, so that looking at another one loses nothing; the browser keeps it, too. */
const edits = new Map<string, string>();

/** Whether somebody began to change it here. */
export const isEdited = ({ proposalId }: Proposal): boolean => edits.has(proposalId);

const keptOf = 'proposal:';

function useEdit(proposalId: string) {
  const { slug, user } = useWorkspace();
  const name = keptAs(slug, user.id, `${keptOf}${proposalId}`);
  const [begun] = useState(() => {
    const left = edits.get(proposalId) ?? readKept<{ text: string }>(name)?.text;
    if (left !== undefined) edits.set(proposalId, left);
    return left;
  });
  return {
    begun,
    keep: (text: string) => {
      edits.set(proposalId, text);
      keep(name, { text });
    },
    drop: () => {
      edits.delete(proposalId);
      drop(name);
    },
  };
}

/** Of what does not wait any more nothing is kept. @param waiting all that waits */
export function dropEdits(slug: string, userId: string, waiting: readonly Proposal[]): void {
  const kept = new Set(waiting.map(({ proposalId }) => `${keptOf}${proposalId}`));
  for (const of of allKept(slug, userId))
    if (of.startsWith(keptOf) && !kept.has(of)) drop(keptAs(slug, userId, of));
}

/** So long one looks at a proposal before it can be approved: a key that was meant for the one before it decides nothing. */
const lookMs = 700;

/** Whether it was there to be looked at for so long. */
function useLookedAt(loaded: boolean): boolean {
  const [lookedAt, setLookedAt] = useState(false);
  useEffect(() => {
    if (!loaded) return;
    const timer = setTimeout(() => setLookedAt(true), lookMs);
    return () => clearTimeout(timer);
  }, [loaded]);
  return lookedAt;
}

/**
 * @param version of its ticket, as it is on the screen; undefined until it is there
 */
export function useDecision(proposal: Proposal, version: number | undefined, onDecided: () => void) {
  const { slug } = useWorkspace();
  const { proposalId, ticketId } = proposal;
  const body = typeof proposal.arguments.body === 'string' ? proposal.arguments.body : undefined;
  const edit = useEdit(proposalId);
  const [text, setShownText] = useState(edit.begun ?? body);
  const seen = useSeen(version);
  const [busy, setBusy] = useState(false);
  const [editing, setEditing] = useState(edit.begun !== undefined);
  const [rejecting, setRejecting] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const edited = text !== body;
  const loaded = ticketId === null || seen.version !== undefined;
  const lookedAt = useLookedAt(loaded);
  const setText = (changed: string) => {
    edit.keep(changed);
    setShownText(changed);
  };
  const decide = async (work: () => Promise<unknown>, done: string) => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
      edit.drop();
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
    if (!loaded || !lookedAt || text?.trim() === '') return;
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
  const drop = () => {
    if (lookedAt) void decide(() => call(slug, 'drop_proposal', { proposalId }), t('approvals.dropped'));
  };
  const startEdit = () => {
    setEditing(true);
    setTimeout(() => area.current?.focus());
  };
  return {
    body,
    text,
    setText,
    edited,
    busy: busy || !loaded,
    /** It came just now: it is looked at before it is approved. */
    isNew: !lookedAt,
    editing,
    edit: startEdit,
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
