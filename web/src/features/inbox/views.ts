/** Views: those that are there without being made, and those that members saved. */
import type { InputOf, OutputOf } from '../../api/call.ts';
import { useRead } from '../../api/queries.ts';
import { type MessageKey, t } from '../../messages/messages.ts';

export type TicketLine = OutputOf<'list_tickets'>['tickets'][number];
/** The same as a search shows it. */
export type FoundLine = TicketLine &
  Pick<OutputOf<'search_tickets'>['tickets'][number], 'snippet' | 'highlights' | 'subjectHighlights'>;
export type SavedView = OutputOf<'list_views'>['views'][number];
type ListFilter = Omit<InputOf<'list_tickets'>, 'cursor' | 'limit'>;

export interface View {
  id: string;
  title: string;
  /** What `list_tickets` is asked with; absent for one that was saved. */
  filter?: ListFilter;
  /** The same as a search, for its count; empty for all. */
  query: string;
  /** Absent for those that are there without being made. */
  saved?: SavedView;
}

const builtIn = (id: string, title: MessageKey, query: string, filter: ListFilter): View => ({
  id,
  title: t(title),
  query,
  filter,
});

export const views: readonly View[] = [
  builtIn('open', 'view.open', 'status:open', { status: 'open' }),
  builtIn('mine', 'view.mine', 'status:open assignee:me', { status: 'open', assigneeId: 'me' }),
  builtIn('unassigned', 'view.unassigned', 'status:open is:unassigned', {
    status: 'open',
    assigneeId: 'nobody',
  }),
  builtIn('pending', 'view.pending', 'status:pending', { status: 'pending' }),
  builtIn('snoozed', 'view.snoozed', 'status:snoozed', { status: 'snoozed' }),
  builtIn('resolved', 'view.resolved', 'status:resolved', { status: 'resolved' }),
  builtIn('all', 'view.all', '', {}),
];

const savedView = (saved: SavedView): View => ({
  id: saved.viewId,
  title: saved.name,
  query: saved.query,
  saved,
});

/** All views, and the one that an address names; until the saved ones are known it is taken at its word. */
export function useViews(id: string | undefined): { all: readonly View[]; view: View } {
  const { data } = useRead('list_views', {});
  const saved = (data?.views ?? []).filter(({ of }) => of !== 'everybody').map(savedView);
  const all = [...views, ...saved];
  const pending = !data && id?.startsWith('viw_') ? { id, title: '…', query: '' } : undefined;
  return { all, view: all.find((view) => view.id === id) ?? pending ?? views[0]! };
}
