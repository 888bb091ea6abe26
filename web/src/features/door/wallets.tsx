import { getRouteApi } from '@tanstack/react-router';
import { Button } from '../../components/button.tsx';
import { SelectField } from '../../components/field.tsx';
import { Empty, Loading, Time } from '../../components/page.tsx';
import { dollars, number, t } from '../../messages/messages.ts';
import { usePages } from './pages.ts';
import { standings } from './search.ts';
import { StandingBadge, shortened } from './shown.tsx';
import { Wallet } from './wallet.tsx';

const route = getRouteApi('/app/$workspace/door');

export function WalletsTab() {
  const { wallet } = route.useSearch();
  return wallet ? <Wallet key={wallet} address={wallet} /> : <List />;
}

function List() {
  const { standing } = route.useSearch();
  const navigate = route.useNavigate();
  const found = usePages('list_wallets', standing ? { standing } : {});
  const wallets = found.data?.pages.flatMap((page) => page.wallets) ?? [];
  return (
    <>
      <div className="max-w-52">
        <SelectField
          label={t('wallet.filter')}
          value={standing ?? ''}
          onChange={({ target }) => {
            const chosen = standings.find((one) => one === target.value);
            void navigate({ search: { tab: 'wallets', ...(chosen && { standing: chosen }) } });
          }}
        >
          <option value="">{t('door.all')}</option>
          {standings.map((one) => (
            <option key={one} value={one}>
              {t(`wallet.standing.${one}`)}
            </option>
          ))}
        </SelectField>
      </div>
      {found.error && <p className="text-bad">{found.error.message}</p>}
      {found.isPending && <Loading />}
      {found.data && wallets.length === 0 && <Empty>{t('wallet.none')}</Empty>}
      {wallets.length > 0 && <Table wallets={wallets} />}
      {found.hasNextPage && <Button onClick={() => void found.fetchNextPage()}>{t('common.more')}</Button>}
    </>
  );
}

type Line = NonNullable<
  ReturnType<typeof usePages<'list_wallets'>>['data']
>['pages'][number]['wallets'][number];

function Table({ wallets }: { wallets: readonly Line[] }) {
  const wide = 'hidden px-3 py-1.5 text-right tabular-nums sm:table-cell';
  return (
    <table className="mb-3 w-full border-collapse rounded-lg border border-line bg-panel">
      <caption className="sr-only">{t('door.tab.wallets')}</caption>
      <thead className="text-xs text-muted">
        <tr className="border-b border-line">
          <th scope="col" className="px-3 py-1.5 text-left font-normal">
            {t('wallet.address')}
          </th>
          <th scope="col" className="px-3 py-1.5 text-left font-normal">
            {t('wallet.standing')}
          </th>
          <th scope="col" className={`${wide} font-normal`}>
            {t('wallet.bought')}
          </th>
          <th scope="col" className="px-3 py-1.5 text-right font-normal">
            {t('wallet.spent')}
          </th>
          <th scope="col" className={`${wide} font-normal`}>
            {t('wallet.approvals')}
          </th>
          <th scope="col" className={`${wide} font-normal`}>
            {t('wallet.strikes')}
          </th>
          <th scope="col" className={`${wide} font-normal`}>
            {t('wallet.lastActive')}
          </th>
        </tr>
      </thead>
      <tbody>
        {wallets.map((one) => (
          <tr key={one.wallet} className="border-b border-line last:border-0 hover:bg-sunken">
            <td className="px-3 py-1.5">
              <route.Link
                to="."
                search={{ tab: 'wallets', wallet: one.wallet }}
                className="font-mono text-accent"
                title={one.wallet}
              >
                {shortened(one.wallet)}
              </route.Link>
            </td>
            <td className="px-3 py-1.5">
              <StandingBadge standing={one.standing} />{' '}
              {one.standingByHand && <span className="text-xs text-muted">{t('wallet.byHand')}</span>}
            </td>
            <td className={wide}>{number(one.purchasesDelivered)}</td>
            <td className="px-3 py-1.5 text-right tabular-nums">{dollars(one.spentAtomic)}</td>
            <td className={wide}>
              {t('wallet.ofDecided', {
                approved: one.proposalsApproved,
                decided: one.proposalsApproved + one.proposalsRejected,
              })}
            </td>
            <td className={wide}>{number(one.strikes)}</td>
            <td className={wide}>{one.lastActiveAt ? <Time at={one.lastActiveAt} /> : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
