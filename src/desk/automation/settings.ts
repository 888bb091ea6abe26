/** When the desk is open, and the revision of all that due times depend on. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { type BusinessHours, type Interval, parseInterval } from './hours.ts';

export interface AutomationSettings {
  /** Null: always open. */
  hours: BusinessHours | null;
  /** As they were written, Monday's first. */
  week: string[][] | null;
  holidays: string[];
  timeZone: string;
  /** Of hours and holidays, as they were set. */
  version: number;
  revision: number;
  /** Up to which all tickets have been gone through. */
  renewed: number;
}

/** As they are, or as they are before anybody has set them. */
export async function settingsOf({ tx, workspace }: Scope): Promise<AutomationSettings> {
  const row = await tx
    .selectFrom('deskSettings as s')
    .leftJoin('deskAutomation as a', 'a.workspaceId', 's.workspaceId')
    .select(['s.timeZone', 'a.week', 'a.holidays', 'a.version', 'a.revision', 'a.renewed'])
    .where('s.workspaceId', '=', workspace.id)
    .executeTakeFirstOrThrow();
  const { timeZone, week } = row;
  const holidays = row.holidays ?? [];
  const hours = week && { timeZone, week: week.map((day) => day.map(parsed)), holidays };
  const { version, revision, renewed } = row;
  return {
    ...{ hours, week, holidays, timeZone },
    ...{ version: version ?? 1, revision: revision ?? 1, renewed: renewed ?? 1 },
  };
}

/** Null: always open. */
export const hoursOf = async (scope: Scope): Promise<BusinessHours | null> => (await settingsOf(scope)).hours;

const parsed = (text: string): Interval => parseInterval(text)!;

/** Due times are made anew from here on, for every ticket that is not done. */
export async function renewDueTimes({ tx, workspace }: Scope): Promise<void> {
  await sql`insert into desk_automation as a (workspace_id, revision) values (${workspace.id}, 2)
    on conflict (workspace_id) do update set revision = a.revision + 1`.execute(tx);
}
