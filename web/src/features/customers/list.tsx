/** All customers, the newest first, or those that one looks for. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useDeferredValue } from 'react';
import { call, type OutputOf } from '../../api/call.ts';
import { operationKey } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Badge, Empty, Loading, Page, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { calledOf } from './link.tsx';

const route = getRouteApi('/app/$workspace/customers');

type Customer = OutputOf<'list_customers'>['customers'][number];

function useCustomers(query: string) {
  const { slug } = useWorkspace();
  return useInfiniteQuery({
    queryKey: [...operationKey(slug, 'list_customers'), 'pages', query],
    queryFn: ({ pageParam, signal }) =>
      call(
        slug,
        'list_customers',
        { limit: 50, ...(query && { query }), ...(pageParam && { after: pageParam }) },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
}

export function CustomersPage() {
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const found = useCustomers(useDeferredValue(q.trim()));
  const customers = found.data?.pages.flatMap((page) => page.customers) ?? [];
  return (
    <Page title={t('nav.customers')}>
      <input
        type="search"
        value={q}
        maxLength={200}
        aria-label={t('customers.search')}
        placeholder={t('customers.search')}
        onChange={({ target }) =>
          void navigate({ search: target.value ? { q: target.value } : {}, replace: true })
        }
        className="mb-3 h-9 w-full rounded-md border border-line bg-panel px-2 placeholder:text-muted"
      />
      {found.error && (
        <p role="alert" className="text-bad">
          {found.error.message}
        </p>
      )}
      {found.isPending && <Loading />}
      {found.data && customers.length === 0 && (
        <Empty>{t(q.trim() ? 'customers.none' : 'customers.noneAtAll')}</Empty>
      )}
      {customers.length > 0 && (
        <ul
          aria-label={t('customers.list')}
          className="divide-y divide-line rounded-lg border border-line bg-panel"
        >
          {customers.map((customer) => (
            <Line key={customer.id} customer={customer} />
          ))}
        </ul>
      )}
      {found.hasNextPage && (
        <Button
          size="small"
          className="mt-3"
          disabled={found.isFetchingNextPage}
          onClick={() => void found.fetchNextPage()}
        >
          {t('common.more')}
        </Button>
      )}
    </Page>
  );
}

function Line({ customer }: { customer: Customer }) {
  const { slug } = useWorkspace();
  return (
    <li>
      <Link
        to="/app/$workspace/customers/$customer"
        params={{ workspace: slug, customer: customer.id }}
        className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 overflow-hidden px-3 py-2 hover:bg-sunken"
      >
        <span className="min-w-0 flex-1 basis-56">
          <bdi className="font-medium break-words">{calledOf(customer)}</bdi>
          {customer.name && (
            <span className="block break-words text-muted sm:ml-2 sm:inline">{customer.email}</span>
          )}
        </span>
        <Badges customer={customer} />
        <span className="text-xs text-muted">
          <Time at={customer.createdAt} />
        </span>
      </Link>
    </li>
  );
}

export const Badges = ({ customer }: { customer: Customer }) => (
  <span className="flex flex-wrap gap-1">
    {customer.blocked && <Badge tone="bad">{t('customers.blocked')}</Badge>}
    {customer.email && !customer.emailVerified && <Badge tone="warn">{t('customers.unverified')}</Badge>}
    {customer.erased && <Badge>{t('customers.erased')}</Badge>}
  </span>
);
