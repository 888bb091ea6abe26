/** The inbox: views, list, conversation, and what is known about it. */
import { getRouteApi } from '@tanstack/react-router';
import { ArrowLeft, ChevronDown, Rows3 } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useActions } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Empty } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { BulkBar } from './bulk.tsx';
import { List } from './list.tsx';
import { Search } from './search.tsx';
import { type Selection, useSelection } from './selection.ts';
import { Ticket } from './ticket.tsx';
import { type TicketList, useTickets } from './use-tickets.ts';
import { useViews } from './views.ts';
import { ViewsPanel } from './views-panel.tsx';

const route = getRouteApi('/app/$workspace/inbox');

/** Where there is room for the list or the ticket. */
const narrow = '(max-width: 767.9px)';

export function InboxPage() {
  const { view: viewId, q = '', ticket } = route.useSearch();
  const navigate = route.useNavigate();
  const { all, view } = useViews(viewId);
  const list = useTickets(view, q);
  const search = useRef<{ focus(): void }>(null);
  const selection = useSelection(list.lines, q ? `q:${q}` : view.id);
  const open = useCallback(
    (ticketId: string | undefined) =>
      void navigate({
        search: ({ ticket: _, ...rest }) => ({ ...rest, ...(ticketId && { ticket: ticketId }) }),
      }),
    [navigate],
  );
  // Where there is room for one alone, the list comes back before the field has the focus: the next key is typed.
  const [searches, setSearches] = useState<string>();
  if (!ticket && searches) setSearches(undefined);
  const toSearch = () => {
    const hidden = ticket !== undefined && window.matchMedia(narrow).matches;
    if (hidden) flushSync(() => setSearches(ticket));
    search.current?.focus();
    if (hidden) open(undefined);
  };
  const shown = ticket !== searches ? ticket : undefined;
  const step = useSteps(list, { ticket, open, selection, toSearch });
  const knownTags = useMemo(
    () => [...new Set(list.lines.slice(0, 500).flatMap(({ tags }) => tags))].sort(),
    [list.lines],
  );
  const [drawn, setDrawn] = useState(false);
  const bulk = selection.chosen.length > 0;
  const onNext = () => step(1);
  return (
    <div className="flex h-full min-h-0">
      <ViewsPanel
        {...{ all, drawn, onDrawn: setDrawn }}
        current={q ? undefined : view.id}
        query={q || view.query}
      />
      <div
        className={`min-h-0 w-full shrink-0 flex-col border-r border-line bg-panel md:flex md:w-80 2xl:w-96 ${shown ? 'hidden' : 'flex'}`}
      >
        <Button look="quiet" className="mx-2 mt-2 justify-start! lg:hidden" onClick={() => setDrawn(true)}>
          <Rows3 size={14} aria-hidden />
          <span className="truncate">{t('view.show', { view: q ? t('inbox.found') : view.title })}</span>
          <ChevronDown size={14} aria-hidden className="ml-auto shrink-0" />
        </Button>
        <Search
          ref={search}
          key={q}
          query={q}
          lines={list.lines}
          onSearch={(typed) => void navigate({ search: typed ? { q: typed } : { view: view.id } })}
        />
        <Hints hints={list.hints} />
        {bulk && <BulkBar chosen={selection.chosen} onDone={selection.clear} />}
        <List list={list} current={ticket} selection={selection} onOpen={open} searching={q !== ''} />
      </div>
      <div className={`min-h-0 min-w-0 flex-1 flex-col md:flex ${shown ? 'flex' : 'hidden'}`}>
        {ticket && (
          <IconButton label={t('inbox.back')} className="m-1 md:hidden" onClick={() => open(undefined)}>
            <ArrowLeft size={18} aria-hidden />
          </IconButton>
        )}
        {ticket ? (
          <Ticket key={ticket} ticketId={ticket} bulk={bulk} {...{ knownTags, onNext, onOpen: open }} />
        ) : (
          <Empty>{t('inbox.pick')}</Empty>
        )}
      </div>
    </div>
  );
}

/** Above what was found: what of the search was taken for words, though it looks like a filter. */
function Hints({ hints }: { hints: readonly string[] }) {
  if (hints.length === 0) return null;
  return (
    <div
      role="status"
      aria-label={t('search.hints')}
      className="max-h-40 shrink-0 overflow-auto border-b border-line bg-warn-soft px-3 py-2 text-xs break-words text-warn"
    >
      {hints.map((hint) => (
        <p key={hint} className="my-0.5">
          {hint}
        </p>
      ))}
    </div>
  );
}

interface Where {
  ticket: string | undefined;
  open(ticketId: string | undefined): void;
  selection: Selection;
  toSearch(): void;
}

/** Going through the list by keys. @returns a step down or up it */
function useSteps(list: TicketList, { ticket, open, selection, toSearch }: Where): (by: 1 | -1) => void {
  const selects = isAtLeast(useWorkspace().role, 'operator');
  const { toggle, add } = selection;
  const { lines } = list;
  const step = (by: 1 | -1, extend = false) => {
    const at = lines.findIndex(({ ticketId }) => ticketId === ticket);
    const next = lines[at < 0 ? 0 : at + by];
    if (!next) return;
    if (extend) add([...(ticket ? [ticket] : []), next.ticketId]);
    open(next.ticketId);
  };
  const group = t('nav.inbox');
  const all = () => add(lines.map(({ ticketId }) => ticketId));
  useActions([
    { id: 'next', title: t('do.next'), keys: 'j', repeats: true, group, run: () => step(1) },
    { id: 'previous', title: t('do.previous'), keys: 'k', repeats: true, group, run: () => step(-1) },
    { id: 'search', title: t('do.search'), keys: '/', group, run: toSearch },
    ...(ticket ? [{ id: 'back', title: t('inbox.back'), keys: 'u', group, run: () => open(undefined) }] : []),
    ...(selects
      ? [
          { id: 'extend', title: t('do.extend'), keys: 'J', group, run: () => step(1, true) },
          { id: 'extend-up', title: t('do.extendUp'), keys: 'K', group, run: () => step(-1, true) },
          { id: 'all', title: t('do.selectAll'), keys: 'mod+a', group, run: all },
        ]
      : []),
    ...(selects && ticket
      ? [{ id: 'select', title: t('do.select'), keys: 'x', group, run: () => toggle(ticket) }]
      : []),
  ]);
  return step;
}
