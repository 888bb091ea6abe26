/**
 * Plots, drawn here: bars that are stacked, lines, and bars that lie. Each says what it shows to who does not see it, and
 * has its figures as a table. They stretch with the page; what is written stands around them, so that it does not.
 */
import { type ReactNode, useId } from 'react';
import { number, t } from '../messages/messages.ts';
import { niceTop, runsOf } from './scale.ts';

export interface Series {
  name: string;
  /** One a place. */
  values: readonly number[];
}

/** `null`: the line is broken where there is nothing to say. */
interface BrokenSeries {
  name: string;
  values: readonly (number | null)[];
}

const fills = [
  'fill-(--plot-1)',
  'fill-(--plot-2)',
  'fill-(--plot-3)',
  'fill-(--plot-4)',
  'fill-(--plot-5)',
  'fill-(--plot-6)',
  'fill-(--plot-7)',
];
const strokes = [
  'stroke-(--plot-1)',
  'stroke-(--plot-2)',
  'stroke-(--plot-3)',
  'stroke-(--plot-4)',
  'stroke-(--plot-5)',
  'stroke-(--plot-6)',
  'stroke-(--plot-7)',
];
const swatches = [
  'bg-(--plot-1)',
  'bg-(--plot-2)',
  'bg-(--plot-3)',
  'bg-(--plot-4)',
  'bg-(--plot-5)',
  'bg-(--plot-6)',
  'bg-(--plot-7)',
];

/** The last of the colours is for what is left. */
const maxSeries = fills.length - 1;

/** More series than there are colours become one. */
export function fewSeries(series: readonly Series[], rest: string): readonly Series[] {
  if (series.length <= maxSeries + 1) return series;
  const [shown, others] = [series.slice(0, maxSeries), series.slice(maxSeries)];
  const sums = shown[0]!.values.map((_, at) => others.reduce((sum, { values }) => sum + values[at]!, 0));
  return [...shown, { name: rest, values: sums }];
}

const total = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0);

interface PlotProps<S extends BrokenSeries> {
  title: string;
  /** What each place along the foot is called. */
  labels: readonly string[];
  series: readonly S[];
  /** How a value is written. */
  format?: (value: number) => string;
  /** Stands in its place where there is nothing. */
  empty: string;
}

/** Bars that stand, one a place, the series on top of each other. */
export function Bars({ title, labels, series, format = number, empty }: PlotProps<Series>) {
  const sums = labels.map((_, at) => total(series.map(({ values }) => values[at]!)));
  const top = niceTop(Math.max(0, ...sums));
  return (
    <Figure
      {...{ title, labels, series, format, empty, top }}
      sums={series.map(({ values }) => format(total(values)))}
    >
      {labels.map((label, at) => {
        let height = 0;
        const shown = series.filter(({ values }) => values[at]);
        return (
          <Place key={label} {...{ label, at, format }} series={shown}>
            {series.map(({ name, values }, which) => {
              const part = (values[at]! / top) * 100;
              height += part;
              return (
                part > 0 && (
                  <rect
                    key={name}
                    x={at + 0.1}
                    y={100 - height}
                    width={0.8}
                    height={part}
                    className={fills[which]}
                  />
                )
              );
            })}
          </Place>
        );
      })}
    </Figure>
  );
}

/** One line a series. `figures`: whether it gives its figures too, not where the page has them already. */
export function Lines(props: PlotProps<BrokenSeries> & { figures?: boolean }) {
  const { title, labels, series, format = number, empty, figures = true } = props;
  const top = niceTop(Math.max(0, ...series.flatMap(({ values }) => values.map(Number))));
  const y = (value: number) => 100 - (value / top) * 100;
  return (
    <Figure
      {...{ title, labels, series, format, empty, top }}
      sums={figures && series.map(({ values }) => format(values.at(-1) ?? 0))}
    >
      {series.map(({ name, values }, which) =>
        runsOf(values).map((run) => (
          <path
            key={`${name} ${run[0]}`}
            // A run of one is a dot: a line without length has round ends.
            d={`M${run.map((at) => `${at + 0.5},${y(values[at]!)}`).join('L')}${run.length === 1 ? 'h0' : ''}`}
            className={`fill-none ${strokes[which]}`}
            strokeWidth={run.length === 1 ? 5 : 2}
            strokeLinecap="round"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        )),
      )}
      {labels.map((label, at) => {
        const shown = series.filter(({ values }) => values[at] !== null);
        return <Place key={label} {...{ label, at, format }} series={shown} />;
      })}
    </Figure>
  );
}

/** What stands at one place, and what is said where one points at it. */
function Place(props: {
  label: string;
  at: number;
  series: readonly BrokenSeries[];
  format(value: number): string;
  children?: ReactNode;
}) {
  const { label, at, series, format, children } = props;
  return (
    <g>
      <title>
        {[label, ...series.map(({ name, values }) => `${name}: ${format(values[at]!)}`)].join('\n')}
      </title>
      {children}
      <rect x={at} y={0} width={1} height={100} className="fill-transparent" />
    </g>
  );
}

type FigureProps = Required<PlotProps<BrokenSeries>> & {
  top: number;
  /** What each series came to; `false` where no figures are given. */
  sums: readonly string[] | false;
  children: ReactNode;
};

function Figure(props: FigureProps) {
  const { title, series, empty, sums } = props;
  const id = useId();
  const isEmpty = !series.some(({ values }) => values.some(Boolean));
  return (
    <figure aria-labelledby={id}>
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <figcaption id={id} className="font-semibold">
          {title}
        </figcaption>
        {!isEmpty && (sums || series.length > 1) && (
          <ul className="flex flex-wrap gap-x-3 text-xs">
            {series.map(({ name }, at) => (
              <li key={name} className="flex items-center gap-1">
                <span className={`inline-block size-2.5 rounded-sm ${swatches[at]}`} aria-hidden />
                {name} {sums && <span className="text-muted">{sums[at]}</span>}
              </li>
            ))}
          </ul>
        )}
      </div>
      {isEmpty ? <p className="py-8 text-center text-muted">{empty}</p> : <Drawing {...props} />}
    </figure>
  );
}

function Drawing({ title, labels, series, format, top, sums, children }: FigureProps) {
  const said = sums
    ? `${title}. ${series.map(({ name }, at) => `${name}: ${sums[at]}`).join(', ')}`
    : `${title}: ${labels[0]} – ${labels.at(-1)}`;
  return (
    <>
      <div className="flex gap-2">
        <div className="flex flex-col justify-between text-right text-xs text-muted tabular-nums" aria-hidden>
          <span>{format(top)}</span>
          <span>{format(0)}</span>
        </div>
        <svg
          viewBox={`0 0 ${labels.length} 100`}
          preserveAspectRatio="none"
          role="img"
          aria-label={said}
          className="h-36 min-w-0 flex-1 overflow-visible border-y border-line"
        >
          <line
            x1={0}
            x2={labels.length}
            y1={50}
            y2={50}
            className="stroke-line"
            vectorEffect="non-scaling-stroke"
          />
          {children}
        </svg>
      </div>
      <div className="mt-1 flex justify-between text-xs text-muted" aria-hidden>
        <span>{labels[0]}</span>
        {labels.length > 2 && <span>{labels[Math.floor(labels.length / 2)]}</span>}
        {labels.length > 1 && <span>{labels.at(-1)}</span>}
      </div>
      {sums && <Figures {...{ title, labels, series, format }} />}
    </>
  );
}

/** The same as a table; places without anything are left out. */
function Figures({
  title,
  labels,
  series,
  format,
}: Pick<FigureProps, 'title' | 'labels' | 'series' | 'format'>) {
  const places = labels.map((label, at) => ({ label, values: series.map(({ values }) => values[at] ?? 0) }));
  return (
    <details className="mt-1 text-xs">
      <summary className="w-fit cursor-pointer text-muted">{t('plot.asTable')}</summary>
      <div className="max-h-60 overflow-auto">
        <table className="mt-1 w-full text-right tabular-nums">
          <caption className="sr-only">{title}</caption>
          <thead>
            <tr className="text-muted">
              <th scope="col" className="text-left font-normal">
                {t('plot.when')}
              </th>
              {series.map(({ name }) => (
                <th key={name} scope="col" className="font-normal">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {places
              .filter(({ values }) => values.some((value) => value > 0))
              .map(({ label, values }) => (
                <tr key={label} className="border-t border-line">
                  <th scope="row" className="text-left font-normal">
                    {label}
                  </th>
                  {series.map(({ name }, at) => (
                    <td key={name}>{format(values[at]!)}</td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Bars that lie, each with its name and count: a list to who does not see it. */
export function Shares(props: {
  title: string;
  rows: readonly { key: string; name: string; value: number; hint?: string; aside?: string }[];
  empty: string;
}) {
  const { title, rows, empty } = props;
  const top = Math.max(1, ...rows.map(({ value }) => value));
  return (
    <figure>
      <figcaption className="mb-2 font-semibold">{title}</figcaption>
      {rows.length === 0 && <p className="py-4 text-center text-muted">{empty}</p>}
      <ul className="flex flex-col gap-2">
        {rows.map(({ key, name, value, hint, aside }) => (
          <li key={key}>
            <span className="flex items-baseline justify-between gap-2">
              <span className="min-w-0 break-words">{name}</span>
              <span className="whitespace-nowrap tabular-nums">
                {number(value)} {aside && <span className="text-xs text-muted">{aside}</span>}
              </span>
            </span>
            <Share part={value / top} className="h-1.5" />
            {hint && <span className="block text-xs text-muted">{hint}</span>}
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** A bar that lies, filled by this part of one. */
export const Share = ({ part, className }: { part: number; className: string }) => (
  <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden className={`w-full ${className}`}>
    <rect width={100} height={4} className="fill-sunken" />
    <rect width={part * 100} height={4} className="fill-(--plot-1)" />
  </svg>
);
