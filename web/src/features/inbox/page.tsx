/** The inbox: views, list, conversation, and what is known about it. */
import { getRouteApi } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useRead } from '../../api/queries.ts';
import { type Action, useActions } from '../../app/actions.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { IconButton } from '../../components/button.tsx';
import { Empty } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { BulkBar } from './bulk.tsx';
import { List } from './list.tsx';
import { Ticket } from './ticket.tsx';
import { useTickets } from './use-tickets.ts';
import { type View, viewOf, views } from './views.ts';

const route = getRouteApi('/app/$workspace/inbox');

export function InboxPage() {
  const { view: viewId, q = '', ticket } = route.useSearch();
  const navigate = route.useNavigate();
  const view = viewOf(viewId);
  const list = useTickets(view, q);
  const search = useRef<HTMLInputElement>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const open = useCallback(
    (ticketId: string | undefined) =>
      void navigate({
        search: ({ ticket: _, ...rest }) => ({ ...rest, ...(ticketId && { ticket: ticketId }) }),
      }),
    [navigate],
  );
  const step = useCallback(
    (by: 1 | -1) => {
      const at = list.lines.findIndex(({ ticketId }) => ticketId === ticket);
      const next = list.lines[at < 0 ? 0 : at + by];
      if (next) open(next.ticketId);
    },
    [list.lines, ticket, open],
  );
  const toggle = useCallback((ticketId: string) => {
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(ticketId)) after.add(ticketId);
      return after;
    });
  }, []);
  useActions(
    useMemo<readonly Action[]>(() => {
      const group = t('nav.inbox');
      return [
        { id: 'next', title: t('do.next'), keys: 'j', group, run: () => step(1) },
        { id: 'previous', title: t('do.previous'), keys: 'k', group, run: () => step(-1) },
        { id: 'search', title: t('do.search'), keys: '/', group, run: () => search.current?.focus() },
        ...(ticket
          ? [{ id: 'select', title: t('do.select'), keys: 'x', group, run: () => toggle(ticket) }]
          : []),
      ];
    }, [step, ticket, toggle]),
  );
  return (
    <div className="flex h-full min-h-0">
      <Views current={q ? undefined : view.id} />
      <div
        className={`min-h-0 w-full shrink-0 flex-col border-r border-line bg-panel md:flex md:w-80 xl:w-96 ${ticket ? 'hidden' : 'flex'}`}
      >
        <form
          className="border-b border-line p-2"
          onSubmit={(event) => {
            event.preventDefault();
            const typed = search.current?.value.trim() ?? '';
            void navigate({ search: typed ? { q: typed } : { view: view.id } });
            search.current?.blur();
          }}
        >
          <input
            ref={search}
            key={q}
            type="search"
            defaultValue={q}
            aria-label={t('inbox.search')}
            placeholder={t('inbox.searchHint')}
            className="h-8 w-full rounded-md border border-line bg-canvas px-2 placeholder:text-muted"
          />
        </form>
        {selected.size > 0 && (
          <BulkBar lines={list.lines} selected={selected} onDone={() => setSelected(new Set())} />
        )}
        <List
          list={list}
          current={ticket}
          selected={selected}
          onOpen={open}
          onSelect={toggle}
          searching={q !== ''}
        />
      </div>
      <div className={`min-h-0 min-w-0 flex-1 flex-col md:flex ${ticket ? 'flex' : 'hidden'}`}>
        {ticket && (
          <IconButton label={t('inbox.back')} className="m-1 md:hidden" onClick={() => open(undefined)}>
            <ArrowLeft size={18} aria-hidden />
          </IconButton>
        )}
        {ticket ? (
          <Ticket key={ticket} ticketId={ticket} onNext={() => step(1)} />
        ) : (
          <Empty>{t('inbox.pick')}</Empty>
        )}
      </div>
    </div>
  );
}

/** Beside the list where there is room; above it there is none, and search says the same. */
function Views({ current }: { current: string | undefined }) {
  return (
    <nav aria-label={t('inbox.views')} className="hidden w-44 shrink-0 border-r border-line p-2 lg:block">
      <h2 className="mb-1 px-2 text-xs text-muted">{t('inbox.views')}</h2>
      {views.map((view) => (
        <ViewLink key={view.id} view={view} isCurrent={view.id === current} />
      ))}
    </nav>
  );
}

function ViewLink({ view, isCurrent }: { view: View; isCurrent: boolean }) {
  const { slug } = useWorkspace();
  const navigate = route.useNavigate();
  const { data } = useRead(
    'count_tickets',
    { query: view.query || '-"\u00a0"' },
    { enabled: view.query !== '' },
  );
  return (
    <button
      type="button"
      aria-current={isCurrent ? 'page' : undefined}
      onClick={() => void navigate({ params: { workspace: slug }, search: { view: view.id } })}
      className={`flex w-full justify-between rounded-md px-2 py-1 text-left ${isCurrent ? 'bg-accent-soft font-medium' : 'hover:bg-sunken'}`}
    >
      <span>{t(view.title)}</span>
      {view.query && data && (
        <span className="text-xs leading-5 text-muted">
          {data.count}
          {data.atLeast ? '+' : ''}
        </span>
      )}
    </button>
  );
}
