import { z } from 'zod';
import { forMembers, readOperation } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { daysOf, type Figures, namesOf, report, reportGroups } from '../../teamwork/report.ts';

const maxDays = 366;
const maxRows = 200;

const day = z.iso.date();
const minutes = (what: string) => z.number().nullable().describe(what);
const share = z.number().nullable().describe('That as a part of one; null where there was none.');
const times = (what: string) =>
  z.object({
    count: z.int().describe(`How many were ${what}.`),
    medianMinutes: minutes('Half of them took no longer, by the clock on the wall.'),
    p90Minutes: minutes('Nine of ten took no longer.'),
    due: z.int().describe('How many had a time to be met, which was met or missed then.'),
    kept: z.int().describe('How many of those were in time.'),
    keptShare: share,
  });

const figures = z.object({
  opened: z.int().describe('Tickets that were opened.'),
  firstResponse: times('first answered'),
  resolution: times('resolved, and are still'),
  satisfaction: z
    .object({
      count: z.int().describe('How many customers answered.'),
      good: z.int().describe('How many of them call the help good.'),
      goodShare: share,
    })
    .describe('What customers said.'),
  backlog: z.int().describe('Tickets that were open at the end.'),
});

const rounded = (value: number | null, digits: number): number | null =>
  value === null ? null : Math.round(value * 10 ** digits) / 10 ** digits;
const shareOf = (part: number, whole: number) => (whole === 0 ? null : rounded(part / whole, 4));

const shownTimes = (of: Figures['firstResponse']) => ({
  ...of,
  medianMinutes: rounded(of.medianMinutes, 2),
  p90Minutes: rounded(of.p90Minutes, 2),
  keptShare: shareOf(of.kept, of.due),
});

const shown = (of: Figures) => ({
  opened: of.opened,
  firstResponse: shownTimes(of.firstResponse),
  resolution: shownTimes(of.resolution),
  satisfaction: { ...of.satisfaction, goodShare: shareOf(of.satisfaction.good, of.satisfaction.count) },
  backlog: of.backlog,
});

export const reportOperation = readOperation({
  name: 'report',
  title: 'Report on the desk',
  summary:
    'Returns what the desk came to between two days, of all and by day, operator, team, tag or mailbox: tickets opened, time to first response and to resolution, due times kept, satisfaction, backlog. Days are those of the desk’s time zone; each figure counts on the day on which it happened, under what its ticket is now. Spam and merged tickets are left out.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({
    from: day.describe('The first day, such as 2026-01-01.'),
    to: day.describe('The last day; at most 366 of them.'),
    by: z.enum(reportGroups).default('day').describe('What the rows are.'),
  }),
  output: z.object({
    timeZone: z.string().describe('The time zone of its days.'),
    total: figures.describe('Of all together.'),
    rows: z
      .array(
        figures.extend({
          key: z
            .string()
            .nullable()
            .describe('The day, or the id of the operator or team, the tag, the mailbox; null: none.'),
          name: z.string().optional().describe('What the operator or the team is called.'),
        }),
      )
      .describe('Each day, or the 200 with most tickets opened. A ticket counts for each of its tags.'),
    more: z.boolean().describe('Whether there are more than those.'),
  }),
  async read(scope, { from, to, by }) {
    if (from > to) throw new PosternError('invalid_arguments', 'to: comes before `from`.');
    if (daysOf({ from, to }).length > maxDays)
      throw new PosternError('invalid_arguments', `to: a report is of at most ${maxDays} days.`);
    const { tx, workspace } = scope;
    const { timeZone } = await tx
      .selectFrom('deskSettings')
      .select('timeZone')
      .where('workspaceId', '=', workspace.id)
      .executeTakeFirstOrThrow();
    const { total, rows } = await report(scope, { from, to, timeZone }, by);
    const names = await namesOf(tx, workspace.id, by);
    if (by !== 'day')
      rows.sort(
        (a, b) => b.opened - a.opened || b.backlog - a.backlog || (a.key ?? '').localeCompare(b.key ?? ''),
      );
    return {
      timeZone,
      total: shown(total),
      rows: rows.slice(0, by === 'day' ? maxDays : maxRows).map(({ key, ...of }) => {
        const name = key === null ? undefined : names.get(key);
        return { key, ...(name === undefined ? {} : { name }), ...shown(of) };
      }),
      more: by !== 'day' && rows.length > maxRows,
    };
  },
});
