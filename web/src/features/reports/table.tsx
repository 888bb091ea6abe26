import type { OutputOf } from '../../api/call.ts';
import { number, t } from '../../messages/messages.ts';
import { duration, percent, shownDay } from './format.ts';
import type { Group } from './search.ts';

type Report = OutputOf<'report'>;
type Figures = Report['total'];

const columns = [
  { title: 'report.opened', of: ({ opened }: Figures) => number(opened) },
  { title: 'report.answered', of: ({ firstResponse }: Figures) => number(firstResponse.count) },
  {
    title: 'report.firstResponse',
    of: ({ firstResponse }: Figures) => duration(firstResponse.medianMinutes),
  },
  { title: 'report.keptFirst', of: ({ firstResponse }: Figures) => percent(firstResponse.keptShare) },
  { title: 'report.resolved', of: ({ resolution }: Figures) => number(resolution.count) },
  { title: 'report.resolution', of: ({ resolution }: Figures) => duration(resolution.medianMinutes) },
  { title: 'report.keptResolution', of: ({ resolution }: Figures) => percent(resolution.keptShare) },
  { title: 'report.satisfaction', of: ({ satisfaction }: Figures) => percent(satisfaction.goodShare) },
  { title: 'report.backlog', of: ({ backlog }: Figures) => number(backlog) },
] as const;

/** All figures, as the plots show some of them. */
export function FiguresTable({ report, by }: { report: Report; by: Group }) {
  const nameOf = ({ key, name }: Report['rows'][number]) =>
    name ?? (key === null ? t('report.none') : by === 'day' ? shownDay(key) : key);
  return (
    <section
      aria-label={t('report.table')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it
      tabIndex={0}
      className="max-h-[32rem] overflow-auto rounded-lg border border-line bg-panel"
    >
      <table className="w-full text-right tabular-nums">
        <caption className="sr-only">{t('report.table')}</caption>
        <thead className="sticky top-0 bg-sunken text-xs text-muted">
          <tr>
            <th scope="col" className="px-2 py-1 text-left font-medium">
              {t(`report.by.${by}`)}
            </th>
            {columns.map(({ title }) => (
              <th key={title} scope="col" className="px-2 py-1 font-medium whitespace-nowrap">
                {t(title)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Row name={t('report.total')} figures={report.total} look="font-semibold" />
          {report.rows.map((row) => (
            <Row key={row.key ?? ''} name={nameOf(row)} figures={row} look="" />
          ))}
        </tbody>
      </table>
      {report.more && <p className="p-2 text-xs text-muted">{t('report.more')}</p>}
    </section>
  );
}

const Row = ({ name, figures, look }: { name: string; figures: Figures; look: string }) => (
  <tr className={`border-t border-line ${look}`}>
    <th scope="row" className={`max-w-48 truncate px-2 py-1 text-left ${look || 'font-normal'}`}>
      {name}
    </th>
    {columns.map(({ title, of }) => (
      <td key={title} className="px-2 py-1 whitespace-nowrap">
        {of(figures)}
      </td>
    ))}
  </tr>
);
