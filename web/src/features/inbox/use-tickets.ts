/** The list of a view or a search, page by page as it is scrolled, and kept true by what is heard live. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { call } from '../../api/call.ts';
import { useLive } from '../../api/live.ts';
import { operationKey, queryClient } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import type { TicketLine, View } from './views.ts';

const pageSize = 50;
/** Live hints come in bursts; a list is asked for again at most this often. */
const settleMs = 400;

export interface TicketList {
  lines: readonly TicketLine[];
  /** Whether there may be more than `lines`. */
  more: boolean;
  loading: boolean;
  failed: Error | null;
  loadMore(): void;
}

export function useTickets(view: View, query: string): TicketList {
  const { slug } = useWorkspace();
  const input = query ? { query } : view.filter;
  const operation = query ? 'search_tickets' : 'list_tickets';
  const found = useInfiniteQuery({
    queryKey: [...operationKey(slug, operation), 'pages', input],
    queryFn: ({ pageParam, signal }) => {
      const page = { limit: pageSize, ...(pageParam && { cursor: pageParam }) };
      return query
        ? call(slug, 'search_tickets', { query, ...page }, signal)
        : call(slug, 'list_tickets', { ...view.filter, ...page }, signal);
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    // What was scrolled through long ago is let go of.
    maxPages: 400,
  });
  useLive(slug, useListener(slug));
  const lines = useMemo(
    () => found.data?.pages.flatMap(({ tickets }) => tickets as TicketLine[]) ?? [],
    [found.data],
  );
  return {
    lines,
    more: found.hasNextPage,
    loading: found.isPending,
    failed: found.error,
    loadMore: () => {
      if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
    },
  };
}

function useListener(slug: string) {
  return useMemo(() => {
    let waiting = false;
    const refresh = () => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => {
        waiting = false;
        for (const operation of [
          'list_tickets',
          'search_tickets',
          'count_tickets',
          'list_proposals',
        ] as const)
          void queryClient.invalidateQueries({ queryKey: operationKey(slug, operation) });
      }, settleMs);
    };
    return {
      ticket: (ticketId: string) => {
        void queryClient.invalidateQueries({ queryKey: operationKey(slug, 'get_ticket', { ticketId }) });
        refresh();
      },
      again: () => void queryClient.invalidateQueries(),
    };
  }, [slug]);
}
