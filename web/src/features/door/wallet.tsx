/** One wallet: how it stands, what it did, and a hand on it. */
import { getRouteApi } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct, useRead } from '../../api/queries.ts';
import { useActions } from '../../app/actions.tsx';
import { say, sayRefused } from '../../app/toasts.tsx';
import { Button } from '../../components/button.tsx';
import { Badge, Loading, Panel, Time } from '../../components/page.tsx';
import { Share } from '../../components/plot.tsx';
import { TicketLink } from '../../components/ticket-link.tsx';
import { dollars, type MessageKey, number, t } from '../../messages/messages.ts';
import { usePeople } from '../inbox/people.ts';
import { PurchaseTable } from './purchase-table.tsx';
import { CopyButton, ReasonDialog, StandingBadge } from './shown.tsx';

const route = getRouteApi('/app/$workspace/door');
type Whole = OutputOf<'get_wallet'>;
type Change = 'promote' | 'demote' | 'block' | 'unblock' | 'reset';

export function Wallet({ address }: { address: string }) {
  const { data, error } = useRead('get_wallet', { wallet: address });
  return (
    <>
      <route.Link
        to="."
        search={{ tab: 'wallets' }}
        className="mb-3 inline-flex items-center gap-1 text-accent"
      >
        <ArrowLeft size={14} aria-hidden />
        {t('wallet.back')}
      </route.Link>
      {error && <p className="text-bad">{error.message}</p>}
      {!data && !error && <Loading />}
      {data && <Shown wallet={data} />}
    </>
  );
}

/** What may be done to one that stands so; the server has the last word. */
function changesFor({ standing, standingByHand }: Pick<Whole, 'standing' | 'standingByHand'>): Change[] {
  if (standing === 'blocked') return ['unblock'];
  return [
    ...(standing === 'trusted' ? [] : (['promote'] as const)),
    ...(standing === 'new' ? [] : (['demote'] as const)),
    'block',
    ...(standingByHand ? (['reset'] as const) : []),
  ];
}

const keysOf: Partial<Record<Change, string>> = { promote: 'p', block: 'b', unblock: 'b' };

function Shown({ wallet }: { wallet: Whole }) {
  const [asking, setAsking] = useState<Change>();
  const act = useAct('set_wallet_standing', ['get_wallet', 'list_wallets']);
  const { standing, standingByHand } = wallet;
  const changes = changesFor(wallet);
  useActions(
    changes.map((one) => ({
      id: `wallet-${one}`,
      title: t(`wallet.change.${one}`),
      group: t('nav.door'),
      ...(keysOf[one] && { keys: keysOf[one] }),
      run: () => setAsking(one),
    })),
  );
  const change = (reason: string) => {
    if (!asking) return;
    act.mutate(
      { wallet: wallet.wallet, change: asking, reason },
      {
        onSuccess: ({ to }) => say(t('wallet.changed', { standing: t(`wallet.standing.${to}`) })),
        onError: sayRefused,
      },
    );
  };
  return (
    <>
      <Panel>
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="min-w-0 font-mono font-semibold break-all">{wallet.wallet}</h2>
          <CopyButton text={wallet.wallet} />
          <StandingBadge standing={standing} />
          {standingByHand && <Badge>{t('wallet.byHand')}</Badge>}
          <span className="flex-1" />
          {changes.map((one) => (
            <Button key={one} look={one === 'block' ? 'danger' : 'plain'} onClick={() => setAsking(one)}>
              {t(`wallet.change.${one}`)}
            </Button>
          ))}
        </div>
        <Figures wallet={wallet} />
      </Panel>
      <div className="grid gap-x-4 lg:grid-cols-2">
        <Caps caps={standing === 'blocked' ? [] : wallet.caps} />
        <Audit entries={wallet.audit} />
      </div>
      <Panel title={t('wallet.purchases')}>
        <PurchaseTable purchases={wallet.purchases} />
      </Panel>
      <Proposals proposals={wallet.proposals} />
      <ReasonDialog
        title={asking && t(`wallet.change.${asking}`)}
        {...(asking && { description: t(`wallet.about.${asking}`) })}
        onClose={() => setAsking(undefined)}
        onGiven={change}
      />
    </>
  );
}

function Figures({ wallet }: { wallet: Whole }) {
  return (
    <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-5">
      <Figure name={t('wallet.bought')}>{number(wallet.purchasesDelivered)}</Figure>
      <Figure name={t('wallet.spent')}>{dollars(wallet.spentAtomic)}</Figure>
      <Figure name={t('wallet.approvals')}>
        {t('wallet.ofDecided', {
          approved: wallet.proposalsApproved,
          decided: wallet.proposalsApproved + wallet.proposalsRejected,
        })}
      </Figure>
      <Figure name={t('wallet.strikes')}>{number(wallet.strikes)}</Figure>
      <Figure name={t('wallet.firstSeen')}>
        <Time at={wallet.firstSeenAt} />
      </Figure>
    </dl>
  );
}

const Figure = (props: { name: string; children: ReactNode }) => (
  <div>
    <dt className="text-xs text-muted">{props.name}</dt>
    <dd className="font-medium tabular-nums">{props.children}</dd>
  </div>
);

function Caps({ caps }: Pick<Whole, 'caps'>) {
  return (
    <Panel title={t('wallet.caps')}>
      {caps.length === 0 && <p className="text-muted">{t('wallet.mayNothing')}</p>}
      {caps.map((one) => (
        <Cap key={`${one.of} ${one.cap}`} {...one} />
      ))}
    </Panel>
  );
}

/** How much of one is used. */
function Cap({ cap, of, limit, left, freesAt }: Whole['caps'][number]) {
  const name = t(`wallet.cap.${cap}`);
  const money = cap === 'usd_per_day' ? '$' : '';
  const used = Math.max(0, Number(limit) - Number(left));
  return (
    <div className="mb-2">
      <span className="flex justify-between gap-2">
        <span>{of === 'wallet' ? name : `${name} · ${t('wallet.ofAllNew')}`}</span>
        <span className="text-right tabular-nums">
          {t('wallet.left', { left: `${money}${left}`, limit: `${money}${limit}` })}
        </span>
      </span>
      <Share part={Number(limit) > 0 ? used / Number(limit) : 1} className="h-1" />
      {freesAt && (
        <span className="text-xs text-muted">
          {t('wallet.frees')} <Time at={freesAt} />
        </span>
      )}
    </div>
  );
}

function Audit({ entries }: { entries: Whole['audit'] }) {
  const { nameOf } = usePeople();
  const by = (actor: string) =>
    actor.startsWith('operator:')
      ? nameOf(actor.slice('operator:'.length))
      : t(actor === 'rules' ? 'wallet.byRules' : 'wallet.byPostern');
  return (
    <Panel title={t('wallet.audit')}>
      {entries.length === 0 && <p className="text-muted">{t('wallet.noAudit')}</p>}
      <ol className="flex max-h-64 flex-col gap-2 overflow-auto">
        {entries.map((entry) => (
          <li key={`${entry.at} ${entry.action}`}>
            <span className="flex justify-between gap-2">
              <span>{entryText(entry)}</span>
              <span className="text-xs text-muted">
                <Time at={entry.at} />
              </span>
            </span>
            <span className="block text-xs break-words text-muted">
              {entry.reason} · {by(entry.actor)}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** What was done to it, in words. */
const entryText = ({ action, from, to }: Whole['audit'][number]): string =>
  from && to && from !== to
    ? t('wallet.fromTo', {
        from: t(`wallet.standing.${from}` as MessageKey),
        to: t(`wallet.standing.${to}` as MessageKey),
      })
    : t(`wallet.action.${action}` as MessageKey);

const proposalTones = { waiting: 'accent', approved: 'good', rejected: 'bad', dropped: 'plain' } as const;

function Proposals({ proposals }: Pick<Whole, 'proposals'>) {
  return (
    <Panel title={t('wallet.proposals')}>
      {proposals.length === 0 && <p className="text-muted">{t('wallet.noProposals')}</p>}
      <ul>
        {proposals.map(({ proposalId, operation, ticketId, state, reason, createdAt }) => (
          <li
            key={proposalId}
            className="flex flex-wrap items-center gap-2 border-b border-line py-1.5 last:border-0"
          >
            <Badge tone={proposalTones[state]}>{t(`wallet.proposal.${state}`)}</Badge>
            <code>{operation}</code>
            {reason && <span className="text-muted">{reason}</span>}
            <span className="flex-1" />
            {ticketId && <TicketLink ticketId={ticketId}>{t('door.openTicket')}</TicketLink>}
            <span className="text-xs text-muted">
              <Time at={createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
