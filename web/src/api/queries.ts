/** What is asked of the server and kept: one key an operation, workspace and input. */
import {
  QueryClient,
  type QueryKey,
  queryOptions,
  useMutation,
  useQuery,
  useSuspenseQuery,
} from '@tanstack/react-query';
import { useWorkspace } from '../app/workspace.ts';
import { call, type InputOf, type OperationName, type OutputOf, Refusal, readSession } from './call.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What was refused is refused again.
      // What was only out of reach comes back by itself.
      refetchInterval: ({ state: { error } }) =>
        error instanceof Refusal && (error.code === 'offline' || error.status >= 502) ? 5_000 : false,
      retry: (failures, error) => error instanceof Refusal && error.code === 'offline' && failures < 3,
    },
  },
});

export const sessionQuery = queryOptions({ queryKey: ['session'], queryFn: readSession, staleTime: 60_000 });

export const operationKey = <N extends OperationName>(
  workspace: string,
  operation: N,
  input?: InputOf<N>,
): QueryKey => (input === undefined ? [workspace, operation] : [workspace, operation, input]);

/** A read as a query. */
export const operationQuery = <N extends OperationName>(workspace: string, operation: N, input: InputOf<N>) =>
  queryOptions<OutputOf<N>>({
    queryKey: operationKey(workspace, operation, input),
    queryFn: ({ signal }) => call(workspace, operation, input, signal),
  });

/** A read in the workspace that is open. */
export function useRead<N extends OperationName>(
  operation: N,
  input: InputOf<N>,
  options: { enabled?: boolean; refetchInterval?: number } = {},
) {
  return useQuery({ ...operationQuery(useWorkspace().slug, operation, input), ...options });
}

/** The same where a page cannot do without it: the page's boundary shows that it loads, or what was refused. */
export function useNeeded<N extends OperationName>(operation: N, input: InputOf<N>): OutputOf<N> {
  return useSuspenseQuery(operationQuery(useWorkspace().slug, operation, input)).data;
}

/** An operation with an effect. `touches`: the reads that it makes stale. */
export function useAct<N extends OperationName>(operation: N, touches: readonly OperationName[] = []) {
  const { slug } = useWorkspace();
  return useMutation<OutputOf<N>, Refusal, InputOf<N>>({
    mutationFn: (input) => call(slug, operation, input),
    onSuccess: () => invalidate(slug, touches),
    // What was changed by somebody else is shown as it is.
    onError: ({ code }) => (code === 'conflict' ? invalidate(slug, touches) : undefined),
  });
}

/** Has reads asked again. */
export const invalidate = (workspace: string, operations: readonly OperationName[]): Promise<unknown> =>
  Promise.all(
    operations.map((operation) =>
      queryClient.invalidateQueries({ queryKey: operationKey(workspace, operation) }),
    ),
  );
