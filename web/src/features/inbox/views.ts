/** The views that are there without being made: filters that a list is asked for with. */
import type { InputOf, OutputOf } from '../../api/call.ts';
import type { MessageKey } from '../../messages/messages.ts';

export type TicketLine = OutputOf<'list_tickets'>['tickets'][number];
export type ListFilter = Omit<InputOf<'list_tickets'>, 'cursor' | 'limit'>;

export interface View {
  id: string;
  title: MessageKey;
  filter: ListFilter;
  /** The same as a search, for its count. */
  query: string;
}

export const views: readonly View[] = [
  { id: 'open', title: 'view.open', filter: { status: 'open' }, query: 'status:open' },
  {
    id: 'mine',
    title: 'view.mine',
    filter: { status: 'open', assigneeId: 'me' },
    query: 'status:open assignee:me',
  },
  {
    id: 'unassigned',
    title: 'view.unassigned',
    filter: { status: 'open', assigneeId: 'nobody' },
    query: 'status:open is:unassigned',
  },
  { id: 'pending', title: 'view.pending', filter: { status: 'pending' }, query: 'status:pending' },
  { id: 'snoozed', title: 'view.snoozed', filter: { status: 'snoozed' }, query: 'status:snoozed' },
  { id: 'resolved', title: 'view.resolved', filter: { status: 'resolved' }, query: 'status:resolved' },
  { id: 'all', title: 'view.all', filter: {}, query: '' },
];

export const viewOf = (id: string | undefined): View => views.find((view) => view.id === id) ?? views[0]!;
