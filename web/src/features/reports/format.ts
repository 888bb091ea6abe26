import { number, t } from '../../messages/messages.ts';

const tenth = (value: number): string => number(Math.round(value * 10) / 10);

/** Minutes as people say them; a dash where there were none. */
export function duration(minutes: number | null): string {
  if (minutes === null) return '–';
  if (minutes < 60) return t('report.minutes', { n: tenth(minutes) });
  if (minutes < 48 * 60) return t('report.hours', { n: tenth(minutes / 60) });
  return t('report.days', { n: tenth(minutes / 1440) });
}

/** A part of one; a dash where there was nothing to be a part of. */
export const percent = (share: number | null): string =>
  share === null ? '–' : t('report.percent', { n: number(Math.round(share * 100)) });

/** A day of the desk's as the reader writes days: it is a date, and in no zone. */
export const shownDay = (day: string): string =>
  new Intl.DateTimeFormat(document.documentElement.lang, {
    month: 'short',
    day: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${day}T00:00:00Z`));
