import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Temporal } from 'temporal-polyfill';
import {
  addBusinessTime,
  type BusinessHours,
  businessMinutesBetween,
  isOpenAt,
  parseInterval,
} from './hours.ts';

const minuteMs = 60_000;
const weekdays = (text: string, timeZone = 'UTC', holidays: string[] = []): BusinessHours => ({
  timeZone,
  week: [0, 1, 2, 3, 4, 5, 6].map((day) => (day < 5 ? [parseInterval(text)!] : [])),
  holidays,
});

/** Whether a minute is open, read off the wall of that zone: the definition, one minute at a time. */
function openOnTheWall(at: number, { timeZone, week, holidays }: BusinessHours): boolean {
  const wall = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  const date = wall.toPlainDate();
  const minute = wall.hour * 60 + wall.minute;
  if (holidays.includes(date.toString())) return false;
  if (week[date.dayOfWeek - 1]!.some(({ from, to }) => minute >= from && (to <= from || minute < to)))
    return true;
  const before = date.subtract({ days: 1 });
  return (
    !holidays.includes(before.toString()) &&
    week[before.dayOfWeek - 1]!.some(({ from, to }) => to <= from && minute < to)
  );
}

/** A generator of numbers that a seed repeats (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Times around which the clocks of the zone change, or the date does something odd. */
const zones: [timeZone: string, around: string][] = [
  ['Europe/Warsaw', '2026-03-29T01:00Z'],
  ['Europe/Warsaw', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Asia/Kolkata', '2026-06-01T00:00Z'],
  ['Asia/Kathmandu', '2026-06-01T00:00Z'],
  ['Africa/Cairo', '2026-04-23T22:00Z'],
  ['Africa/Cairo', '2026-10-29T21:00Z'],
  ['America/Santiago', '2026-09-06T04:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['UTC', '2026-12-31T23:00Z'],
];

test('open minutes are those that the wall clock shows, in every zone and over every change of clocks', () => {
  for (const [index, [timeZone, around]] of zones.entries()) {
    const below = seeded(index + 1);
    for (let round = 0; round < 8; round++) {
      const interval = () => {
        const from = below(96) * 15;
        const to = below(97) * 15;
        return from === to ? { from, to: (to % 1440) + 15 } : { from: from % 1440, to };
      };
      const hours: BusinessHours = {
        timeZone,
        week: Array.from({ length: 7 }, () => Array.from({ length: below(3) }, interval)),
        holidays: below(2) ? [Temporal.Instant.from(around).toString().slice(0, 10)] : [],
      };
      const start = Temporal.Instant.from(around).epochMilliseconds - below(2 * 1440) * minuteMs;
      const length = 3 * 1440;
      const walked: boolean[] = [];
      for (let i = 0; i < length; i++) walked.push(openOnTheWall(start + i * minuteMs, hours));
      const told = `${timeZone} from ${new Date(start).toISOString()} ${JSON.stringify(hours)}`;
      const open = walked.filter(Boolean).length;
      assert.equal(
        businessMinutesBetween(new Date(start), new Date(start + length * minuteMs), hours),
        open,
        told,
      );
      for (let i = 0; i < 20; i++) {
        const at = below(length);
        assert.equal(isOpenAt(new Date(start + at * minuteMs + below(minuteMs)), hours), walked[at], told);
      }
      if (open === 0) continue;
      const wanted = 1 + below(open);
      let passed = 0;
      const end = walked.findIndex((isOpen) => isOpen && ++passed === wanted);
      assert.equal(
        addBusinessTime(new Date(start), wanted, hours)?.toISOString(),
        new Date(start + (end + 1) * minuteMs).toISOString(),
        `${wanted} minutes, ${told}`,
      );
    }
  }
});

test('adding and counting agree, to the second, however far apart', () => {
  const below = seeded(99);
  for (let i = 0; i < 100; i++) {
    const hours = weekdays(
      ['09:00-17:00', '22:00-06:00', '00:00-24:00'][i % 3]!,
      zones[i % zones.length]![0],
    );
    const start = new Date(Date.UTC(2026, below(12), below(28), below(24), below(60), below(60)));
    const minutes = 1 + below(30_000);
    const end = addBusinessTime(start, minutes, hours)!;
    assert.equal(businessMinutesBetween(start, end, hours), minutes);
  }
});

test('a due time stands at the closing minute, not at the next opening', () => {
  const hours = weekdays('09:00-17:00', 'Europe/Warsaw', ['2026-12-25']);
  const due = (from: string, minutes: number) =>
    addBusinessTime(new Date(from), minutes, hours)?.toISOString();
  assert.equal(due('2026-12-24T15:00:00Z', 60), '2026-12-24T16:00:00.000Z');
  // Friday is a holiday, then the weekend.
  assert.equal(due('2026-12-24T15:00:00Z', 61), '2026-12-28T08:01:00.000Z');
  assert.equal(addBusinessTime(new Date(0), 90, null)?.toISOString(), '1970-01-01T01:30:00.000Z');
});

test('a desk that is never open has no due time, and says so soon', () => {
  const closed: BusinessHours = { timeZone: 'UTC', week: [[], [], [], [], [], [], []], holidays: [] };
  assert.equal(addBusinessTime(new Date(0), 1, closed), null);
  assert.equal(isOpenAt(new Date(0), closed), false);
  // Open one minute a week: the bound holds.
  const rare = { ...closed, week: [[{ from: 0, to: 1 }], [], [], [], [], [], []] };
  assert.equal(addBusinessTime(new Date(0), 1000, rare), null);
});

test('what is no interval is none', () => {
  for (const text of ['9:00-17:00', '09:00', '25:00-26:00', '09:00-24:30', '09:00-09:00', '09:60-10:00', ''])
    assert.equal(parseInterval(text), undefined, text);
  assert.deepEqual(parseInterval('22:30-24:00'), { from: 1350, to: 1440 });
});
