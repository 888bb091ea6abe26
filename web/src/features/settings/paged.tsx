/** Lists that go on: page after page, as one asks for more. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { call, type InputOf, type OutputOf } from '../../api/call.ts';
import { operationKey } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Loading } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';

type Paged =
  | 'list_saved_replies'
  | 'list_macros'
  | 'list_rules'
  | 'list_rule_runs'
  | 'list_credentials'
  | 'list_tags'
  | 'list_audit';

export function usePaged<N extends Paged>(operation: N, input: InputOf<N>) {
  const { slug } = useWorkspace();
  const query = useInfiniteQuery({
    queryKey: [...operationKey(slug, operation), 'pages', input],
    queryFn: ({ pageParam, signal }): Promise<OutputOf<N>> => {
      const from = pageParam && { [operation === 'list_audit' ? 'cursor' : 'after']: pageParam };
      return call(slug, operation, { ...input, limit: 50, ...from } as InputOf<N>, signal);
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
  return {
    pages: query.data?.pages ?? [],
    /** Stands below the list. */
    foot: query.isPending ? (
      <Loading />
    ) : query.error ? (
      <p className="text-bad" role="alert">
        {query.error.message}
      </p>
    ) : query.hasNextPage ? (
      <Button size="small" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {t('common.more')}
      </Button>
    ) : null,
    isEmpty: !query.isPending && !query.error && !query.hasNextPage,
  };
}
