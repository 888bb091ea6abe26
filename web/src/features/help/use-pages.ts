import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { call, type InputOf, type OutputOf } from '../../api/call.ts';
import { operationKey } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';

export type Listing = 'list_articles' | 'list_issues' | 'list_changelog' | 'list_issue_tickets';

/** A list that is read page by page. `lines` picks them out of a page. */
export function usePages<N extends Listing, Line>(
  operation: N,
  input: Omit<InputOf<N>, 'after' | 'limit'>,
  lines: (page: OutputOf<N>) => readonly Line[],
) {
  const { slug } = useWorkspace();
  const found = useInfiniteQuery({
    queryKey: [...operationKey(slug, operation), 'pages', input],
    queryFn: ({ pageParam, signal }) =>
      call(
        slug,
        operation,
        { ...input, limit: 50, ...(pageParam && { after: pageParam }) } as InputOf<N>,
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
  const { data, hasNextPage, isPending, error, fetchNextPage } = found;
  return {
    // biome-ignore lint/correctness/useExhaustiveDependencies: `lines` is a constant of who calls
    lines: useMemo(() => data?.pages.flatMap((page) => [...lines(page as OutputOf<N>)]) ?? [], [data]),
    more: hasNextPage,
    loading: isPending,
    error,
    loadMore: () => void fetchNextPage(),
  };
}
