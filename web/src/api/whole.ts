import { useQuery } from '@tanstack/react-query';
import { useWorkspace } from '../app/workspace.ts';
import { call, type InputOf, type OutputOf } from './call.ts';
import { operationKey } from './queries.ts';

type Listing = 'list_saved_replies' | 'list_macros' | 'list_issues';

/** Pages of 50: beyond that nobody chooses from a list. */
const maxPages = 40;

/** A list that is chosen from, all of it. Undefined until it is there. */
export function useWhole<N extends Listing, Line>(
  operation: N,
  lines: (page: OutputOf<N>) => readonly Line[],
): readonly Line[] | undefined {
  const { slug } = useWorkspace();
  return useQuery({
    queryKey: [...operationKey(slug, operation), 'whole'],
    queryFn: async ({ signal }) => {
      const found: Line[] = [];
      let after: string | null | undefined;
      for (let page = 0; page < maxPages; page++) {
        const input = { limit: 50, ...(after && { after }) } as InputOf<N>;
        const answer: OutputOf<N> = await call(slug, operation, input, signal);
        found.push(...lines(answer));
        after = answer.next;
        if (!after) break;
      }
      return found;
    },
  }).data;
}
