/** What is chosen for one ticket: a macro, the ticket that it goes into, the issue that explains it. */
import { useState } from 'react';
import { call, type OutputOf } from '../../api/call.ts';
import { useRead } from '../../api/queries.ts';
import { useWhole } from '../../api/whole.ts';
import { doing, say } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Chooser } from '../../components/chooser.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { t } from '../../messages/messages.ts';
import { led, refreshTickets, sayConflict, takeBack, type WholeTicket } from './changes.ts';

interface OfTicket {
  ticket: WholeTicket;
  onClose(): void;
}

type Macro = OutputOf<'list_macros'>['macros'][number];

export function MacroChoice({ ticket, onClose }: OfTicket) {
  const { slug } = useWorkspace();
  const all = useWhole('list_macros', ({ macros }) => macros);
  const { ticketId, version } = ticket;
  const apply = async ({ macroId, name, actions }: Macro) => {
    try {
      const after = await call(slug, 'apply_macro', { macroId, ticketId, version });
      led(ticketId, version, after.version);
      const { status, priority, tags, assigneeId, teamId } = after;
      const changed = Object.fromEntries(
        Object.entries({ status, priority, tags, assigneeId, teamId }).filter(
          ([field, value]) => JSON.stringify(value) !== JSON.stringify(ticket[field as keyof WholeTicket]),
        ),
      );
      // What was said stays said: only what can go back is taken back.
      const undo = () => takeBack(slug, ticket, after.version, changed);
      const wrote = actions.some(({ kind }) => kind === 'reply' || kind === 'add_note');
      if (Object.keys(changed).length === 0) say(t('macro.done', { name }));
      else say(t(wrote ? 'macro.doneWrote' : 'macro.done', { name }), { undo });
    } catch (error) {
      sayConflict(error);
    } finally {
      void refreshTickets(slug, [ticketId]);
    }
  };
  return (
    <Chooser
      title={t('macro.title')}
      placeholder={t('macro.placeholder')}
      none={t('macro.none')}
      onClose={onClose}
      choices={(all ?? []).map((macro) => ({
        id: macro.macroId,
        label: macro.name,
        hint: macro.actions.map(({ kind }) => t(`macro.${kind}`)).join(', '),
        run: () => void doing(() => apply(macro)),
      }))}
    />
  );
}

type Found = { ticketId: string; number: number; subject: string; version: number };

/** Which ticket this one goes into; asked once more, for it does not come back. */
export function MergeChoice({ ticket, onClose, onMerged }: OfTicket & { onMerged(into: string): void }) {
  const { slug } = useWorkspace();
  const [typed, setTyped] = useState('');
  const [into, setInto] = useState<Found>();
  const query = typed.trim() || (ticket.customerName ?? '') || 'status:open';
  const { data } = useRead('search_tickets', { query, limit: 20 });
  const merge = async (acrossCustomers: boolean) => {
    onClose();
    try {
      await call(slug, 'merge_tickets', {
        from: ticket.ticketId,
        fromVersion: ticket.version,
        into: into!.ticketId,
        intoVersion: into!.version,
        acrossCustomers,
      });
      say(t('merge.done', { number: into!.number }));
      onMerged(into!.ticketId);
    } catch (error) {
      say((error as Error).message, { bad: true });
    } finally {
      void refreshTickets(slug, [ticket.ticketId, into!.ticketId]);
    }
  };
  if (into)
    return (
      <MergeSure ticket={ticket} into={into} onClose={onClose} onMerge={(across) => void merge(across)} />
    );
  return (
    <Chooser
      title={t('merge.title', { number: ticket.number })}
      placeholder={t('merge.placeholder')}
      none={t('inbox.nothingFound')}
      stays
      onClose={onClose}
      onType={setTyped}
      choices={(data?.tickets ?? [])
        .filter(({ ticketId }) => ticketId !== ticket.ticketId)
        .map((found) => ({
          id: found.ticketId,
          label: `#${found.number} ${found.subject}`,
          ...(found.customerName && { hint: found.customerName }),
          run: () => setInto(found),
        }))}
    />
  );
}

function MergeSure(props: OfTicket & { into: Found; onMerge(across: boolean): void }) {
  const { ticket, into, onClose, onMerge } = props;
  const [across, setAcross] = useState(false);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('merge.title', { number: ticket.number })}
      description={t('merge.sure', { from: ticket.number, into: into.number })}
    >
      <p className="mb-3 font-medium break-words">
        #{into.number} {into.subject}
      </p>
      <label className="mb-3 flex items-center gap-2">
        <input type="checkbox" checked={across} onChange={({ target }) => setAcross(target.checked)} />
        {t('merge.across')}
      </label>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button look="danger" onClick={() => onMerge(across)}>
          {t('do.merge')}
        </Button>
      </div>
    </Dialog>
  );
}

export function IssueChoice({ ticket, onClose }: OfTicket) {
  const { slug } = useWorkspace();
  const all = useWhole('list_issues', ({ issues }) => issues);
  const linked = new Set(ticket.issues.map(({ issueId }) => issueId));
  const both = (issueId: string) => ({ ticketId: ticket.ticketId, issueId });
  const change = async (issueId: string, link: boolean): Promise<void> => {
    if (link) await call(slug, 'link_issue', both(issueId));
    else await call(slug, 'unlink_issue', both(issueId));
    await refreshTickets(slug, [ticket.ticketId]);
  };
  const choose = async (issueId: string, link: boolean) => {
    try {
      await change(issueId, link);
      say(t(link ? 'issue.linked' : 'issue.unlinked'), { undo: () => change(issueId, !link) });
    } catch (error) {
      sayConflict(error);
    }
  };
  return (
    <Chooser
      title={t('issue.title', { number: ticket.number })}
      placeholder={t('issue.placeholder')}
      none={t('issue.none')}
      onClose={onClose}
      choices={(all ?? []).map(({ issueId, title, status }) => ({
        id: issueId,
        label: title,
        hint: t(`issueStatus.${status}`),
        chosen: linked.has(issueId),
        run: () => void doing(() => choose(issueId, !linked.has(issueId))),
      }))}
    />
  );
}
