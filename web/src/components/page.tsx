/** What pages are made of. */
import type { ReactNode } from 'react';
import { fullTime, shortTime, t } from '../messages/messages.ts';

/** A page with a heading, that scrolls by itself. */
export const Page = (props: { title: string; aside?: ReactNode; children: ReactNode }) => (
  <div className="mx-auto w-full max-w-5xl p-4">
    <div className="mb-4 flex flex-wrap items-center justify-between gap-2">
      <h1 className="text-xl font-semibold">{props.title}</h1>
      {props.aside}
    </div>
    {props.children}
  </div>
);

export const Panel = (props: {
  title?: string;
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
}) => (
  <section className={`mb-4 rounded-lg border border-line bg-panel p-4 ${props.className ?? ''}`}>
    {props.title && (
      <div className="mb-3 flex items-center justify-between gap-2">
        <h2 className="font-semibold">{props.title}</h2>
        {props.aside}
      </div>
    )}
    {props.children}
  </section>
);

export const Empty = ({ children }: { children: ReactNode }) => (
  <p className="p-6 text-center text-muted">{children}</p>
);

export const Loading = () => (
  <p className="p-6 text-center text-muted" role="status">
    {t('common.loading')}
  </p>
);

/** A time in the reader's zone: short, and in full where one points. */
export const Time = ({ at, full = false }: { at: string; full?: boolean }) => (
  <time dateTime={at} title={fullTime(at)} className="whitespace-nowrap">
    {full ? fullTime(at) : shortTime(at)}
  </time>
);

type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent';
const tones: Record<Tone, string> = {
  plain: 'border-line text-muted',
  good: 'border-good text-good',
  warn: 'border-warn bg-warn-soft text-warn',
  bad: 'border-bad bg-bad-soft text-bad',
  accent: 'border-accent bg-accent-soft text-accent',
};

/** `wraps`: it is a sentence, and may take more than a line. */
export const Badge = (props: { tone?: Tone; wraps?: boolean; children: ReactNode }) => (
  <span
    className={`inline-flex items-center rounded border px-1.5 text-xs leading-5 ${props.wraps ? '' : 'whitespace-nowrap'} ${tones[props.tone ?? 'plain']}`}
  >
    {props.children}
  </span>
);
