/** What the desk came to between two days. */
import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import type { OutputOf } from '../../api/call.ts';
import { useNeeded, useRead } from '../../api/queries.ts';
import { useActions } from '../../app/actions.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Loading, Page, Panel } from '../../components/page.tsx';
import { Lines, Shares } from '../../components/plot.tsx';
import { number, t } from '../../messages/messages.ts';
import { csvOf, download } from './csv.ts';
import { duration, percent, shownDay } from './format.ts';
import { dayOf, type Group, groups, lastDays } from './search.ts';
import { FiguresTable } from './table.tsx';

const route = getRouteApi('/app/$workspace/reports');

type Report = OutputOf<'report'>;

const spans = [7, 30, 90] as const;
const maxDays = 366;
const dayMs = 86_400_000;

export function ReportsPage() {
  const search = route.useSearch();
  // Days are the desk's, whatever day it is for who reads.
  const { timeZone } = useNeeded('get_desk_settings', {});
  const today = dayOf(new Date(), timeZone);
  const { from, to, by = 'day' } = { ...lastDays(30, today), ...search };
  const length = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  const wrong = length < 1 ? t('report.backwards') : length > maxDays ? t('report.tooLong') : undefined;
  const { data, error } = useRead('report', { from, to, by }, { enabled: !wrong });
  const { slug } = useWorkspace();
  const keep = data && (() => download(`${slug} ${from} ${to} by ${by}.csv`, csvOf(data.rows)));
  useActions(
    keep ? [{ id: 'report-csv', title: t('report.download'), group: t('report.group'), run: keep }] : [],
  );
  return (
    <Page
      title={t('nav.reports')}
      aside={
        <Button onClick={keep} disabled={!keep}>
          <Download size={16} aria-hidden /> {t('report.download')}
        </Button>
      }
    >
      <Choice {...{ from, to, by, today }} />
      {wrong || error ? (
        <p role="alert" className="text-bad">
          {wrong ?? error?.message}
        </p>
      ) : data ? (
        <Shown report={data} by={by} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function Choice({ from, to, by, today }: { from: string; to: string; by: Group; today: string }) {
  const navigate = route.useNavigate();
  const box = 'h-8 rounded-md border border-line bg-panel px-2';
  const go = (next: { from?: string; to?: string; by?: Group }) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  return (
    <div className="mb-4 flex flex-wrap items-end gap-x-3 gap-y-2">
      <fieldset className="flex flex-wrap gap-1" aria-label={t('report.span')}>
        {spans.map((days) => {
          const span = lastDays(days, today);
          const isChosen = span.from === from && span.to === to;
          return (
            <Button
              key={days}
              aria-pressed={isChosen}
              className={isChosen ? 'bg-accent-soft! font-semibold' : ''}
              onClick={() => go(span)}
            >
              {t('report.last', { days })}
            </Button>
          );
        })}
      </fieldset>
      {(['from', 'to'] as const).map((end) => (
        <label key={end} className="flex items-center gap-1.5">
          {t(`report.${end}`)}
          <input
            type="date"
            className={box}
            value={end === 'from' ? from : to}
            onChange={({ target }) => target.value && go({ [end]: target.value })}
          />
        </label>
      ))}
      <label className="flex items-center gap-1.5">
        {t('report.by')}
        <select className={box} value={by} onChange={({ target }) => go({ by: target.value as Group })}>
          {groups.map((group) => (
            <option key={group} value={group}>
              {t(`report.by.${group}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Shown({ report, by }: { report: Report; by: Group }) {
  return (
    <>
      <Totals total={report.total} />
      <div className="grid gap-x-4 lg:grid-cols-2">
        {by === 'day' ? <ByDay rows={report.rows} /> : <ByGroup rows={report.rows} by={by} />}
      </div>
      <FiguresTable report={report} by={by} />
      <p className="mt-2 text-xs text-muted">{t('report.zone', { zone: report.timeZone })}</p>
    </>
  );
}

function Totals({ total }: { total: Report['total'] }) {
  const { firstResponse, resolution, satisfaction } = total;
  const due = firstResponse.due + resolution.due;
  const kept = firstResponse.kept + resolution.kept;
  const tiles = [
    { name: t('report.opened'), value: number(total.opened) },
    { name: t('report.resolved'), value: number(resolution.count) },
    { name: t('report.backlog'), value: number(total.backlog) },
    {
      name: t('report.firstResponseMedian'),
      value: duration(firstResponse.medianMinutes),
      aside: firstResponse.count > 0 && t('report.p90', { time: duration(firstResponse.p90Minutes) }),
    },
    {
      name: t('report.resolutionMedian'),
      value: duration(resolution.medianMinutes),
      aside: resolution.count > 0 && t('report.p90', { time: duration(resolution.p90Minutes) }),
    },
    {
      name: t('report.kept'),
      value: percent(due === 0 ? null : kept / due),
      aside: due > 0 && t('report.ofCount', { part: number(kept), whole: number(due) }),
    },
    {
      name: t('report.satisfaction'),
      value: percent(satisfaction.goodShare),
      aside:
        satisfaction.count > 0 &&
        t('report.ofCount', { part: number(satisfaction.good), whole: number(satisfaction.count) }),
    },
  ];
  return (
    <dl className="mb-4 grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-4 lg:grid-cols-7">
      {tiles.map(({ name, value, aside }) => (
        <div key={name} className="bg-panel p-3 last:col-span-2 lg:last:col-span-1">
          <dt className="text-xs text-muted">{name}</dt>
          <dd className="text-xl font-semibold tabular-nums">{value}</dd>
          {aside && <dd className="text-xs text-muted">{aside}</dd>}
        </div>
      ))}
    </dl>
  );
}

const hours = (minutes: number | null): number | null =>
  minutes === null ? null : Math.round(minutes / 6) / 10;

function ByDay({ rows }: { rows: Report['rows'] }) {
  const labels = rows.map(({ key }) => shownDay(key ?? ''));
  const empty = t('report.nothing');
  const plots = [
    {
      title: t('report.flow'),
      series: [
        { name: t('report.opened'), values: rows.map(({ opened }) => opened) },
        { name: t('report.resolved'), values: rows.map(({ resolution }) => resolution.count) },
      ],
    },
    {
      title: t('report.backlogByDay'),
      series: [{ name: t('report.backlog'), values: rows.map(({ backlog }) => backlog) }],
    },
    {
      title: t('report.speed'),
      className: 'lg:col-span-2',
      series: [
        {
          name: t('report.firstResponse'),
          values: rows.map(({ firstResponse }) => hours(firstResponse.medianMinutes)),
        },
        {
          name: t('report.resolution'),
          values: rows.map(({ resolution }) => hours(resolution.medianMinutes)),
        },
      ],
    },
  ];
  return plots.map(({ className = '', ...plot }) => (
    <Panel key={plot.title} className={className}>
      <Lines {...plot} {...{ labels, empty }} figures={false} />
    </Panel>
  ));
}

const maxBars = 12;

function ByGroup({ rows, by }: { rows: Report['rows']; by: Group }) {
  const plots = [
    {
      title: t('report.openedBy', { group: t(`report.by.${by}`) }),
      of: ({ opened }: Report['total']) => opened,
    },
    { title: t('report.backlog'), of: ({ backlog }: Report['total']) => backlog },
  ];
  return plots.map(({ title, of }) => (
    <Panel key={title}>
      <Shares
        title={title}
        rows={rows.slice(0, maxBars).map(({ key, name, ...row }) => ({
          key: key ?? '',
          name: name ?? key ?? t('report.none'),
          value: of(row),
        }))}
        empty={t('report.nothing')}
      />
    </Panel>
  ));
}
