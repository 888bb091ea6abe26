/** What an address of the reports' page says. */

export const groups = ['day', 'operator', 'team', 'tag', 'mailbox'] as const;
export type Group = (typeof groups)[number];

export interface ReportSearch {
  /** Days, such as 2026-01-31; both are part of the report. */
  from?: string;
  to?: string;
  by?: Group;
}

const isDay = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));

/** What is not known is left out. */
export function reportSearch({ from, to, by }: Record<string, unknown>): ReportSearch {
  const group = groups.find((one) => one === by);
  return { ...(isDay(from) && { from }), ...(isDay(to) && { to }), ...(group && { by: group }) };
}

const dayMs = 86_400_000;

/** The last `days` days, of which `today` is the last. */
export function lastDays(days: number, today: string): { from: string; to: string } {
  const from = new Date(Date.parse(today) - (days - 1) * dayMs).toISOString().slice(0, 10);
  return { from, to: today };
}

/** The day that it is in a zone. */
export function dayOf(now: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    timeZone,
  }).formatToParts(now);
  const of = (kind: string) => parts.find(({ type }) => type === kind)?.value;
  return `${of('year')}-${of('month')}-${of('day')}`;
}
