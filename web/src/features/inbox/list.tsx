import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Badge, Empty, Loading, Time } from '../../components/page.tsx';
import { shortTime, t } from '../../messages/messages.ts';
import { Highlighted } from './highlighted.tsx';
import type { Selection } from './selection.ts';
import { unturned } from './text.tsx';
import type { TicketList } from './use-tickets.ts';
import type { FoundLine } from './views.ts';

const rowHeight = 78;

/** All of a list, of which only what is seen is in the page; it asks for more as one nears its end. */
export function List(props: {
  list: TicketList;
  current: string | undefined;
  selection: Selection;
  onOpen(ticketId: string): void;
  searching: boolean;
}) {
  const { list, current, selection, onOpen, searching } = props;
  const selects = isAtLeast(useWorkspace().role, 'operator');
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: list.lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    getItemKey: (at) => list.lines[at]!.ticketId,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (list.more && last >= list.lines.length - 15) list.loadMore();
  }, [list, last]);
  const at = list.lines.findIndex(({ ticketId }) => ticketId === current);
  // To the ticket that one goes to; not after it, where it moves while one looks elsewhere.
  const gone = useRef<string>(undefined);
  useEffect(() => {
    if (at < 0 || gone.current === current) return;
    gone.current = current;
    rows.scrollToIndex(at, { align: 'auto' });
  }, [at, current, rows]);
  if (list.failed) return <p className="p-4 text-bad">{list.failed.message}</p>;
  if (list.loading || (list.lines.length === 0 && list.more)) return <Loading />;
  if (list.lines.length === 0) return <Empty>{t(searching ? 'inbox.nothingFound' : 'inbox.empty')}</Empty>;
  return (
    // The list scrolls by the keyboard, too, where no row has the focus.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable
    <section ref={box} aria-label={t('inbox.list')} tabIndex={0} className="min-h-0 flex-1 overflow-auto">
      <ul style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {shown.map(({ index, key, start }) => {
          const line = list.lines[index]!;
          return (
            <li
              key={key}
              style={{ position: 'absolute', top: start, height: rowHeight, left: 0, right: 0 }}
              aria-setsize={list.more ? -1 : list.lines.length}
              aria-posinset={index + 1}
            >
              <Row
                line={line}
                isCurrent={line.ticketId === current}
                isSelected={selection.selected.has(line.ticketId)}
                onOpen={() => onOpen(line.ticketId)}
                onSelect={selects ? () => selection.toggle(line.ticketId) : undefined}
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface Shown {
  line: FoundLine;
  isCurrent: boolean;
  isSelected: boolean;
  onOpen(): void;
  /** Left out for who may change nothing. */
  onSelect: (() => void) | undefined;
}

function Row({ line, isCurrent, isSelected, onOpen, onSelect }: Shown) {
  const colour = isCurrent ? 'bg-accent-soft' : isSelected ? 'bg-sunken' : 'hover:bg-sunken';
  return (
    <div
      className={`flex h-full items-start gap-2 overflow-hidden border-b border-line px-2 py-1.5 ${colour}`}
    >
      {onSelect && (
        <input
          type="checkbox"
          checked={isSelected}
          onChange={onSelect}
          aria-label={t('inbox.select', { number: line.number })}
          className="mt-1 accent-(--accent)"
        />
      )}
      <button
        type="button"
        onClick={onOpen}
        aria-current={isCurrent || undefined}
        className="min-w-0 flex-1 text-left"
      >
        <span className="flex items-baseline justify-between gap-2 text-xs text-muted">
          <span dir="auto" className="truncate">
            {line.customerName ? unturned(line.customerName) : t('ticket.someone')}
          </span>
          <Since line={line} />
        </span>
        <span dir="auto" className="block truncate font-medium">
          <Highlighted text={line.subject} places={line.subjectHighlights ?? []} />
        </span>
        <span className="mt-0.5 flex items-center gap-1.5 text-xs text-muted">
          <Facts line={line} />
          <span dir="auto" className="min-w-0 flex-1 truncate">
            {line.snippet ? (
              <Highlighted text={line.snippet} places={line.highlights ?? []} />
            ) : (
              unturned(line.preview?.replace(/\s+/g, ' ') ?? '')
            )}
          </span>
        </span>
      </button>
    </div>
  );
}

/** When it was written to last; while who wrote waits for an answer, that it is since then. */
function Since({ line }: { line: FoundLine }) {
  const { lastMessageAt, lastMessageBy, status, updatedAt } = line;
  const waits =
    (status === 'open' || status === 'pending') &&
    (lastMessageBy === 'customer' || lastMessageBy === 'agent');
  return (
    <span className={`shrink-0 ${waits ? 'font-medium text-ink' : ''}`}>
      {waits && t('inbox.waits')} <Time at={lastMessageAt ?? updatedAt} />
    </span>
  );
}

function Facts({ line }: { line: FoundLine }) {
  return (
    <span className="flex shrink-0 items-center gap-1">
      <span>#{line.number}</span>
      {line.status !== 'open' && (
        <Badge>
          {t(`status.${line.status}`)}
          {line.status === 'snoozed' && line.snoozedUntil && (
            <> {t('ticket.snoozedUntil', { time: shortTime(line.snoozedUntil) })}</>
          )}
        </Badge>
      )}
      {(line.priority === 'urgent' || line.priority === 'high') && (
        <Badge tone={line.priority === 'urgent' ? 'bad' : 'warn'}>{t(`priority.${line.priority}`)}</Badge>
      )}
      {line.tags.slice(0, 2).map((tag) => (
        <Badge key={tag}>
          <span className="max-w-24 truncate">{tag}</span>
        </Badge>
      ))}
    </span>
  );
}
