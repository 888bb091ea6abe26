/** Places in lists that go by time, as clients carry them. */
import { type RawBuilder, sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';

/** The last of a page. `at`: UTC to the microsecond, which a Date does not hold. */
export interface Place {
  at: string;
  id: string;
}

const form = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\|([a-z]{3}_\w{1,60})$/;

/** A time as a place has it. */
export const exactly = (column: string): RawBuilder<string> =>
  sql<string>`(${sql.ref(column)} at time zone 'UTC')::text`;

export const toCursor = ({ at, id }: Place): string => Buffer.from(`${at}|${id}`).toString('base64url');

/** @throws {PosternError} `invalid_arguments` where it is no cursor */
export function readCursor(cursor: string): Place {
  const [, at = '', id = ''] = form.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const time = new Date(`${at.replace(' ', 'T')}Z`);
  // A thirtieth of February is none to the database.
  if (!Number.isFinite(time.getTime()) || !time.toISOString().startsWith(at.slice(0, 10)))
    throw new PosternError('invalid_arguments', 'cursor: not one of this list.');
  return { at, id };
}

/** What comes after a place in a list whose newest is first. */
export const olderThan = ({ at, id }: Place, column: string): RawBuilder<boolean> =>
  sql<boolean>`(${sql.ref(column)}, id) < (${at}::timestamp at time zone 'UTC', ${id})`;

/** What stands in a page of at most so many, when one more was asked for, and where the next one begins. */
export function pageOf<Row extends { exactly: string; id: string }>(
  found: readonly Row[],
  limit: number,
): { rows: Omit<Row, 'exactly'>[]; next: string | undefined } {
  const last = found[limit - 1];
  return {
    rows: found.slice(0, limit).map(({ exactly: _, ...row }) => row),
    next: last && found.length > limit ? toCursor({ at: last.exactly, id: last.id }) : undefined,
  };
}
