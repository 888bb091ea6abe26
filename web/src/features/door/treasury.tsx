import type { ReactNode } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useRead } from '../../api/queries.ts';
import { Badge, Empty, Panel, Time } from '../../components/page.tsx';
import { dollars, number, t } from '../../messages/messages.ts';

type Network = OutputOf<'get_treasury'>['networks'][number];

/** It is read for who asks, so the first answer comes before it was. */
const refreshMs = 3_000;

export function TreasuryTab() {
  const { data, error } = useRead('get_treasury', {}, { refetchInterval: refreshMs });
  if (error && !data) return <p className="text-bad">{error.message}</p>;
  if (!data?.at)
    return (
      <p className="p-6 text-center text-muted" role="status">
        {t('treasury.reading')}
      </p>
    );
  const { at, alerts, networks } = data;
  return (
    <>
      {alerts.length > 0 && (
        <ul className="mb-4 rounded-lg border border-warn bg-warn-soft px-4 py-2 text-warn">
          {alerts.map((alert) => (
            <li key={alert}>{alert}</li>
          ))}
        </ul>
      )}
      {networks.length === 0 && <Empty>{t('treasury.none')}</Empty>}
      {networks.map((network) => (
        <OneNetwork key={network.network} network={network} />
      ))}
      <p className="text-xs text-muted">
        {t('treasury.asOf')} <Time at={at} full />
      </p>
    </>
  );
}

function OneNetwork({ network }: { network: Network }) {
  const { reached, payTo, float, queued, sent } = network;
  return (
    <Panel
      title={network.network}
      aside={
        <Badge tone={reached ? 'good' : 'bad'}>
          {t(reached ? 'treasury.reached' : 'treasury.notReached')}
        </Badge>
      }
    >
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
        <Figure name={t('treasury.revenue')} hint={t('treasury.purchases', { count: network.purchases })}>
          {dollars(network.revenueAtomic)}
        </Figure>
        <Figure
          name={t('treasury.fees')}
          hint={network.feePerPayment ? t('treasury.perPayment', { fee: coins(network.feePerPayment) }) : ''}
        >
          {network.feesEstimate ? `≈ ${coins(network.feesEstimate)}` : '–'}
        </Figure>
        <Figure name={t('treasury.owes')} hint={t('treasury.purchases', { count: network.owed })}>
          {dollars(network.owesAtomic)}
        </Figure>
        <Figure name={t('treasury.inDoubt')}>{number(network.inDoubt)}</Figure>
        <Figure name={t('treasury.queue')} hint={t('treasury.sent', { count: sent })}>
          {number(queued)}
        </Figure>
        <Figure name={t('treasury.float')} hint={t('treasury.floatHint')}>
          {float?.balanceAtomic ? dollars(float.balanceAtomic) : '–'}
        </Figure>
        {network.gasBudget && (
          <Figure
            name={t('treasury.gasBudget')}
            hint={t('treasury.ofBudget', { budget: coins(network.gasBudget.perDay) })}
          >
            {coins(network.gasBudget.spent)}
          </Figure>
        )}
      </dl>
      <h3 className="mt-4 mb-1 text-xs text-muted">{t('treasury.addresses')}</h3>
      <ul className="flex flex-col gap-1">
        {payTo && <Address name={t('purchase.payTo')} address={payTo} />}
        {float && <Address name={t('treasury.float')} address={float.address} />}
        {network.hotKeys.map(({ address, balance, coversPayments }) => (
          <Address
            key={address}
            name={t('treasury.hotKey')}
            address={address}
            aside={
              balance === null
                ? t('treasury.unknown')
                : coversPayments === null
                  ? coins(balance)
                  : t('treasury.covers', { balance: coins(balance), count: coversPayments })
            }
          />
        ))}
      </ul>
    </Panel>
  );
}

/** Of a coin's eighteen places the first few that say something. */
const coins = (amount: string): string =>
  Number(amount).toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 3 });

const Figure = (props: { name: string; hint?: string; children: ReactNode }) => (
  <div>
    <dt className="text-xs text-muted">{props.name}</dt>
    <dd>
      <span className="text-base font-semibold tabular-nums">{props.children}</span>
      {props.hint && <span className="block text-xs text-muted">{props.hint}</span>}
    </dd>
  </div>
);

const Address = (props: { name: string; address: string; aside?: string }) => (
  <li className="flex flex-wrap items-baseline gap-x-3">
    <span className="w-28 shrink-0">{props.name}</span>
    <span className="font-mono text-xs break-all">{props.address}</span>
    {props.aside && <span className="text-xs text-muted">{props.aside}</span>}
  </li>
);
