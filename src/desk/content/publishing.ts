/** What issues, changelog entries and articles share: versions, pages, and the record of who published what. */
import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import { actorOf, type Caller, type Scope } from '../../catalogue/operation.ts';
import { assert, PosternError } from '../../kernel/errors.ts';
import { type Actor, type AuditAction, audit } from '../../store/audit.ts';
import type { Schema } from '../../store/schema.ts';
import { isStranger } from '../agents/visibility.ts';

/** Strangers see what is published, and nothing else. */
export const seesDrafts = (caller: Caller): boolean => !isStranger(caller);

/**
 * Held to the version that the caller saw: what a member publishes is what that member has read, whatever an agent wrote since.
 * @throws {PosternError} `not_found`; `conflict` with the version that it has now
 */
export function seenAs<Row extends { version: number }>(
  row: Row | undefined,
  version: number,
  what: string,
): Row {
  if (!row) throw new PosternError('not_found', `No ${what} has this id.`);
  if (row.version !== version)
    throw new PosternError('conflict', `The ${what} has changed since you read it; read it again.`, {
      version: row.version,
    });
  return row;
}

/** The row of a query, held until the transaction ends. @throws {PosternError} as `seenAs` */
export async function lockSeen<Table extends keyof Schema, Row extends { version: number }>(
  query: SelectQueryBuilder<Schema, Table, Row>,
  version: number,
  what: string,
): Promise<Row> {
  const [row]: Row[] = await query.forUpdate().execute();
  return seenAs(row, version, what);
}

/** `after`: `next` of the page before. */
export interface PageAsked {
  after?: string | undefined;
  limit: number;
}

export interface Page<Row> {
  shown: readonly Row[];
  next?: string;
}

/** One page of an ordered query. `key`: what tells the page after it where to begin. */
export async function pageOf<Tables, Table extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, Table, Row>,
  limit: number,
  key: (row: Row) => string,
): Promise<Page<Row>> {
  const rows: Row[] = await query.limit(limit + 1).execute();
  const shown = rows.slice(0, limit);
  return { shown, ...(rows.length > limit ? { next: key(shown.at(-1)!) } : {}) };
}

/**
 * A place in a list: what is not there would be a list that ended. @throws {PosternError} `invalid_arguments`
 */
export function placeOf<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new PosternError('invalid_arguments', 'after: not one of this list.');
  return row;
}

/**
 * One page of a query of issues or entries, the newest by `time` first.
 * @throws {PosternError} `invalid_arguments` where `after` is none of them, or is not shown to the caller
 */
export async function newestFirst<Table extends 'issues' | 'changelogEntries', Row extends { id: string }>(
  { tx, workspace, caller }: Scope,
  query: SelectQueryBuilder<Schema, Table, Row>,
  { table, time, published }: { table: Table; time: RawBuilder<Date>; published: RawBuilder<boolean> },
  { after, limit }: PageAsked,
): Promise<Page<Row>> {
  const id = sql<string>`id`;
  let from = query;
  if (after !== undefined) {
    const place = sql`from ${sql.table(table)} where workspace_id = ${workspace.id} and id = ${after}
      and (${published} or ${seesDrafts(caller)})`;
    placeOf((await sql`select ${place}`.execute(tx)).rows[0]);
    from = query.where(sql<SqlBool>`(${time}, id) < (select ${time}, id ${place})`);
  }
  return pageOf(from.orderBy(time, 'desc').orderBy(id, 'desc'), limit, (row) => row.id);
}

/** The beginning of a text, whole characters only. */
export const beginning = (text: string, max: number): string =>
  text.slice(0, max).replace(/[\ud800-\udbff]$/, '');

/** Writes the audit log, in the transaction of what it tells. */
export async function auditContent(
  { tx, workspace, caller, ids }: Scope,
  action: AuditAction,
  subject: string,
  details: { published?: boolean; changed?: string[] } = {},
): Promise<void> {
  assert(caller.kind === 'operator' || caller.kind === 'house', 'members publish');
  const actor = actorOf(caller) as Actor;
  await audit(tx, ids, { workspaceId: workspace.id, actor, action, subject, reason: '', details });
}
