/** Known problems: what an agent looks through before it opens a ticket, and which tickets each explains. */
import { type Selectable, sql } from 'kysely';
import { actorOf, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { IssueTable } from '../../store/schema.ts';
import { auditContent, lockSeen, newestFirst, type Page, type PageAsked, seesDrafts } from './publishing.ts';

export type Issue = Omit<Selectable<IssueTable>, 'workspaceId'>;
export type IssueStatus = Issue['status'];
/** With how many tickets it explains. */
export type CountedIssue = Issue & { tickets: number };

export const issueStatuses = ['open', 'investigating', 'fixed'] as const;

const columns = [
  'id',
  'title',
  'body',
  'status',
  'published',
  'version',
  'author',
  'createdAt',
  'updatedAt',
] as const;

const issuesOf = ({ tx, workspace }: Scope) =>
  tx.selectFrom('issues').select(columns).where('workspaceId', '=', workspace.id);

const counted = (scope: Scope) =>
  issuesOf(scope).select(
    sql<number>`(select count(*)::int4 from issue_tickets l
      where l.workspace_id = issues.workspace_id and l.issue_id = issues.id)`.as('tickets'),
  );

/** Those that the caller may see, the newest first. */
export async function listIssues(
  scope: Scope,
  asked: PageAsked & { status?: IssueStatus | undefined; published?: boolean | undefined },
): Promise<Page<CountedIssue>> {
  const { status } = asked;
  const published = seesDrafts(scope.caller) ? asked.published : true;
  let query = counted(scope);
  if (status !== undefined) query = query.where('status', '=', status);
  if (published !== undefined) query = query.where('published', '=', published);
  return newestFirst(
    scope,
    query,
    { table: 'issues', time: sql`created_at`, published: sql`published` },
    asked,
  );
}

/**
 * An issue that the caller may see: a stranger the published ones, and what its own wallet wrote.
 * @throws {PosternError} `not_found`, in the same words for what is not shown and for none
 */
export async function issueFor(scope: Scope, id: string): Promise<CountedIssue> {
  const { caller } = scope;
  const issue = await counted(scope).where('id', '=', id).executeTakeFirst();
  const own = caller.kind === 'wallet' && issue?.author === actorOf(caller);
  if (!issue || !(issue.published || own || seesDrafts(caller)))
    throw new PosternError('not_found', 'No issue of this id is open to you.');
  return issue;
}

/**
 * Nobody changes or deletes the issue before the transaction ends. @throws {PosternError} `not_found` where it is gone
 */
export async function holdIssue(scope: Scope, id: string): Promise<void> {
  const held = await issuesOf(scope).where('id', '=', id).forUpdate().executeTakeFirst();
  if (!held) throw new PosternError('not_found', 'No issue of this id is open to you.');
}

/** A published issue that says the same in its title, capitals aside. */
export const publishedIssueTitled = (scope: Scope, title: string): Promise<Issue | undefined> =>
  issuesOf(scope)
    .where('published', '=', true)
    .where('status', '<>', 'fixed')
    .where(sql<string>`caseless(title)`, '=', sql<string>`caseless(${title})`)
    .limit(1)
    .executeTakeFirst();

/** Writes an issue down. */
export async function addIssue(
  { tx, workspace, caller, ids, now }: Scope,
  issue: Pick<Issue, 'title' | 'body' | 'published'>,
): Promise<Issue> {
  return tx
    .insertInto('issues')
    .values({
      ...issue,
      workspaceId: workspace.id,
      id: ids('iss'),
      author: actorOf(caller),
      createdAt: now,
      updatedAt: now,
    })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

/** Changes what is given. @throws {PosternError} `not_found`; `conflict` where it is not the version that was seen */
export async function changeIssue(
  scope: Scope,
  id: string,
  version: number,
  change: Partial<Pick<Issue, 'title' | 'body' | 'status' | 'published'>>,
): Promise<CountedIssue> {
  const before = await lockSeen(issuesOf(scope).where('id', '=', id), version, 'issue');
  await scope.tx
    .updateTable('issues')
    .set({ ...change, version: version + 1, updatedAt: scope.now })
    .where('workspaceId', '=', scope.workspace.id)
    .where('id', '=', id)
    .execute();
  const after = await issueFor(scope, id);
  if (before.published !== after.published)
    await auditContent(scope, 'issue.published', id, { published: after.published });
  else if (after.published)
    await auditContent(scope, 'issue.changed', id, { changed: Object.keys(change).sort() });
  return after;
}
