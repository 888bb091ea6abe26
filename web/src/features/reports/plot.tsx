/** Plots of the reports: lines over days, and bars that lie. The page's table has the same figures. */
import { useId } from 'react';
import { number } from '../../messages/messages.ts';
import { niceTop, runsOf } from './scale.ts';

export interface Series {
  name: string;
  /** One a place; null where there is nothing to say. */
  values: readonly (number | null)[];
}

const strokes = ['stroke-accent', 'stroke-warn'];
const swatches = ['bg-accent', 'bg-warn'];

const valuesOf = (series: readonly Series[]): number[] =>
  series.flatMap(({ values }) => values.filter((value) => value !== null));

/** One line a series. They stretch with the page; what is written stands around them, so that it does not. */
export function Lines(props: {
  title: string;
  labels: readonly string[];
  series: readonly Series[];
  empty: string;
}) {
  const { title, labels, series, empty } = props;
  const id = useId();
  const top = niceTop(Math.max(0, ...valuesOf(series)));
  const isEmpty = valuesOf(series).every((value) => value === 0);
  return (
    <figure aria-labelledby={id} className="rounded-lg border border-line bg-panel p-3">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <figcaption id={id} className="font-semibold">
          {title}
        </figcaption>
        {series.length > 1 && (
          <ul className="flex flex-wrap gap-x-3 text-xs">
            {series.map(({ name }, at) => (
              <li key={name} className="flex items-center gap-1">
                <span className={`inline-block h-0.5 w-3 ${swatches[at]}`} aria-hidden />
                {name}
              </li>
            ))}
          </ul>
        )}
      </div>
      {isEmpty ? (
        <p className="py-10 text-center text-muted">{empty}</p>
      ) : (
        <Drawing {...{ title, labels, series, top }} />
      )}
    </figure>
  );
}

function Drawing({
  title,
  labels,
  series,
  top,
}: {
  title: string;
  labels: readonly string[];
  series: readonly Series[];
  top: number;
}) {
  const y = (value: number) => 100 - (value / top) * 100;
  const said = (at: number) =>
    [
      labels[at],
      ...series
        .filter(({ values }) => values[at] !== null)
        .map(({ name, values }) => `${name}: ${number(values[at]!)}`),
    ].join('\n');
  return (
    <>
      <div className="flex gap-2">
        <div className="flex flex-col justify-between text-right text-xs text-muted tabular-nums" aria-hidden>
          <span>{number(top)}</span>
          <span>0</span>
        </div>
        <svg
          viewBox={`0 0 ${labels.length} 100`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}: ${labels[0]} – ${labels.at(-1)}`}
          className="h-32 min-w-0 flex-1 overflow-visible border-y border-line"
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
          {labels.map((label, at) => (
            <rect key={label} x={at} y={0} width={1} height={100} className="fill-transparent">
              <title>{said(at)}</title>
            </rect>
          ))}
        </svg>
      </div>
      <div className="mt-1 flex justify-between text-xs text-muted" aria-hidden>
        <span>{labels[0]}</span>
        {labels.length > 2 && <span>{labels[Math.floor(labels.length / 2)]}</span>}
        {labels.length > 1 && <span>{labels.at(-1)}</span>}
      </div>
    </>
  );
}

/** Bars that lie, each with its name and count: a list to who does not see it. */
export function Shares(props: {
  title: string;
  rows: readonly { key: string; name: string; value: number }[];
  empty: string;
}) {
  const { title, rows, empty } = props;
  const top = Math.max(1, ...rows.map(({ value }) => value));
  return (
    <figure className="rounded-lg border border-line bg-panel p-3">
      <figcaption className="mb-2 font-semibold">{title}</figcaption>
      {rows.length === 0 && <p className="py-10 text-center text-muted">{empty}</p>}
      <ul className="flex flex-col gap-1.5">
        {rows.map(({ key, name, value }) => (
          <li key={key} className="grid grid-cols-[minmax(0,10rem)_1fr_auto] items-center gap-2">
            <span className="truncate" title={name}>
              {name}
            </span>
            <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden className="h-2.5 w-full">
              <rect width={(value / top) * 100} height={4} className="fill-accent" />
            </svg>
            <span className="text-right tabular-nums">{number(value)}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}
