/** What issues, changelog entries and articles share: versions, pages, and the record of who published what. */
import { actorOf, type Caller, type Scope } from '../../catalogue/operation.ts';
import { assert, PosternError } from '../../kernel/errors.ts';
import { type Actor, type AuditAction, audit } from '../../store/audit.ts';
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

/** One page of rows that were asked for with one more than fits. */
export function pageOf<Row extends { id: string }>(
  rows: readonly Row[],
  limit: number,
): { shown: readonly Row[]; next?: string } {
  const shown = rows.slice(0, limit);
  return { shown, ...(rows.length > limit ? { next: shown.at(-1)!.id } : {}) };
}

/** The beginning of a text, whole characters only. */
export const beginning = (text: string, max: number): string =>
  text.slice(0, max).replace(/[\ud800-\udbff]$/, '');

/** Writes the audit log, in the transaction of what it tells. */
export async function auditContent(
  { tx, workspace, caller, ids }: Scope,
  action: AuditAction,
  subject: string,
  details: { published?: boolean } = {},
): Promise<void> {
  assert(caller.kind === 'operator' || caller.kind === 'house', 'members publish');
  const actor = actorOf(caller) as Actor;
  await audit(tx, ids, { workspaceId: workspace.id, actor, action, subject, reason: '', details });
}
