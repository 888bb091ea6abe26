/** What a ticket is: subject, and what of it can be changed in one step. */
import { EllipsisVertical, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useRead } from '../../api/queries.ts';
import { useOffered } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { IconButton } from '../../components/button.tsx';
import { Menu } from '../../components/menu.tsx';
import { Badge, Time } from '../../components/page.tsx';
import { TicketLink } from '../../components/ticket-link.tsx';
import { fullTime, t } from '../../messages/messages.ts';
import { type Change, useChange, type WholeTicket } from './changes.ts';
import { usePeople } from './people.ts';
import { unturned } from './text.tsx';
import { priorities, statuses } from './values.ts';

const small = 'h-7 rounded-md border border-line bg-panel px-1 text-xs';

/** `children` stand at its end. */
export function Header({ ticket, children }: { ticket: WholeTicket; children?: ReactNode }) {
  const { role } = useWorkspace();
  const change = useChange();
  const { members } = usePeople();
  const { data } = useRead('list_teams', {});
  const set = (to: Change, done: string) => void change(ticket, to, done);
  const { number } = ticket;
  const fixed = !isAtLeast(role, 'operator');
  return (
    <header className="border-b border-line bg-panel px-4 py-2">
      <div className="flex items-start justify-between gap-2">
        <h1 className="flex min-w-0 flex-1 gap-1.5 text-base font-semibold" title={ticket.subject}>
          <bdi className="line-clamp-2 min-w-0 break-words">{unturned(ticket.subject)}</bdi>{' '}
          <span className="font-normal text-muted">#{number}</span>
        </h1>
        <More />
        {children}
      </div>
      <div className="mt-1 flex flex-wrap items-center gap-1.5">
        <select
          data-at-once
          className={small}
          aria-label={t('ticket.status')}
          disabled={fixed}
          value={ticket.status}
          onChange={({ target }) => {
            const status = target.value as (typeof statuses)[number];
            set({ status }, t('done.status', { number, status: t(`status.${status}`) }));
          }}
        >
          {(ticket.status === 'snoozed' ? (['snoozed', ...statuses] as const) : statuses).map((status) => (
            <option key={status} value={status}>
              {t(`status.${status}`)}
            </option>
          ))}
        </select>
        <select
          data-at-once
          className={small}
          aria-label={t('ticket.priority')}
          disabled={fixed}
          value={ticket.priority}
          onChange={({ target }) => {
            const priority = target.value as (typeof priorities)[number];
            set({ priority }, t('done.priority', { number, priority: t(`priority.${priority}`) }));
          }}
        >
          {priorities.map((priority) => (
            <option key={priority} value={priority}>
              {t(`priority.${priority}`)}
            </option>
          ))}
        </select>
        <select
          data-at-once
          className={small}
          aria-label={t('ticket.assignee')}
          disabled={fixed}
          value={ticket.assigneeId ?? ''}
          onChange={({ target }) =>
            set({ assigneeId: target.value || null }, t('ticket.changed', { number }))
          }
        >
          <option value="">{t('ticket.nobody')}</option>
          {members
            .filter((member) => member.role !== 'viewer')
            .map(({ userId, name }) => (
              <option key={userId} value={userId}>
                {name}
              </option>
            ))}
        </select>
        {(data?.teams.length ?? 0) > 0 && (
          <select
            data-at-once
            className={small}
            aria-label={t('ticket.team')}
            disabled={fixed}
            value={ticket.teamId ?? ''}
            onChange={({ target }) => set({ teamId: target.value || null }, t('ticket.changed', { number }))}
          >
            <option value="">{t('ticket.noTeam')}</option>
            {data?.teams.map(({ teamId, name }) => (
              <option key={teamId} value={teamId}>
                {name}
              </option>
            ))}
          </select>
        )}
        {ticket.status === 'snoozed' && ticket.snoozedUntil && (
          <Badge tone="accent">{t('ticket.snoozedUntil', { time: fullTime(ticket.snoozedUntil) })}</Badge>
        )}
        <Tags
          ticket={ticket}
          fixed={fixed}
          onChange={(tags) => set({ tags }, t('ticket.changed', { number }))}
        />
        {ticket.firstResponseDueAt && !ticket.firstRespondedAt && (
          <Badge tone={new Date(ticket.firstResponseDueAt) < new Date() ? 'bad' : 'plain'}>
            <Time at={ticket.firstResponseDueAt} />
          </Badge>
        )}
      </div>
      {ticket.mergedInto && <Elsewhere says={t('ticket.mergedInto')} ticketId={ticket.mergedInto} />}
      {ticket.followUpOf && <Elsewhere says={t('ticket.followUpOf')} ticketId={ticket.followUpOf} />}
    </header>
  );
}

/** Another ticket of the same conversation. */
const Elsewhere = ({ says, ticketId }: { says: string; ticketId: string }) => (
  <p className="mt-1 text-xs text-muted">
    {says} <TicketLink ticketId={ticketId}>{t('ticket.other')}</TicketLink>
  </p>
);

const inMenu = [
  'resolve',
  'reopen',
  'assign-me',
  'assign',
  'snooze',
  'tags',
  'macro',
  'issue',
  'merge',
  'spam',
] as const;

/** What the keys do with the ticket, by mouse; nothing where there is nothing that one may do. */
function More() {
  const offered = useOffered();
  const actions = inMenu.flatMap((id) => offered.find((action) => action.id === id) ?? []);
  if (actions.length === 0) return null;
  return (
    <Menu actions={actions}>
      <IconButton label={t('do.more')}>
        <EllipsisVertical size={16} aria-hidden />
      </IconButton>
    </Menu>
  );
}

function Tags(props: { ticket: WholeTicket; fixed: boolean; onChange(tags: string[]): void }) {
  const { ticket, fixed, onChange } = props;
  return (
    <>
      {ticket.tags.map((tag) => (
        <Badge key={tag}>
          {tag}
          {!fixed && (
            <button
              type="button"
              aria-label={t('ticket.removeTag', { tag })}
              className="ml-1"
              onClick={() => onChange(ticket.tags.filter((one) => one !== tag))}
            >
              <X size={10} aria-hidden />
            </button>
          )}
        </Badge>
      ))}
      {!fixed && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const field = event.currentTarget.elements.namedItem('tag') as HTMLInputElement;
            const tag = field.value.trim().toLowerCase().replace(/\s+/g, '-');
            field.value = '';
            if (tag && !ticket.tags.includes(tag)) onChange([...ticket.tags, tag]);
          }}
        >
          <input
            name="tag"
            aria-label={t('ticket.addTag')}
            placeholder={t('ticket.addTag')}
            className={`${small} w-24`}
          />
        </form>
      )}
    </>
  );
}
