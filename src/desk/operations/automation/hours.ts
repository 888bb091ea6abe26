/** When the desk is open, and who of it is away. */
import { z } from 'zod';
import { forMembers, houseOperation, readOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { assertWorker } from '../../automation/actions.ts';
import { isOpenAt, parseInterval } from '../../automation/hours.ts';
import { auditAutomation, refuseStale } from '../../automation/named.ts';
import { renewDueTimes, settingsOf } from '../../automation/settings.ts';
import { reference } from '../../fields.ts';
import { seen, version } from './fields.ts';

const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

const day = (name: string) =>
  z
    .array(
      z
        .string()
        .max(11)
        .refine(
          (text) => parseInterval(text) !== undefined,
          'must be two times of the day, such as 09:00-17:00',
        ),
    )
    .max(10)
    .default([])
    .describe(`On ${name}: times such as 09:00-12:30; 22:00-06:00 ends on the next day. Empty: closed.`);

const date = z.iso.date().describe('A date of the desk’s own calendar, such as 2026-12-25.');
const week = {
  monday: day('Monday'),
  tuesday: day('Tuesday'),
  wednesday: day('Wednesday'),
  thursday: day('Thursday'),
  friday: day('Friday'),
  saturday: day('Saturday'),
  sunday: day('Sunday'),
};
const output = z.object({
  alwaysOpen: z.boolean().describe('Whether there are no business hours: every minute counts.'),
  ...week,
  holidays: z.array(z.string()).describe('Dates on which the desk is closed.'),
  timeZone: z.string().describe('IANA name of the desk’s time zone, in which all of this is.'),
  openNow: z.boolean().describe('Whether the desk is open now.'),
  version,
});

async function shown(scope: Scope): Promise<z.input<typeof output>> {
  const { week, holidays, timeZone, hours, version } = await settingsOf(scope);
  const open = Object.fromEntries(days.map((name, index) => [name, week?.[index] ?? []]));
  return {
    alwaysOpen: week === null,
    ...open,
    holidays,
    timeZone,
    openNow: isOpenAt(scope.now, hours),
    version,
  };
}

export const getBusinessHours = readOperation({
  name: 'get_business_hours',
  title: 'Show the business hours',
  summary: 'Returns when the desk is open, in its own time zone.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({}),
  output,
  read: shown,
});

export const setBusinessHours = houseOperation({
  name: 'set_business_hours',
  title: 'Set the business hours',
  summary:
    'Says when the desk is open, in its own time zone (`update_desk_settings`): all of the week, and the holidays. A day that is left out is closed; one at least is not. Due times of tickets that are not done are made anew. Refused where they have changed since you read them.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({
    version: seen,
    alwaysOpen: z.boolean().default(false).describe('There are no business hours: every minute counts.'),
    ...week,
    holidays: z.array(date).max(1000).default([]).describe('Dates on which the desk is closed.'),
  }),
  output,
  async commit(scope, input) {
    const given = days.map((name) => input[name]);
    if (input.alwaysOpen && given.some((day) => day.length > 0))
      throw new PosternError('invalid_arguments', 'alwaysOpen: leave the days out, or leave this out.');
    if (!input.alwaysOpen && given.every((day) => day.length === 0))
      throw new PosternError(
        'invalid_arguments',
        'A desk that is never open answers nobody: say when it is, or `alwaysOpen`. All of the week is said each time.',
      );
    const row = {
      week: input.alwaysOpen ? null : JSON.stringify(given),
      holidays: [...new Set(input.holidays)].sort(),
    };
    // It locks them, too.
    await renewDueTimes(scope);
    refuseStale((await settingsOf(scope)).version, input.version, 'business hours');
    await scope.tx
      .updateTable('deskAutomation')
      .set(row)
      .where('workspaceId', '=', scope.workspace.id)
      .execute();
    const { holidays } = row;
    await auditAutomation(scope, null, 'business hours set', {
      week: input.alwaysOpen ? null : given,
      holidays,
    });
    return shown(scope);
  },
});

export const setAbsence = houseOperation({
  name: 'set_absence',
  title: 'Say that somebody is away',
  summary:
    'Says whether a member is away; whose turn it is goes past them then. Yours, or as an admin anybody’s.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({
    userId: reference.optional().describe('The member; you, where it is left out.'),
    away: z.boolean().describe('Whether they are away.'),
    until: z.iso.datetime().optional().describe('Until when, UTC; until they say so where it is left out.'),
  }),
  output: z.object({
    userId: z.string().describe('The member.'),
    away: z.boolean().describe('Whether they are away.'),
    until: z.iso.datetime().nullable().describe('Until when, UTC.'),
  }),
  async commit(scope, { userId, away, until }) {
    const { tx, workspace, caller, now } = scope;
    const who = userId ?? (caller.kind === 'operator' ? caller.id : '');
    if (caller.kind === 'operator' && who !== caller.id && caller.role === 'operator')
      throw new PosternError('not_permitted', 'An admin says so of others.');
    await assertWorker(scope, who);
    const end = away && until !== undefined ? new Date(until) : null;
    if (end && end <= now) throw new PosternError('invalid_arguments', 'until: must be to come.');
    const row = { workspaceId: workspace.id, userId: who, until: end };
    if (away)
      await tx
        .insertInto('absences')
        .values(row)
        .onConflict((conflict) => conflict.columns(['workspaceId', 'userId']).doUpdateSet({ until: end }))
        .execute();
    else
      await tx
        .deleteFrom('absences')
        .where('workspaceId', '=', workspace.id)
        .where('userId', '=', who)
        .execute();
    // Of themselves people say so all the time.
    if (caller.kind === 'operator' && who !== caller.id)
      await auditAutomation(scope, who, away ? 'absence set' : 'absence ended', {
        ...(end ? { until: end.toISOString() } : {}),
      });
    return { userId: who, away, until: end?.toISOString() ?? null };
  },
});

export const listAbsences = readOperation({
  name: 'list_absences',
  title: 'List who is away',
  summary: 'Returns the members who are away, and until when.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({}),
  output: z.object({
    absences: z
      .array(
        z.object({
          userId: z.string().describe('The member.'),
          until: z.iso.datetime().nullable().describe('Until when, UTC; null: until they say so.'),
        }),
      )
      .describe('Who is away now.'),
  }),
  async read({ tx, workspace, now }) {
    const rows = await tx
      .selectFrom('absences')
      .select(['userId', 'until'])
      .where('workspaceId', '=', workspace.id)
      .where((eb) => eb.or([eb('until', 'is', null), eb('until', '>', now)]))
      .orderBy('userId')
      .execute();
    return {
      absences: rows.map(({ userId, until }) => ({ userId, until: until?.toISOString() ?? null })),
    };
  },
});
