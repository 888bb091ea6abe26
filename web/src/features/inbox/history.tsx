/** What became of a ticket so far: who changed what, from what to what. */
import { call } from '../../api/call.ts';
import { useRead } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Time } from '../../components/page.tsx';
import { TicketLink } from '../../components/ticket-link.tsx';
import { en, fullTime, type MessageKey, t } from '../../messages/messages.ts';
import type { WholeTicket } from './changes.ts';
import { Part } from './part.tsx';
import { actorName, usePeople } from './people.ts';
import { useEarlier } from './use-earlier.ts';

type Event = WholeTicket['history'][number];

export function History({ ticket }: { ticket: WholeTicket }) {
  const { slug } = useWorkspace();
  const { nameOf } = usePeople();
  const told = useTold();
  const { ticketId, history, earlierHistory, historyCount } = ticket;
  const { rows, earlier, count, loading, load } = useEarlier<Event>(
    { rows: history, earlier: earlierHistory, count: historyCount },
    keyOf,
    async (cursor) => {
      const page = await call(slug, 'list_history', { ticketId, cursor, limit: 50 });
      return { rows: page.history, next: page.next };
    },
  );
  return (
    <Part title={t('context.history')}>
      <ol className="flex flex-col gap-1 text-xs">
        {rows.toReversed().map((event) => (
          <li key={keyOf(event)} className="flex justify-between gap-2">
            <span className="min-w-0 break-words">
              {actorName(event.actor, nameOf)}{' '}
              {'mergedInto' in event.changes || 'merged' in event.changes ? (
                <Merged event={event} />
              ) : (
                t(`event.${event.kind}` as MessageKey, { fields: told(event) })
              )}
            </span>
            <span className="shrink-0 text-muted">
              <Time at={event.at} />
            </span>
          </li>
        ))}
      </ol>
      {earlier !== null && (
        <Button size="small" className="mt-2" aria-disabled={loading} onClick={() => void load()}>
          {loading ? t('common.loading') : t('context.earlier', { count: count - rows.length })}
        </Button>
      )}
    </Part>
  );
}

const keyOf = ({ at, kind, version }: Event) => `${at} ${kind} ${version}`;

/** Merging, either way; links to the other ticket. */
function Merged({ event: { changes } }: { event: Event }) {
  const { mergedInto, merged } = changes as Record<string, { to?: unknown } | undefined>;
  const other = mergedInto?.to ?? merged?.to;
  if (typeof other !== 'string') return null;
  return (
    <>
      {t(mergedInto ? 'event.mergedInto' : 'event.merged')}{' '}
      <TicketLink ticketId={other}>{t('event.other')}</TicketLink>
    </>
  );
}

/** Fields that say nothing beside the others. */
const untold = new Set(['messageId', 'author', 'visibility', 'resolvedAt', 'closedAt']);

/** What was changed, as people call it: `status open → resolved`. */
function useTold(): (event: Event) => string {
  const { nameOf } = usePeople();
  const { data } = useRead('list_teams', {});
  const shown = (field: string, value: unknown): string => {
    if (value === null || value === undefined) return '–';
    const text = String(value);
    if (field === 'assigneeId') return nameOf(text);
    if (field === 'teamId') return data?.teams.find(({ teamId }) => teamId === text)?.name ?? text;
    if (field === 'snoozedUntil') return fullTime(text);
    const key = `${field === 'satisfaction' ? 'rating' : field}.${text}`;
    return key in en ? t(key as MessageKey) : text;
  };
  return ({ changes }) =>
    Object.entries(changes as Record<string, { from?: unknown; to?: unknown }>)
      .filter(([field]) => !untold.has(field))
      .map(([field, { from, to }]) => {
        const name = `field.${field}` in en ? t(`field.${field}` as MessageKey) : field;
        if (field === 'tags') return `${name} ${difference(from, to)}`;
        return valued.has(field) ? `${name} ${shown(field, from)} → ${shown(field, to)}` : name;
      })
      .join(', ');
}

/** Fields whose values say something to people. */
const valued = new Set([
  'status',
  'priority',
  'assigneeId',
  'teamId',
  'snoozedUntil',
  'subject',
  'satisfaction',
]);

/** `+lens −battery` */
function difference(from: unknown, to: unknown): string {
  const before = Array.isArray(from) ? from.map(String) : [];
  const after = Array.isArray(to) ? to.map(String) : [];
  return [
    ...after.filter((tag) => !before.includes(tag)).map((tag) => `+${tag}`),
    ...before.filter((tag) => !after.includes(tag)).map((tag) => `−${tag}`),
  ].join(' ');
}
