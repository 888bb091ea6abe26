import { getRouteApi } from '@tanstack/react-router';
import { Button } from '../../components/button.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Loading } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { usePages } from './pages.ts';
import { Purchase } from './purchase.tsx';
import { PurchaseTable } from './purchase-table.tsx';
import { type DoorSearch, purchaseViews } from './search.ts';

const route = getRouteApi('/app/$workspace/door');

export function PurchasesTab() {
  const { purchase } = route.useSearch();
  return purchase ? <Purchase key={purchase} purchaseId={purchase} /> : <List />;
}

function filterOf({ show, wallet, tool }: DoorSearch) {
  const state = show && show !== 'in_doubt' && show !== 'owed' ? { state: show } : {};
  return {
    ...state,
    ...((show === 'in_doubt' || show === 'owed') && { only: show }),
    ...(wallet && { wallet }),
    ...(tool && { operation: tool }),
  };
}

function List() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const found = usePages('list_purchases', filterOf(search));
  const purchases = found.data?.pages.flatMap((page) => page.purchases) ?? [];
  return (
    <>
      <form
        className="grid grid-cols-2 gap-x-3 sm:grid-cols-[12rem_12rem_1fr_auto] sm:items-start"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const [tool, wallet] = ['tool', 'wallet'].map((name) => String(form.get(name) ?? '').trim());
          void navigate({
            search: ({ show }) => ({
              tab: 'purchases',
              ...(show && { show }),
              ...(tool && { tool }),
              ...(wallet && { wallet }),
            }),
          });
        }}
      >
        <SelectField
          label={t('purchase.filter')}
          value={search.show ?? ''}
          onChange={({ target }) => {
            const show = purchaseViews.find((one) => one === target.value);
            void navigate({ search: ({ show: _, ...rest }) => ({ ...rest, ...(show && { show }) }) });
          }}
        >
          <option value="">{t('door.all')}</option>
          {purchaseViews.map((one) => (
            <option key={one} value={one}>
              {t(one === 'in_doubt' ? 'purchase.inDoubt' : `purchase.state.${one}`)}
            </option>
          ))}
        </SelectField>
        <TextField label={t('purchase.tool')} name="tool" defaultValue={search.tool ?? ''} maxLength={64} />
        <TextField
          label={t('wallet.address')}
          name="wallet"
          defaultValue={search.wallet ?? ''}
          maxLength={64}
          className="font-mono"
        />
        <Button type="submit" className="mt-6.5 mb-3">
          {t('purchase.find')}
        </Button>
      </form>
      {found.error && <p className="text-bad">{found.error.message}</p>}
      {found.isPending && <Loading />}
      {found.data && <PurchaseTable purchases={purchases} />}
      {found.hasNextPage && (
        <Button className="mt-3" onClick={() => void found.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </>
  );
}
