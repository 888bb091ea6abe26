/** What an agent wrote and no member wants. */
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { articleOf, dropDraft } from './articles.ts';
import { findEntry } from './changelog.ts';
import { holdIssue, issueFor } from './issues.ts';
import { auditContent, seenAs } from './publishing.ts';

/**
 * Deletes what was never published, or drops the change that waits beside what is.
 * @throws {PosternError} `not_found`; `conflict` where it is published, has tickets, or is not the version that was seen
 */
export async function discardDraft(scope: Scope, id: string, version: number): Promise<void> {
  const table = { iss: 'issues', chg: 'changelogEntries', art: 'articles' }[id.slice(0, 3)] as
    | 'issues'
    | 'changelogEntries'
    | 'articles'
    | undefined;
  if (!table) throw new PosternError('not_found', 'No draft has this id.');
  if (table === 'articles' && (await articleOf(scope, id)).published) await dropDraft(scope, id, version);
  else await remove(scope, table, id, version);
  await auditContent(scope, 'draft.discarded', id);
}

async function remove(
  scope: Scope,
  table: 'issues' | 'changelogEntries' | 'articles',
  id: string,
  version: number,
): Promise<void> {
  const { tx, workspace } = scope;
  await refusePublished(scope, table, id, version);
  const deleted = await tx
    .deleteFrom(table)
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst();
  if (deleted.numDeletedRows === 0n)
    throw new PosternError('conflict', 'The draft has changed since you read it; read it again.');
}

async function refusePublished(
  scope: Scope,
  table: 'issues' | 'changelogEntries' | 'articles',
  id: string,
  version: number,
): Promise<void> {
  if (table === 'articles') return void seenAs(await articleOf(scope, id), version, 'article');
  if (table === 'changelogEntries') {
    const entry = seenAs(await findEntry(scope, id), version, 'changelog entry');
    if (entry.publishedAt) throw published();
    return;
  }
  // Held first, so that no ticket is linked between the look and the deletion.
  await holdIssue(scope, id);
  const issue = seenAs(await issueFor(scope, id), version, 'issue');
  if (issue.published) throw published();
  if (issue.tickets > 0)
    throw new PosternError('conflict', 'Tickets are linked to this issue; unlink them first.');
}

const published = () => new PosternError('conflict', 'It is published; withdraw it first.');
