/** One purchase: what happened when, what it waits for, and what can be done. */
import { getRouteApi } from '@tanstack/react-router';
import { ArrowLeft, ExternalLink } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct, useRead } from '../../api/queries.ts';
import { useActions } from '../../app/actions.tsx';
import { say, sayRefused } from '../../app/toasts.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Loading, Panel, Time } from '../../components/page.tsx';
import { TicketLink } from '../../components/ticket-link.tsx';
import { dollars, fullTime, t } from '../../messages/messages.ts';
import { ReasonDialog, StateBadge, shortened, waits } from './shown.tsx';

const route = getRouteApi('/app/$workspace/door');
type Details = OutputOf<'get_purchase_details'>;

/** What is under way moves while one looks. */
const refreshMs = 3_000;

export function Purchase({ purchaseId }: { purchaseId: string }) {
  const { data, error } = useRead('get_purchase_details', { purchaseId }, { refetchInterval: refreshMs });
  return (
    <>
      <route.Link
        to="."
        search={({ purchase: _, ...rest }: { purchase?: string }) => ({ ...rest, tab: 'purchases' as const })}
        className="mb-3 inline-flex items-center gap-1 text-accent"
      >
        <ArrowLeft size={14} aria-hidden />
        {t('purchase.back')}
      </route.Link>
      {error && !data && <p className="text-bad">{error.message}</p>}
      {!data && !error && <Loading />}
      {data && <Shown details={data} />}
    </>
  );
}

function Shown({ details }: { details: Details }) {
  const { purchase, timeline, lastError, refundNextAt } = details;
  return (
    <>
      <Panel>
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <h2 className="text-base font-semibold">
            {purchase.operation} · {dollars(purchase.amountAtomic)}
          </h2>
          <StateBadge state={purchase.state} />
        </div>
        {purchase.awaits && (
          <p className="mb-3 rounded-md border border-warn bg-warn-soft px-3 py-2 break-words text-warn">
            {waits(purchase)}
            {refundNextAt && (
              <>
                {' '}
                {t('purchase.refundNext')} <Time at={refundNextAt} />.
              </>
            )}
          </p>
        )}
        <Doing details={details} />
        <Facts details={details} />
      </Panel>
      <Panel title={t('purchase.timeline')}>
        <Timeline steps={timeline} />
        {lastError && (
          <p className="mt-2 text-xs text-muted">{t('purchase.lastError', { error: lastError })}</p>
        )}
      </Panel>
    </>
  );
}

/** What is owed is for owners to decide on. */
function Doing({ details: { may, purchase } }: { details: Details }) {
  const { role } = useWorkspace();
  const [asking, setAsking] = useState<'deliver' | 'refund'>();
  const touches = ['get_purchase_details', 'list_purchases'] as const;
  const deliver = useAct('deliver_purchase', touches);
  const refund = useAct('refund_purchase', touches);
  const decides = isAtLeast(role, 'owner');
  useActions(
    (decides ? may : []).map((one) => ({
      id: `purchase-${one}`,
      title: t(`purchase.do.${one}`),
      group: t('nav.door'),
      run: () => setAsking(one),
    })),
  );
  if (may.length === 0) return null;
  if (!decides) return <p className="mb-3 text-muted">{t('purchase.ownersDecide')}</p>;
  return (
    <div className="mb-3 flex gap-2">
      {may.map((one) => (
        <Button key={one} onClick={() => setAsking(one)}>
          {t(`purchase.do.${one}`)}
        </Button>
      ))}
      <ReasonDialog
        title={asking && t(`purchase.do.${asking}`)}
        {...(asking && { description: t(`purchase.about.${asking}`) })}
        onClose={() => setAsking(undefined)}
        onGiven={(reason) =>
          (asking === 'refund' ? refund : deliver).mutate(
            { purchaseId: purchase.purchaseId, reason },
            { onSuccess: () => say(t('purchase.asked')), onError: sayRefused },
          )
        }
      />
    </div>
  );
}

function Facts({ details: { purchase, standing, payTo, receiptId, proposal } }: { details: Details }) {
  return (
    <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
      <Fact name={t('wallet.address')}>
        <route.Link
          to="."
          search={{ tab: 'wallets', wallet: purchase.wallet }}
          className="font-mono break-all text-accent"
        >
          {purchase.wallet}
        </route.Link>{' '}
        <span className="text-xs text-muted">
          {t('purchase.stoodAs', { standing: t(`wallet.standing.${standing}`) })}
        </span>
      </Fact>
      <Fact name={t('purchase.payTo')}>
        <span className="font-mono break-all">{payTo}</span>
      </Fact>
      <Fact name={t('purchase.network')}>
        {purchase.network} <span className="text-xs text-muted">{purchase.caip2}</span>
      </Fact>
      {purchase.ticketId && (
        <Fact name={t('purchase.ticket')}>
          <TicketLink ticketId={purchase.ticketId} className="font-mono break-all">
            {purchase.ticketId}
          </TicketLink>
        </Fact>
      )}
      {proposal && (
        <Fact name={t('purchase.proposal')}>
          {t(`wallet.proposal.${proposal.state}`)}
          {proposal.reason && `: ${proposal.reason}`}
        </Fact>
      )}
      <Fact name={t('purchase.id')}>
        <span className="font-mono break-all">{purchase.purchaseId}</span>
      </Fact>
      {receiptId && (
        <Fact name={t('purchase.receipt')}>
          <span className="font-mono break-all">{receiptId}</span>
        </Fact>
      )}
    </dl>
  );
}

const Fact = (props: { name: string; children: ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-xs text-muted">{props.name}</dt>
    <dd>{props.children}</dd>
  </div>
);

type Step = Details['timeline'][number];

const dots: Partial<Record<Step['step'], string>> = {
  delivered: 'bg-good border-good',
  settled: 'bg-accent border-accent',
  owed: 'bg-warn border-warn',
  void: 'bg-bad border-bad',
  lost: 'bg-bad border-bad',
};

/** So long after the first. */
function later(from: string, at: string): string {
  const seconds = (Date.parse(at) - Date.parse(from)) / 1000;
  if (seconds < 1) return t('purchase.later', { time: `${Math.round(seconds * 1000)} ms` });
  if (seconds < 60) return t('purchase.later', { time: `${seconds.toFixed(1)} s` });
  const minutes = Math.round(seconds / 60);
  return minutes < 60
    ? t('purchase.later', { time: `${minutes} min` })
    : t('purchase.later', { time: `${Math.floor(minutes / 60)} h ${minutes % 60} min` });
}

/** A line with a point for each thing that happened. */
const Timeline = ({ steps }: { steps: readonly Step[] }) => (
  <ol className="ml-1.5 border-l-2 border-line">
    {steps.map(({ step, at, note, transaction, explorerUrl }, nth) => (
      <li key={`${step} ${at}`} className="relative pb-3 pl-4 last:pb-0">
        <span
          aria-hidden
          className={`absolute top-1 -left-[7px] size-3 rounded-full border-2 ${dots[step] ?? 'border-muted bg-panel'}`}
        />
        <span className="flex flex-wrap items-baseline justify-between gap-x-3">
          <span className="font-medium">{t(`purchase.step.${step}`)}</span>
          <span className="text-xs text-muted tabular-nums">
            {nth === 0 ? (
              <Time at={at} full />
            ) : (
              <time dateTime={at} title={fullTime(at)}>
                {later(steps[0]!.at, at)}
              </time>
            )}
          </span>
        </span>
        {note && <span className="block break-words text-muted">{note}</span>}
        {transaction && <Transaction {...{ transaction, explorerUrl }} />}
      </li>
    ))}
  </ol>
);

const Transaction = (props: { transaction: string; explorerUrl: string | undefined }) =>
  props.explorerUrl ? (
    <a
      href={props.explorerUrl}
      target="_blank"
      rel="noreferrer"
      className="inline-flex items-center gap-1 font-mono text-xs text-accent"
    >
      {shortened(props.transaction)}
      <ExternalLink size={12} aria-label={t('purchase.explorer')} />
    </a>
  ) : (
    <span className="font-mono text-xs break-all text-muted">{props.transaction}</span>
  );
