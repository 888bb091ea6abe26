/** Lists that go on: page after page, as one asks for more. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { call, type InputOf, type OutputOf } from '../../api/call.ts';
import { operationKey } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';

type Paged = 'list_purchases' | 'list_wallets';

/** While one looks, what is shown is asked for again. */
const refreshMs = 10_000;

export function usePages<N extends Paged>(operation: N, input: InputOf<N>) {
  const { slug } = useWorkspace();
  return useInfiniteQuery({
    queryKey: [...operationKey(slug, operation), 'pages', input],
    queryFn: ({ pageParam, signal }): Promise<OutputOf<N>> =>
      call(slug, operation, { ...input, limit: 30, ...(pageParam && { cursor: pageParam }) }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: refreshMs,
  });
}
