/** Times that tickets are put off until, in the reader's zone. */

const morning = 9;

/** The named ones that are still to come, the nearest first. */
export function snoozeTimes(now: Date) {
  const at = (days: number, hour: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const later = new Date(now.getTime() + 3 * 3_600_000);
  // From any day to the Monday after it.
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { key: 'snooze.later', at: later },
    { key: 'snooze.tomorrow', at: at(1, morning) },
    { key: 'snooze.monday', at: at(toMonday, morning) },
    { key: 'snooze.week', at: at(7, morning) },
    { key: 'snooze.month', at: at(30, morning) },
  ] as const;
}
