/**
 * The list of a view or a search, page by page as it is scrolled. What is heard live asks for the first page again, and for
 * those that hold what changed: never for all that was scrolled through.
 */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { call } from '../../api/call.ts';
import { useLive } from '../../api/live.ts';
import { invalidate, operationKey, queryClient } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { isBusy } from './in-turn.ts';
import { type Pages, readAgain, type TicketPage } from './pages.ts';
import type { FoundLine, TicketLine, View } from './views.ts';

const pageSize = 50;
/** Live hints come in bursts; a list is asked for again at most this often. */
const settleMs = 400;

export interface TicketList {
  lines: readonly FoundLine[];
  /** What of the search is no filter though it looks like one. */
  hints: readonly string[];
  /** Whether there may be more than `lines`. */
  more: boolean;
  loading: boolean;
  failed: Error | null;
  loadMore(): void;
}

/** What a list is made of; it is the end of its key, so that a page can be asked for by it. */
type Source = { query: string } | { viewId: string } | { filter: Exclude<View['filter'], undefined> };

const sourceOf = (view: View, query: string): Source =>
  query ? { query } : view.filter ? { filter: view.filter } : { viewId: view.id };

const readPage = (
  slug: string,
  source: Source,
  cursor: string,
  signal?: AbortSignal,
): Promise<TicketPage> => {
  const page = { limit: pageSize, ...(cursor && { cursor }) };
  if ('query' in source) return call(slug, 'search_tickets', { ...source, ...page }, signal);
  if ('viewId' in source) return call(slug, 'show_view', { ...source, ...page }, signal);
  return call(slug, 'list_tickets', { ...source.filter, ...page }, signal);
};

const listKey = (slug: string) => [slug, 'ticket pages'] as const;

export function useTickets(view: View, query: string): TicketList {
  const { slug } = useWorkspace();
  const source = sourceOf(view, query);
  const found = useInfiniteQuery({
    queryKey: [...listKey(slug), source],
    queryFn: ({ pageParam, signal }) => readPage(slug, source, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    // Asked again by `refreshLists`, a page at a time.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  useLive(slug, useListener(slug));
  const lines = useMemo(() => linesOf(found.data), [found.data]);
  return {
    lines,
    hints: found.data?.pages[0]?.hints ?? [],
    more: found.hasNextPage,
    loading: found.isPending,
    failed: found.error,
    loadMore: () => {
      if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
    },
  };
}

/** A ticket that moved may stand on two pages until the second is asked for again. */
function linesOf(data: { pages: TicketPage[] } | undefined): FoundLine[] {
  const seen = new Set<string>();
  return (
    data?.pages.flatMap(({ tickets }) =>
      tickets.filter(({ ticketId }) => !seen.has(ticketId) && seen.add(ticketId)),
    ) ?? []
  );
}

/** Shows at once what the server is about to be told. @returns what takes it back. */
export function changeLines(
  slug: string,
  ticketIds: ReadonlySet<string>,
  to: Partial<TicketLine>,
): () => void {
  const before = queryClient.getQueriesData<Pages>({ queryKey: listKey(slug) });
  for (const [key] of before)
    queryClient.setQueryData<Pages>(
      key,
      (data) =>
        data && {
          ...data,
          pages: data.pages.map((page) =>
            page.tickets.some(({ ticketId }) => ticketIds.has(ticketId))
              ? {
                  ...page,
                  tickets: page.tickets.map((one) => (ticketIds.has(one.ticketId) ? { ...one, ...to } : one)),
                }
              : page,
          ),
        },
    );
  return () => {
    for (const [key, data] of before) queryClient.setQueryData(key, data);
  };
}

/** Asks again for what tickets may have changed in what is shown: lists, counts, proposals. */
export async function refreshLists(slug: string, changed: ReadonlySet<string>): Promise<void> {
  const shown = queryClient.getQueryCache().findAll({ queryKey: listKey(slug) });
  const pages = shown.map(async ({ queryKey }) => {
    // What nobody looks at is forgotten, and asked for when somebody does.
    if (queryClient.getQueryCache().find({ queryKey })?.getObserversCount() === 0)
      return queryClient.removeQueries({ queryKey, exact: true });
    await refreshPages(slug, queryKey, changed);
  });
  await Promise.all([
    ...pages,
    invalidate(slug, ['count_tickets', 'list_proposals', 'ticket_purchases', 'get_customer']),
  ]);
}

/** One after the other: what two find out at once does not fit together. */
let refreshed: Promise<unknown> = Promise.resolve();

function refreshPages(
  slug: string,
  queryKey: readonly unknown[],
  changed: ReadonlySet<string>,
): Promise<void> {
  const source = queryKey.at(-1) as Source;
  const run = refreshed.then(async () => {
    const data = queryClient.getQueryData<Pages>(queryKey);
    if (!data) return;
    const again = await readAgain(data, changed, (cursor) => readPage(slug, source, cursor));
    queryClient.setQueryData<Pages>(queryKey, (now) => {
      if (!now) return now;
      // What was scrolled to meanwhile follows, where the end of the list is still the same.
      const since = data.pages.length;
      const goesOn = again.pages.at(-1)?.next === now.pageParams[since];
      return {
        pages: [...again.pages, ...(goesOn ? now.pages.slice(since) : [])],
        pageParams: [...again.pageParams, ...(goesOn ? now.pageParams.slice(since) : [])],
      };
    });
  });
  // What cannot be read now is read with the next hint.
  refreshed = run.catch(() => undefined);
  return refreshed as Promise<void>;
}

function useListener(slug: string) {
  return useMemo(() => {
    let waiting: Set<string> | undefined;
    const refresh = (ticketId: string) => {
      if (waiting) {
        waiting.add(ticketId);
        return;
      }
      waiting = new Set([ticketId]);
      setTimeout(() => {
        const changed = waiting!;
        waiting = undefined;
        refreshLists(slug, changed).catch(() => undefined);
      }, settleMs);
    };
    return {
      ticket: (ticketId: string) => {
        // What one does oneself asks for it when it is done.
        if (!isBusy(ticketId))
          void queryClient.invalidateQueries({ queryKey: operationKey(slug, 'get_ticket', { ticketId }) });
        refresh(ticketId);
      },
      again: () => {
        void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] !== listKey(slug)[1] });
        refresh('');
      },
    };
  }, [slug]);
}
