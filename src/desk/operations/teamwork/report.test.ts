import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../../bench/seed/words.ts';
import { type Desk, desk, operator, refused, setDesk } from '../../../../test/desk.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { asSystem } from '../../../store/database.ts';

/** A ticket as reports see it. */
interface Made {
  createdAt: Date;
  firstRespondedAt: Date | null;
  firstResponseDueAt: Date | null;
  resolvedAt: Date | null;
  resolutionDueAt: Date | null;
  status: 'open' | 'resolved' | 'spam' | 'closed';
  merged: boolean;
  assigneeId: string | null;
  teamId: string | null;
  tags: string[];
  mailbox: string | null;
  ratings: { at: Date; good: boolean }[];
}

const report = (on: Desk, input: JsonObject) => on.call(operator, 'report', input);
const zone = (on: Desk, timeZone: string) => setDesk(on, { timeZone });

async function store(on: Desk, tickets: readonly Made[]): Promise<void> {
  const workspaceId = on.workspace.id;
  const id = (n: number) => `tkt_${n}`;
  await asSystem(on.db, async (tx) => {
    for (const [n, { ratings, merged, ...ticket }] of tickets.entries()) {
      await tx
        .insertInto('tickets')
        .values({
          workspaceId,
          id: id(n),
          number: BigInt(n + 1),
          subject: `T${n}`,
          channel: 'email',
          mergedInto: merged ? 'tkt_elsewhere' : null,
          ...ticket,
        })
        .execute();
      for (const [i, { at, good }] of ratings.entries())
        await tx
          .insertInto('ratings')
          .values({
            workspaceId,
            id: `rat_${n}_${i}`,
            ticketId: id(n),
            resolvedAt: new Date(i),
            askedAt: at,
            endsAt: at,
            score: good ? 'good' : 'bad',
            ratedAt: at,
          })
          .execute();
    }
  });
}

const dayMs = 86_400_000;

function madeUp(random: () => number, count: number, start: number, days: number): Made[] {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  // Often to the hour: where days begin and clocks change.
  const within = (from: number, span: number) => {
    const at = from + Math.floor(random() * span);
    return new Date(random() < 0.3 ? Math.floor(at / 1_800_000) * 1_800_000 : at);
  };
  return Array.from({ length: count }, (): Made => {
    const createdAt = within(start, days * dayMs);
    const later = (share: number, span = 6 * dayMs) =>
      random() < share ? within(createdAt.getTime() + 1_800_000, span) : null;
    const resolvedAt = later(0.6);
    return {
      createdAt,
      firstRespondedAt: later(0.7, 2 * dayMs),
      firstResponseDueAt: later(0.5, 2 * dayMs),
      resolvedAt,
      resolutionDueAt: later(0.5),
      status: random() < 0.05 ? 'spam' : resolvedAt ? pick(['resolved', 'closed']) : 'open',
      merged: random() < 0.05,
      assigneeId: pick([null, 'usr_a', 'usr_b']),
      teamId: pick([null, 'tea_a', 'tea_b']),
      tags: ['lens', 'k9', 'old'].filter(() => random() < 0.4),
      mailbox: pick([null, 'help@acme.example', 'sales@acme.example']),
      ratings: Array.from({ length: random() < 0.3 ? 1 + Math.floor(random() * 2) : 0 }, () => ({
        at: within(createdAt.getTime(), 9 * dayMs),
        good: random() < 0.7,
      })),
    };
  });
}

/** Nothing of the report's own: one look at every ticket for every figure of every key. */
function expected(
  tickets: readonly Made[],
  by: string,
  from: string,
  to: string,
  timeZone: string,
  now: Date,
) {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const dayOf = (at: Date) => format.format(at);
  const counted = tickets.filter(({ status, merged }) => status !== 'spam' && !merged);
  const keysOf = (ticket: Made, day: string): (string | null)[] => {
    if (by === 'day') return [day];
    if (by === 'tag') return ticket.tags.length ? ticket.tags : [null];
    return [{ operator: ticket.assigneeId, team: ticket.teamId, mailbox: ticket.mailbox }[by] ?? null];
  };
  const minutes = (a: Date, b: Date) => (b.getTime() - a.getTime()) / 60_000;
  const percentile = (values: number[], p: number) => {
    if (values.length === 0) return null;
    const sorted = values.toSorted((a, b) => a - b);
    const at = p * (sorted.length - 1);
    const low = sorted[Math.floor(at)]!;
    const value = low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
    return Math.round(value * 100) / 100;
  };
  const share = (part: number, whole: number) =>
    whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
  const figuresOf = (key: string | null | undefined) => {
    const here = (ticket: Made, at: Date) => {
      const day = dayOf(at);
      return day >= from && day <= to && (key === undefined || keysOf(ticket, day).includes(key));
    };
    const times = (met: 'firstRespondedAt' | 'resolvedAt', due: 'firstResponseDueAt' | 'resolutionDueAt') => {
      const took = counted.filter((ticket) => ticket[met] && here(ticket, ticket[met]));
      const values = took.map((ticket) => minutes(ticket.createdAt, ticket[met]!));
      const kept = counted.filter(
        (t) => t[due] && t[met] && t[met] <= t[due] && t[met] <= now && here(t, t[met]),
      ).length;
      const broken = counted.filter(
        (t) => t[due] && !(t[met] && t[met] <= t[due]) && t[due] <= now && here(t, t[due]),
      ).length;
      return {
        count: took.length,
        medianMinutes: percentile(values, 0.5),
        p90Minutes: percentile(values, 0.9),
        due: kept + broken,
        kept,
        keptShare: share(kept, kept + broken),
      };
    };
    const rated = counted.flatMap((ticket) => ticket.ratings.filter(({ at }) => here(ticket, at)));
    const end = by === 'day' && key ? key : to;
    const open = counted.filter(
      (t) =>
        dayOf(t.createdAt) <= end &&
        !(t.resolvedAt && dayOf(t.resolvedAt) <= end) &&
        (by === 'day' || key === undefined || keysOf(t, end).includes(key)),
    );
    const good = rated.filter((one) => one.good).length;
    return {
      opened: counted.filter((ticket) => here(ticket, ticket.createdAt)).length,
      firstResponse: times('firstRespondedAt', 'firstResponseDueAt'),
      resolution: times('resolvedAt', 'resolutionDueAt'),
      satisfaction: { count: rated.length, good, goodShare: share(good, rated.length) },
      backlog: open.length,
    };
  };
  const keys: (string | null)[] = [...new Set(counted.flatMap((ticket) => keysOf(ticket, '')))];
  if (by === 'day') {
    keys.length = 0;
    for (let at = Date.parse(from); at <= Date.parse(to); at += dayMs)
      keys.push(new Date(at).toISOString().slice(0, 10));
  }
  const empty = JSON.stringify(figuresOf('none at all'));
  return {
    total: figuresOf(undefined),
    rows: new Map(
      keys
        .map((key) => [key, figuresOf(key)] as const)
        // A group of which there is nothing to say has no row; a day has.
        .filter(([, row]) => by === 'day' || JSON.stringify(row) !== empty),
    ),
  };
}

// Clocks change at 1:00 UTC, at 2:00, by half an hour, at midnight (a day begins at 1:00), and never, far from Greenwich.
const zones = [
  ['Europe/Warsaw', '2026-03-29'],
  // Up to now and beyond: what is due then is neither kept nor missed.
  ['Europe/Lisbon', '2026-11-16'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['America/Santiago', '2026-09-06'],
  ['Africa/Cairo', '2026-04-24'],
  ['Asia/Kathmandu', '2026-05-01'],
  ['Pacific/Kiritimati', '2026-06-01'],
] as const;

for (const [timeZone, change] of zones)
  test(`a report says what looking at every ticket says: ${timeZone}`, async () => {
    const random = seeded(Date.parse(change) + timeZone.length);
    const acme = await desk(`report-${timeZone.toLowerCase().replaceAll(/[^a-z]/g, '-')}`);
    await zone(acme, timeZone);
    const start = Date.parse(change) - 7 * dayMs;
    const tickets = madeUp(random, 250, start, 14);
    await store(acme, tickets);
    // As the operation's clock has it.
    const now = new Date(Date.UTC(2026, 10, 20));
    const day = (n: number) => new Date(Date.parse(change) + n * dayMs).toISOString().slice(0, 10);
    for (const by of ['day', 'operator', 'team', 'tag', 'mailbox'])
      for (const [from, to] of [
        [day(-9), day(20)],
        [day(0), day(0)],
        [day(-1), day(1)],
        [day(-3), day(-2)],
      ] as const) {
        const shown = await report(acme, { by, from, to });
        const { total, rows } = expected(tickets, by, from, to, timeZone, now);
        assert.deepEqual(shown.total, total, `${by} ${from} ${to}`);
        const got = new Map((shown.rows as JsonObject[]).map(({ key, name: _, ...row }) => [key, row]));
        assert.deepEqual(got, rows, `${by} ${from} ${to}`);
      }
  });

test('a day of 23 hours holds what was opened between its midnights', async () => {
  const acme = await desk('report-dst');
  await zone(acme, 'Europe/Warsaw');
  const at = (time: string): Made => ({
    createdAt: new Date(time),
    firstRespondedAt: null,
    firstResponseDueAt: null,
    resolvedAt: null,
    resolutionDueAt: null,
    status: 'open',
    merged: false,
    assigneeId: null,
    teamId: null,
    tags: [],
    mailbox: null,
    ratings: [],
  });
  await store(
    acme,
    ['2026-03-28T22:59:59Z', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z', '2026-03-29T22:00:00Z'].map(at),
  );
  const { rows } = await report(acme, { from: '2026-03-28', to: '2026-03-30' });
  assert.deepEqual(
    (rows as JsonObject[]).map(({ key, opened, backlog }) => [key, opened, backlog]),
    [
      ['2026-03-28', 1, 1],
      ['2026-03-29', 2, 3],
      ['2026-03-30', 1, 4],
    ],
  );
});

test('days that are none, in the wrong order or too many are refused; another workspace’s tickets are not counted', async () => {
  const acme = await desk('report-refused');
  for (const days of [
    { from: '2026-02-30', to: '2026-03-01' },
    { from: '2026-03-02', to: '2026-03-01' },
    { from: '2025-01-01', to: '2026-01-02' },
    { from: 'yesterday', to: '2026-03-01' },
  ])
    await assert.rejects(report(acme, days), refused('invalid_arguments'));
  const { total, rows } = await report(acme, { from: '2026-03-01', to: '2026-03-31', by: 'tag' });
  assert.deepEqual([(total as JsonObject).opened, (total as JsonObject).backlog, rows], [0, 0, []]);
});
