/** What can be done with several tickets at once. */
import { call } from '../../api/call.ts';
import { invalidate } from '../../api/queries.ts';
import { say } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { t } from '../../messages/messages.ts';
import type { TicketLine } from './views.ts';

export function BulkBar(props: {
  lines: readonly TicketLine[];
  selected: ReadonlySet<string>;
  onDone(): void;
}) {
  const { slug, user } = useWorkspace();
  const chosen = props.lines.filter(({ ticketId }) => props.selected.has(ticketId));
  const change = async (to: { status: 'resolved' | 'open' } | { assigneeId: string }) => {
    const outcomes = await Promise.allSettled(
      chosen.map(({ ticketId, version }) => call(slug, 'update_ticket', { ticketId, version, ...to })),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected').length;
    if (refused > 0) say(t('ticket.conflict'), { bad: true });
    props.onDone();
    await invalidate(slug, ['list_tickets', 'search_tickets', 'get_ticket', 'count_tickets']);
  };
  return (
    <div className="flex items-center gap-2 border-b border-line bg-accent-soft p-2">
      <span className="flex-1">{t('inbox.selected', { count: props.selected.size })}</span>
      <Button size="small" onClick={() => void change({ assigneeId: user.id })}>
        {t('do.assign')}
      </Button>
      <Button size="small" onClick={() => void change({ status: 'resolved' })}>
        {t('status.resolved')}
      </Button>
    </div>
  );
}
