/** Business hours: when the desk is open, by the clock on its own wall, and what a time is so many open minutes later. */

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;

/** No due time lies further off; hours that are never open come to an end there. */
const horizonMs = 5 * 366 * dayMs;

/** Minutes of the local day. Where `to` is not after `from` it ends on the next day. */
export interface Interval {
  from: number;
  to: number;
}

export interface BusinessHours {
  /** IANA name. */
  timeZone: string;
  /** Seven days, Monday first. */
  week: readonly (readonly Interval[])[];
  /** Dates on which the desk is closed, and nothing begins: `2026-12-25`. */
  holidays: readonly string[];
}

const intervalPattern = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$/;

/** `09:00-17:00`; `22:00-06:00` ends on the next day. @returns undefined for what is none, and for one without length */
export function parseInterval(text: string): Interval | undefined {
  const found = intervalPattern.exec(text);
  if (!found) return undefined;
  const [, fromHour, fromMinute, toHour, toMinute] = found;
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = toHour === undefined ? 1440 : Number(toHour) * 60 + Number(toMinute);
  return from === to ? undefined : { from, to };
}

/**
 * The time at which `minutes` open ones have passed since `start`. Without hours every minute is one.
 * @returns null where that never comes: the desk is always closed, or five years do not hold so many.
 */
export function addBusinessTime(start: Date, minutes: number, hours: BusinessHours | null): Date | null {
  if (!hours || minutes <= 0) return new Date(start.getTime() + Math.max(0, minutes) * minuteMs);
  if (hours.week.every((day) => day.length === 0)) return null;
  let left = minutes * minuteMs;
  for (const [from, to] of openSpans(hours, start.getTime(), start.getTime() + horizonMs)) {
    if (to - from >= left) return new Date(from + left);
    left -= to - from;
  }
  return null;
}

/** Open minutes between two times; 0 where `to` is not after `from`. */
export function businessMinutesBetween(from: Date, to: Date, hours: BusinessHours | null): number {
  if (!hours) return Math.max(0, to.getTime() - from.getTime()) / minuteMs;
  let sum = 0;
  for (const [start, end] of openSpans(hours, from.getTime(), to.getTime())) sum += end - start;
  return sum / minuteMs;
}

/** Whether the desk is open then. Without hours it always is. */
export function isOpenAt(at: Date, hours: BusinessHours | null): boolean {
  if (!hours) return true;
  return !openSpans(hours, at.getTime(), at.getTime() + 1).next().done;
}

/** Open times, in order. A step goes to the end of the local day, or to where the clocks change before that. */
function* openSpans(hours: BusinessHours, from: number, until: number): Generator<[number, number]> {
  for (let at = from; at < until; ) {
    const offset = offsetAt(hours.timeZone, at);
    const day = Math.floor((at + offset) / dayMs);
    const midnight = (day + 1) * dayMs - offset;
    const end = Math.min(until, changeBefore(hours.timeZone, at, midnight, offset));
    for (const { from, to } of openOn(hours, day)) {
      const start = Math.max(at, day * dayMs + from * minuteMs - offset);
      const stop = Math.min(end, day * dayMs + to * minuteMs - offset);
      if (start < stop) yield [start, stop];
    }
    at = end;
  }
}

/** What is open of a local day, as minutes of it: in order, without overlaps. @param day days since 1970-01-01 */
function openOn({ week, holidays }: BusinessHours, day: number): Interval[] {
  const closed = (of: number) => holidays.includes(new Date(of * dayMs).toISOString().slice(0, 10));
  if (closed(day)) return [];
  // 1970-01-01 was a Thursday.
  const intervalsOf = (of: number) => week[(((of + 3) % 7) + 7) % 7] ?? [];
  const today = intervalsOf(day).map(({ from, to }) => ({ from, to: to <= from ? 1440 : to }));
  const yesterday = closed(day - 1)
    ? []
    : intervalsOf(day - 1)
        .filter(({ from, to }) => to <= from && to > 0)
        .map(({ to }) => ({ from: 0, to }));
  const merged: Interval[] = [];
  for (const next of [...yesterday, ...today].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && next.from <= last.to) last.to = Math.max(last.to, next.to);
    else merged.push({ ...next });
  }
  return merged;
}

/** Where the offset stops being `offset`, or `end`. Clocks change at most once a day. */
function changeBefore(timeZone: string, start: number, end: number, offset: number): number {
  if (offsetAt(timeZone, end - 1) === offset) return end;
  let [same, other] = [start, end - 1];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(timeZone, middle) === offset) same = middle;
    else other = middle;
  }
  return other;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's wall clock is ahead of UTC then, in milliseconds. */
function offsetAt(timeZone: string, at: number): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
  const { year, month, day, hour, minute, second } = part as Record<
    'year' | 'month' | 'day' | 'hour' | 'minute' | 'second',
    number
  >;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}
