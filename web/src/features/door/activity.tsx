import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useRead } from '../../api/queries.ts';
import { Loading, Panel } from '../../components/page.tsx';
import { Bars, fewSeries, Lines, type Series, Shares } from '../../components/plot.tsx';
import { clockTime, dayIn, dollars, type MessageKey, number, t } from '../../messages/messages.ts';
import { type Span, spans } from './search.ts';

const route = getRouteApi('/app/$workspace/door');
type Activity = OutputOf<'door_activity'>;

/** The figures are asked for again while one looks; those of many days change little, and cost more to add up. */
const refreshMs = { day: 5_000, week: 30_000, month: 60_000, year: 300_000 };

export function ActivityTab() {
  const { span = 'day' } = route.useSearch();
  const { data, error } = useRead('door_activity', { span }, { refetchInterval: refreshMs[span] });
  return (
    <>
      <SpanChoice span={span} />
      {error && !data && <p className="text-bad">{error.message}</p>}
      {!data && !error && <Loading />}
      {data && <Shown activity={data} />}
    </>
  );
}

function SpanChoice({ span }: { span: Span }) {
  const navigate = route.useNavigate();
  return (
    <fieldset className="mb-3 flex w-fit overflow-hidden rounded-md border border-line">
      <legend className="sr-only">{t('door.span')}</legend>
      {spans.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === span}
          onClick={() => void navigate({ search: (before) => ({ ...before, span: one }) })}
          className={`px-3 py-1 ${one === span ? 'bg-accent-soft font-medium' : 'bg-panel hover:bg-sunken'}`}
        >
          {t(`door.span.${one}`)}
        </button>
      ))}
    </fieldset>
  );
}

function Shown({ activity }: { activity: Activity }) {
  const { funnel, refusals, voids, starts, unit, timeZone, tools, revenue } = activity;
  const labels = starts.map((start) => (unit === 'hour' ? clockTime(start) : dayIn(start, timeZone)));
  const earned = revenue.reduce((sum, one) => sum + BigInt(one.amountAtomic), 0n);
  const queued = tools.reduce((sum, tool) => sum + tool.queued.reduce((all, one) => all + one, 0), 0);
  const refused = refusals.reduce((sum, { count }) => sum + count, 0);
  const empty = t('door.nothing');
  return (
    <>
      <dl className="mb-3 grid grid-cols-2 gap-2 md:grid-cols-4">
        <Tile name={t('door.earned')}>{dollars(String(earned))}</Tile>
        <Tile name={t('door.delivered')} hint={queued > 0 ? t('door.ofThemQueued', { count: queued }) : ''}>
          {number(funnel.delivered)}
        </Tile>
        <Tile name={t('door.challenged')}>{number(funnel.challenged)}</Tile>
        <Tile name={t('door.refused')}>{number(refused)}</Tile>
      </dl>
      <Panel>
        <Bars title={t('door.bought')} labels={labels} series={boughtOf(tools)} empty={empty} />
      </Panel>
      <div className="grid gap-x-4 lg:grid-cols-2">
        <Panel>
          <Bars title={t('door.asked')} labels={labels} series={askedOf(tools)} empty={empty} />
        </Panel>
        <Panel>
          <Lines
            title={t('door.revenue')}
            labels={labels}
            series={revenue.map(({ network, perBucketAtomic }) => ({
              name: network,
              values: addedUp(perBucketAtomic),
            }))}
            format={(atomic) => dollars(String(Math.round(atomic)))}
            empty={empty}
          />
        </Panel>
        <Panel>
          <Shares title={t('door.funnel')} rows={stepsOf(funnel)} empty={empty} />
        </Panel>
        <Panel>
          <Shares
            title={t('door.whyRefused')}
            rows={[
              ...refusals.map(({ reason, meaning, count }) => ({
                key: reason,
                name: reason,
                value: count,
                ...(meaning && { hint: meaning }),
              })),
              ...voids.map(({ reason, count }) => ({
                key: `void ${reason}`,
                name: reason,
                value: count,
                hint: t('door.void'),
              })),
            ]}
            empty={t('door.nothingRefused')}
          />
        </Panel>
      </div>
    </>
  );
}

const Tile = (props: { name: string; hint?: string; children: ReactNode }) => (
  <div className="rounded-lg border border-line bg-panel px-3 py-2">
    <dt className="text-xs text-muted">{props.name}</dt>
    <dd className="text-lg leading-6 font-semibold tabular-nums">
      {props.children}
      {props.hint && <span className="block text-xs leading-4 font-normal text-muted">{props.hint}</span>}
    </dd>
  </div>
);

const hasAny = ({ values }: Series) => values.some((value) => value > 0);

const boughtOf = (tools: Activity['tools']): readonly Series[] =>
  fewSeries(
    tools
      .map(({ operation, delivered, queued }) => ({
        name: operation,
        values: delivered.map((count, at) => count + queued[at]!),
      }))
      .filter(hasAny),
    t('door.others'),
  );

const askedOf = (tools: Activity['tools']): readonly Series[] =>
  fewSeries(
    tools.map(({ operation, challenged }) => ({ name: operation, values: challenged })).filter(hasAny),
    t('door.others'),
  );

function addedUp(atomic: readonly string[]): number[] {
  let sum = 0;
  return atomic.map((one) => {
    sum += Number(one);
    return sum;
  });
}

function stepsOf(funnel: Activity['funnel']) {
  const steps = ['challenged', 'paid', 'settled', 'delivered'] as const;
  return steps.map((step, at) => {
    const before = at === 0 ? 0 : funnel[steps[at - 1]!];
    const percent = before > 0 ? Math.round((funnel[step] / before) * 100) : undefined;
    return {
      key: step,
      name: t(`door.step.${step}` as MessageKey),
      value: funnel[step],
      ...(percent !== undefined && percent <= 100 && { aside: `${percent} %` }),
    };
  });
}
