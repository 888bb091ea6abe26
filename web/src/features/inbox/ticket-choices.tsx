/** What is chosen for one ticket: a macro, the issue that explains it. */
import { call, type OutputOf } from '../../api/call.ts';
import { useWhole } from '../../api/whole.ts';
import { doing, say } from '../../app/toasts.tsx';
import type { Done } from '../../app/undo.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Chooser } from '../../components/chooser.tsx';
import { t } from '../../messages/messages.ts';
import { refreshTickets, sayConflict, takeBack, type WholeTicket } from './changes.ts';
import { inTurn, led, ownSince } from './in-turn.ts';

interface OfTicket {
  ticket: WholeTicket;
  onClose(): void;
}

type Macro = OutputOf<'list_macros'>['macros'][number];

export function MacroChoice({ ticket, onClose }: OfTicket) {
  const { slug } = useWorkspace();
  const all = useWhole('list_macros', ({ macros }) => macros);
  const { ticketId } = ticket;
  const apply = async ({ macroId, name, actions }: Macro, done: Done) => {
    try {
      const version = ownSince(ticketId, ticket.version);
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
      else done(t(wrote ? 'macro.doneWrote' : 'macro.done', { name }), undo);
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
      none={t(all?.length === 0 ? 'macro.noneAtAll' : 'macro.none')}
      onClose={onClose}
      choices={(all ?? []).map((macro) => ({
        id: macro.macroId,
        label: macro.name,
        hint: macro.actions.map(({ kind }) => t(`macro.${kind}`)).join(', '),
        run: () => void doing((done) => inTurn([ticketId], () => apply(macro, done))),
      }))}
    />
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
  const choose = async (issueId: string, title: string, link: boolean, done: Done) => {
    try {
      await change(issueId, link);
      const what = { number: ticket.number, title };
      done(t(link ? 'issue.linked' : 'issue.unlinked', what), () => change(issueId, !link));
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
        run: () => void doing((done) => choose(issueId, title, !linked.has(issueId), done)),
      }))}
    />
  );
}
